/*
 * Ledgers and witnesses on one fake clock, without a network: logs grow and people sign up by writing to the store, as the hub
 * and the accounts do; a witness is asked by a function call, and tests put a liar in its place.
 */
import { FakeClock } from "@chapar/carrier/testing";
import {
  CompactRange,
  createTreeHasher,
  decodeCompactProof,
  makeVerifierKey,
  NoteAlgorithm,
  parsePolicy,
  verifyTlogProof,
  type TreeHasher,
  type WitnessAnswer,
} from "@chapar/log";
import {
  decodeLedgerLeaf,
  ledgerOrigin,
  logId,
  stationKey,
  type EpochLeaf,
  type LogId,
  type StationRef,
} from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { StationTime } from "../hub/station-time.ts";
import type { EpochLimits } from "../ledger/changes.ts";
import { Ledger } from "../ledger/ledger.ts";
import { ledgerPolicies } from "../ledger/policy.ts";
import type { PeekCheckpoint, PostCheckpoint, WitnessParty } from "../ledger/witnesses.ts";
import { nodeRng, nodeSha256, nodeVerifier } from "../node/node-crypto.ts";
import type { StationPorts } from "../ports.ts";
import type { Store, Write } from "../store/port.ts";
import { StationWitness, witnessName } from "../witness/station-witness.ts";
import { MemoryStore } from "./memory-store.ts";
import { keyOf } from "./test-person.ts";
import { TestObserver } from "./test-world.ts";

const hasher: TreeHasher = createTreeHasher(nodeSha256);
const NEVER: AbortSignal = new AbortController().signal;

/** Logs that grow, and what their heads must be. */
export class GrowingLogs {
  readonly #ranges = new Map<string, CompactRange>();

  /** The id of a numbered log. */
  id(number: number): LogId {
    return logId(nodeSha256(Uint8Array.of(number & 0xff, number >> 8, 77)));
  }

  /** What makes a log, or adds entries to it, durable. */
  grow(number: number, count: number): Write[] {
    const log = this.id(number);
    const writes: Write[] = [];
    let range = this.#ranges.get(toHex(log));
    if (range === undefined) {
      range = new CompactRange(hasher);
      this.#ranges.set(toHex(log), range);
      const genesis = Uint8Array.of(number & 0xff);
      const writeKey = new Uint8Array(32);
      writes.push({ kind: "log", record: { log, kind: "room", genesis, epoch: 0, writeKey, mirror: undefined } });
    }
    const first = range.size;
    const entries = Array.from({ length: count }, (_, i) => Uint8Array.of(number & 0xff, first + i));
    const leaves = new Uint8Array(32 * count);
    for (const [i, entry] of entries.entries()) {
      leaves.set(hasher.leaf(entry), 32 * i);
      range.append(hasher.leaf(entry));
    }
    writes.push({
      kind: "chunk",
      chunk: { log, first, entries, leaves, range: range.encode(), head: new Uint8Array(1) },
    });
    return writes;
  }

  /** Size and root of a log as it is. */
  head(number: number): { readonly size: number; readonly root: Uint8Array } | undefined {
    const range = this.#ranges.get(toHex(this.id(number)));
    return range && { size: range.size, root: range.root() };
  }
}

/** One station's ledger under test. */
export interface TestLedger {
  readonly ports: StationPorts;
  readonly ref: StationRef;
  readonly region: string;
  readonly time: StationTime;
  readonly ledger: Ledger;
  readonly witness: StationWitness;
  readonly party: WitnessParty;
  readonly observer: TestObserver;
  /** witnesses, to build policies from */
  readonly witnesses: readonly WitnessParty[];
}

/** How a test ledger differs from the usual one. */
export interface TestLedgerOptions {
  readonly store?: Store;
  readonly region?: string;
  readonly witnesses?: readonly TestLedger[];
  readonly post?: PostCheckpoint;
  readonly peek?: PeekCheckpoint;
  readonly clock?: FakeClock;
  readonly limits?: EpochLimits;
}

/** Ledgers that can witness each other. */
export class LedgerWorld {
  readonly clock: FakeClock = new FakeClock();
  readonly #witnesses = new Map<string, StationWitness>();

  /** Asks the witness of a party, as HTTP would. */
  readonly post: PostCheckpoint = async (url, body): Promise<WitnessAnswer> => {
    const witness = this.#witnesses.get(url);
    if (witness === undefined) throw new Error("nobody there");
    return await witness.addCheckpoint(body);
  };

