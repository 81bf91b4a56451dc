/*
 * R4, TLS inside an encrypted tunnel: the flights of a TLS handshake have sizes that shine through any wrapping which does
 * not change them. Consecutive bytes in one direction are a burst; four bursts, the first from the client, are compared with
 * the means of three kinds of handshakes by Mahalanobis distance.
 *
 * Source: Xue et al., "Fingerprinting Obfuscated Proxy Traffic with Encapsulated TLS Handshakes", USENIX Security 2024; the
 * model is nDPI's (src/lib/protocols/tls.c, `check_set`, commit 3b1286ab): numbers only, measured by its authors on Firefox
 * and Chrome. Two things differ on purpose: inside TLS we measure *records*, not packets, because nDPI waits for a
 * ChangeCipherSpec at a packet's start and is blind to OpenSSL servers; and we do not have the paper's χ² test and host
 * aggregation. R4b of the design (cross-layer RTT, request counts of long flows) has no published threshold and is not built.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { RecordType, TlsRecordReader } from "../parsers/tls-records.ts";
import { ALLOW, block, defineRule, type RuleModule, type Seen } from "../vocabulary.ts";

export interface R04Params {
  readonly prefixes: readonly string[];
  /** what an outer TLS record or packet adds: 24 bytes (nDPI, `byte_overhead`) */
  readonly overheadBytes: number;
  /** units looked at: 25 packets (nDPI's tls_heuristics_max_packets) */
  readonly maxPackets: number;
  /** records looked at inside TLS; 40, as the design's baseline was measured */
  readonly maxRecords: number;
  readonly residualMs: number;
}

type Four = readonly [number, number, number, number];

/** A kind of handshake: mean burst sizes, inverse covariance (row by row), and how far from the mean still counts. */
interface Model {
  readonly name: string;
  readonly mean: Four;
  readonly inverse: readonly [Four, Four, Four, Four];
  readonly limit: number;
  /** first bursts smaller than this are no such hello */
  readonly minFirstBytes: number;
}

/** nDPI's three models, to the published digits. */
const MODELS: readonly Model[] = [
  {
    name: "Chrome, post-quantum",
    mean: [1850.43045387994, 4903.07735480722, 785.25280624695, 1051.22303562714],
    inverse: [
      [6.72374390966642e-6, -2.32109583941723e-8, 6.67140014394388e-8, 1.2526322628285e-8],
      [-2.32109583941723e-8, 5.64668947932086e-7, 4.58963631972597e-8, 6.41254684791958e-9],
      [6.67140014394388e-8, 4.58963631972597e-8, 6.04057768431344e-7, -9.1507432597718e-10],
      [1.2526322628285e-8, 6.41254684791958e-9, -9.1507432597718e-10, 1.01184796635481e-7],
    ],
    limit: 3,
    minFirstBytes: 0,
  },
  {
    name: "TLS 1.3",
    mean: [640.657378447541, 4649.30338356554, 448.408302530566, 1094.2013079329],
    inverse: [
      [3.08030337925007e-5, 1.16179172096944e-7, 1.05356744968627e-7, 3.8862884355278e-8],
      [1.16179172096944e-7, 6.93179117519316e-7, 2.77413220880937e-8, -3.63723200682445e-9],
      [1.05356744968627e-7, 2.77413220880937e-8, 1.0260950589675e-6, -1.08769813590053e-8],
      [3.88628843552779e-8, -3.63723200682445e-9, -1.08769813590053e-8, 8.63307792288604e-8],
    ],
    limit: 3,
    minFirstBytes: 517,
  },
  {
    name: "TLS 1.2",
    mean: [212.883690341977, 4514.71195039459, 107.770762871101, 307.580232995115],
    inverse: [
      [2.92421113167604e-4, 4.43677617831228e-7, -5.69966093492813e-5, -2.18124698406311e-6],
      [4.43677617831228e-7, 5.98954952745268e-7, -3.59798436724817e-7, 5.71638172955893e-7],
      [-5.69966093492813e-5, -3.59798436724817e-7, 7.6893788148309e-4, 2.22278496185964e-5],
      [-2.18124698406311e-6, 5.71638172955893e-7, 2.22278496185964e-5, 5.72770077086287e-5],
    ],
    limit: 3.5,
    minFirstBytes: 0,
  },
];

/** A hello is not cut into more units than this (nDPI, `pkts[0] > 3`). */
const MAX_FIRST_UNITS = 3;

