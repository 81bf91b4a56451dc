/* Residency reports of stations whose books a test writes: a log with one epoch, true in itself, signed by a key that a name determines. */
import {
  type Amounts,
  createEvidencePorts,
  DATA_CLASSES,
  egressKey,
  encodeEgressLine,
  generationKey,
  signPolicy,
  signTally,
  openPolicy,
} from "@chapar/evidence";
import { CompactRange, encodeCheckpoint, encodeCheckpointText, type MapEntry, MerkleMap, signNote } from "@chapar/log";
import { encodeLedgerLeaf, idText, type LedgerLeaf, ledgerOrigin, stationKey } from "@chapar/wire";
import { toBase64Url, toHex } from "@chapar/wire/bytes";
import { nodeSha256, nodeVerifier } from "../node/node-crypto.ts";
import { REPORT_FORMAT, type ReportBody } from "../report/terms.ts";
import { signReport } from "../report/text.ts";
import { type TestKey } from "./test-person.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const ZEROS = new Uint8Array(32);

/** What both sides of a link say of one mark. */
export interface TestLine {
  readonly from: TestKey;
  readonly to: TestKey;
  readonly link: Uint8Array;
  readonly timeMs: number;
  readonly sent: Amounts;
  readonly received: Amounts;
}

/** A line of the egress map that both sides signed. */
export async function testLine({ from, to, link, timeMs, sent, received }: TestLine): Promise<MapEntry> {
  const [exporter, importer] = [stationKey(from.publicKey), stationKey(to.publicKey)];
  const of = { link, number: 1, timeMs };
  const ours = await signTally("sent", { ...of, other: importer, amounts: sent }, from);
  const theirs = await signTally("received", { ...of, other: exporter, amounts: received }, to);
  return { key: egressKey(exporter, importer, link, nodeSha256), value: encodeEgressLine(ours, theirs) };
}

/** What a report says. */
export interface TestReport {
  readonly station: TestKey;
  readonly region: string;
  /** of its one epoch */
  readonly timeMs: number;
  readonly lines: readonly MapEntry[];
  /** text of a policy of the region */
  readonly policy?: string;
}

/** The text of a report's file. */
export async function testReport({ station, region, timeMs, lines, policy }: TestReport): Promise<string> {
  const key = stationKey(station.publicKey);
  const map = new MerkleMap(ports.mapHasher, 0);
  map.update(new Map([[0, lines.toSorted((a, b) => Buffer.compare(a.key, b.key))]]));
  const note = policy === undefined ? undefined : await signPolicy(policy, key, station, nodeSha256);
  const opened = note && (await openPolicy(note, key, ports));
  const epoch: LedgerLeaf = {
    kind: "epoch",
    number: 0,
    timeMs,
    headCount: 0,
    headsRoot: ZEROS,
    identityCount: 0,
    identitiesRoot: ZEROS,
    residencyRoot: ZEROS,
    egressRoot: map.root(),
    isWhole: true,
  };
  const kept: LedgerLeaf[] = opened?.ok === true ? [{ kind: "policy", hash: opened.value.hash }] : [];
  const leaves = [...kept, epoch].map(encodeLedgerLeaf);
  const range = new CompactRange(ports.hasher);
  for (const leaf of leaves) range.append(ports.hasher.leaf(leaf));
  const checkpoint = { origin: ledgerOrigin(key, 1), size: range.size, root: range.root() };
  const signature = await signNote(encodeCheckpointText(checkpoint), generationKey(key, 1, nodeSha256), station);
  const none = Object.fromEntries(DATA_CLASSES.map((of) => [of, { count: 0, bytes: 0, root: "" }]));
  const zeros = { count: 0, bytes: 0, root: toHex(ZEROS) };
  const body: ReportBody = {
    format: REPORT_FORMAT,
    station: idText(key),
    region,
    from: "2026-11-01",
    to: "2026-12-01",
    madeMs: timeMs,
    generation: 1,
    checkpoint: Buffer.from(encodeCheckpoint(checkpoint, [signature])).toString("utf8"),
    log: toBase64Url(Buffer.concat(leaves.flatMap((leaf) => [Uint8Array.of(0, leaf.byteLength), leaf]))),
    classes: {
      ...(none as ReportBody["classes"]),
      account: zeros,
      envelope: zeros,
      commitment: { count: range.size, bytes: 0, root: toHex(range.root()) },
    },
    policies: note === undefined ? [] : [Buffer.from(note).toString("utf8")],
    egress: lines.map(({ key: name, value }) => ({ key: toBase64Url(name), value: toBase64Url(value) })),
  };
  return await signReport(body, station, nodeSha256);
}