  /** What a witness shows at its monitoring path, as HTTP would. */
  readonly peek: PeekCheckpoint = async (url) => {
    const [, host = "", path = ""] = /^(.*\/witness)\/(.*)$/.exec(url) ?? [];
    const shown = await this.#witnesses.get(`${host}/add-checkpoint`)?.checkpoint(path);
    if (shown === undefined) throw new Error("nothing there");
    return shown;
  };

  /** A ledger and a witness whose keys a name determines; on a store of an earlier one they go on. */
  async ledger(name: string, options: TestLedgerOptions = {}): Promise<TestLedger> {
    const signer = keyOf(`station ${name}`);
    const ref: StationRef = { key: stationKey(signer.publicKey), urls: [`https://${name}.example`] };
    const observer = new TestObserver();
    const clock = options.clock ?? this.clock;
    const store = options.store ?? new MemoryStore();
    const ports = { sha256: nodeSha256, verify: nodeVerifier(), signer, clock, rng: nodeRng, store, observer };
    const region = options.region ?? "IR";
    const witnesses = (options.witnesses ?? []).map((one) => one.party);
    const time = await StationTime.open(ports);
    const ledger = await Ledger.open(ports, {
      witnessing: {
        witnesses,
        post: options.post ?? this.post,
        ...(options.peek === undefined ? {} : { peek: options.peek }),
      },
      time,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    const witness = await StationWitness.open(ports, { ref, region, name }, keyOf(`witness ${name}`));
    const url = `https://${name}.example/witness`;
    this.#witnesses.set(`${url}/add-checkpoint`, witness);
    return { ports, ref, region, time, ledger, witness, party: { key: witness.key, url, region }, observer, witnesses };
  }

  /** Puts a station on the operator's list of another. */
  async introduce(station: TestLedger, to: TestLedger): Promise<void> {
    await to.ports.store.commit([{ kind: "peer", peer: { ref: station.ref, region: station.region } }]);
  }

  /** One turn of a ledger, in which time passes when somebody waits. */
  async turn({ ledger }: TestLedger): Promise<void> {
    await this.clock.runUntil(ledger.turn(NEVER));
  }
}

/** What a client believes after asking for freshness under the station's *live* policy. @throws Error naming the code */
export async function checkFreshness(
  station: TestLedger,
): Promise<{ readonly epoch: EpochLeaf; readonly witnesses: ReadonlySet<string>; readonly sizeBytes: number }> {
  const { leaf, proof } = await station.ledger.freshness();
  const origin = ledgerOrigin(station.ref.key);
  const logKey = makeVerifierKey(origin, NoteAlgorithm.ed25519, station.ref.key, nodeSha256);
  const text = ledgerPolicies({ key: logKey, url: "https://x.example/log", region: station.region }, station.witnesses);
  const policy = parsePolicy(new TextEncoder().encode(text.live), nodeSha256);
  if (!policy.ok) throw new Error(policy.code);
  const keys = [logKey, ...station.witnesses.map((one) => one.key)];
  const leafHash = hasher.leaf(leaf);
  const decoded = decodeCompactProof(proof, { origin, leafHash, keys }, hasher);
  if (!decoded.ok) throw new Error(decoded.code);
  const primitives = { sha256: nodeSha256, ed25519: nodeVerifier() };
  const accepted = await verifyTlogProof(decoded.value, leafHash, policy.value, primitives);
  if (!accepted.ok) throw new Error(accepted.code);
  const epoch = decodeLedgerLeaf(leaf);
  if (!epoch.ok || epoch.value.kind !== "epoch") throw new Error("not an epoch");
  if (decoded.value.index !== decoded.value.checkpoint.size - 1) throw new Error("not the last leaf");
  const sizeBytes = leaf.byteLength + proof.byteLength;
  return { epoch: epoch.value, witnesses: accepted.value.witnesses, sizeBytes };
}

/** A cosigning key of a name, without a witness behind it. */
export function lonelyParty(name: string, region: string | undefined): WitnessParty {
  const { publicKey } = keyOf(`witness ${name}`);
  const station = stationKey(keyOf(`station ${name}`).publicKey);
  const key = makeVerifierKey(witnessName(station), NoteAlgorithm.cosignatureEd25519, publicKey, nodeSha256);
  return { key, url: `https://${name}.example/witness`, region };
}