function distance(bytes: Four, { mean, inverse }: Model): number {
  const off = bytes.map((value, i) => value - (mean[i] ?? 0));
  let sum = 0;
  for (const [i, row] of inverse.entries()) {
    for (const [j, weight] of row.entries()) sum += (off[i] ?? 0) * weight * (off[j] ?? 0);
  }
  return Math.sqrt(sum);
}

/** The kind of handshake that four bursts look like, or undefined. */
export function handshakeLike(bytes: Four, firstUnits: number): string | undefined {
  if (firstUnits > MAX_FIRST_UNITS) return undefined;
  return MODELS.find((model) => bytes[0] >= model.minFirstBytes && distance(bytes, model) < model.limit)?.name;
}

interface Burst {
  fromClient: boolean;
  bytes: number;
  units: number;
}

/** Cuts one flow into bursts and judges every four of them that begin with the client. */
export class BurstJudge {
  readonly #bursts: Burst[] = [];
  #units = 0;

  get units(): number {
    return this.#units;
  }

  /** Takes one packet or record; answers the kind of handshake once four bursts are whole and look like one. */
  push(fromClient: boolean, sizeBytes: number): string | undefined {
    this.#units++;
    const last = this.#bursts.at(-1);
    if (last?.fromClient === fromClient) {
      last.bytes += sizeBytes;
      last.units++;
      return undefined;
    }
    // What a server says before the client has spoken begins no handshake.
    if (last === undefined && !fromClient) return undefined;
    this.#bursts.push({ fromClient, bytes: sizeBytes, units: 1 });
    if (!fromClient || this.#bursts.length < 5) return undefined;
    const [a, b, c, d] = this.#bursts.slice(-5, -1);
    if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
    return handshakeLike([a.bytes, b.bytes, c.bytes, d.bytes], a.units);
  }
}

interface FlowState {
  readonly judge: BurstJudge;
  readonly records: { readonly out: TlsRecordReader; readonly in: TlsRecordReader };
  /** the client has ended the outer handshake: from here on records are data */
  outerDone: boolean;
  clientChangedCipher: boolean;
}

/** Feeds what a packet holds to the judge: records inside TLS, the packet itself elsewhere. */
function measure(seen: Seen, state: FlowState, params: R04Params): string | undefined {
  const fromClient = (seen.direction === "out") === (seen.flow.opener === "inside");
  const records = state.records[seen.direction];
  const found = records.push(seen.payload);
  if (!state.records.out.isTls || !state.records.in.isTls) {
    if (state.judge.units >= params.maxPackets) return undefined;
    return state.judge.push(fromClient, seen.payload.byteLength);
  }
  let kind: string | undefined;
  for (const { type, sizeBytes } of found) {
    if (fromClient && type === RecordType.changeCipherSpec) state.clientChangedCipher = true;
    // The client's Finished: an application-data record in TLS 1.3, an encrypted handshake record in 1.2.
    else if (fromClient && state.clientChangedCipher && !state.outerDone) state.outerDone = true;
    else if (state.outerDone && type === RecordType.applicationData && state.judge.units < params.maxRecords) {
      kind ??= state.judge.push(fromClient, Math.max(0, sizeBytes + 5 - params.overheadBytes));
    }
  }
  return kind;
}

/** The rule. */
export const r04: RuleModule<FlowTable<FlowState>, R04Params> = defineRule<FlowTable<FlowState>, R04Params>({
  id: "R4",
  title: "a TLS handshake inside an encrypted tunnel",
  source: "Xue et al., USENIX Security 2024; model of ntop/nDPI src/lib/protocols/tls.c",
  accuracy: [
    {
      what: "true positives for most proxies",
      value: "> 70 %",
      source: "the paper; from memory, check before quoting",
    },
    { what: "false positives", value: "<= 0.0544 %", source: "the paper; from memory, check before quoting" },
  ],
  engines: ["router", "monitor"],
  position: "off-path",
  defaults: { prefixes: [HOSTING_PREFIX], overheadBytes: 24, maxPackets: 25, maxRecords: 40, residualMs: 180_000 },
  start: () => new FlowTable<FlowState>(16_384, 120_000),
  inspect(seen, flows, { params, nowMs }) {
    const { flow, payload, fresh } = seen;
    if (!fresh || flow.protocol !== "tcp" || payload.byteLength === 0) return ALLOW;
    if (!inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    const state = flows.of(flow.id, nowMs, () => ({
      judge: new BurstJudge(),
      records: { out: new TlsRecordReader(), in: new TlsRecordReader() },
      outerDone: false,
      clientChangedCipher: false,
    }));
    return measure(seen, state, params) === undefined ? ALLOW : block("3-tuple", params.residualMs);
  },
});
