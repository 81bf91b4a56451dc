/*
 * A station's answer to an audit (K-40, K-42): what the nonce draws from the published heads map, read from the store at that moment. A station
 * looks at its bytes before it hands them over, so that damage is named *missing* and not found by the auditor.
 */
import {
  createTreeHasher,
  decodeMapProof,
  encodeMapProof,
  inclusionProof,
  MemoryTree,
  type TreeHasher,
} from "@chapar/log";
import { decodeLedgerHead, decodeLedgerLeaf, type LedgerHead, type LogId, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { Bug, isStationError, stationError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { StationPorts } from "../ports.ts";
import type { Store } from "../store/port.ts";
import type { LogNames } from "./log-names.ts";
import { signAuditAnswer } from "./answer-codec.ts";
import {
  type AuditDraw,
  type AuditQuestion,
  type AuditState,
  drawIndex,
  drawTarget,
  maxDraws,
  turned,
} from "./terms.ts";

const HASH_BYTES = 32;
/** An epoch may be published while an answer is made; not so often. */
const TRIES = 3;
const MISSING: AuditState = { state: "missing" };

/** What answers are made from. */
export interface AuditSource {
  readonly ports: Pick<StationPorts, "sha256" | "signer" | "clock" | "store">;
  readonly ledger: Ledger;
  readonly names: LogNames;
  readonly station: StationKey;
}

interface Drawn {
  readonly key: Uint8Array;
  readonly mapProof: Uint8Array;
  readonly head: LedgerHead;
  /** undefined for a bare log */
  readonly index: number | undefined;
}

/** The log that a target draws and its proof; undefined in an empty map. */
async function nearest(
  ledger: Ledger,
  target: Uint8Array,
): Promise<(Omit<Drawn, "index"> & { epoch: number }) | undefined> {
  for (let aim = target; ;) {
    const { epoch, proof } = await ledger.headProofOf(aim);
    const decoded = decodeMapProof(proof, aim);
    if (!decoded.ok) throw new Bug("a map proof of our own is none");
    const { end, siblings } = decoded.value;
    if (end === undefined && siblings.length === 0) return undefined;
    if (end !== undefined) {
      const head = decodeLedgerHead(end.value);
      if (!head.ok) throw new Bug("a stored head is none");
      return { key: end.key, mapProof: encodeMapProof(decoded.value, end.key), head: head.value, epoch };
    }
    // Nothing stands on this side, so something does on the other: deeper each time.
    aim = turned(aim, siblings.length - 1);
  }
}

/** Everything that a question draws of one epoch; undefined when another was published meanwhile. */
async function drawAll(
  { ledger, ports }: AuditSource,
  question: AuditQuestion,
  epoch: number,
): Promise<Drawn[] | undefined> {
  const { nonce, count } = question;
  const drawn: Drawn[] = [];
  for (let draw = 0, full = 0; full < count && draw < maxDraws(count); draw++) {
    const one = await nearest(ledger, drawTarget(nonce, draw, ports.sha256));
    if (one === undefined) return [];
    if (one.epoch !== epoch) return undefined;
    const index = drawIndex(nonce, draw, one.head.size, ports.sha256);
    if (index !== undefined) full++;
    drawn.push({ ...one, index });
  }
  return drawn;
}

/** The tree of a log as its head has it; undefined when the leaf hashes on disk do not lead to it. Cost: every entry of the log hashed once. */
async function treeOf(store: Store, log: LogId, head: LedgerHead, hasher: TreeHasher): Promise<MemoryTree | undefined> {
  const leaves = await store.leaves(log);
  if (leaves.byteLength < head.size * HASH_BYTES) return undefined;
  const tree = new MemoryTree(hasher);
  for (let i = 0; i < head.size; i++) tree.append(leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  return equalBytes(tree.root(), head.root) ? tree : undefined;
}

async function entryAt(store: Store, log: LogId, index: number): Promise<Uint8Array | undefined> {
  const [piece] = await store.chunks(log, index, 1);
  return piece?.entries[index - piece.first];
}

type Removed = Pick<Extract<AuditState, { state: "removed" }>, "leaf" | "proof">;

/** Why an entry is not here, when that is known. */
async function goneOf(
  { ports, ledger }: AuditSource,
  log: LogId,
  index: number,
): Promise<Removed | "pruned" | "expired" | undefined> {
  const [hole] = await ports.store.holes(log, index, 1);
  if (hole === undefined || index < hole.first || index >= hole.first + hole.count) return undefined;
  if (hole.status === "pruned" || hole.status === "expired") return hole.status;
  if (hole.tombstone?.generation !== ledger.generation) return undefined;
  try {
    return await ledger.shown.leaf(hole.tombstone.ledgerIndex);
  } catch (error) {
    // It will be published with the epoch that is being made.
    throw isStationError(error, "station/out-of-range") ? stationError("station/not-published") : error;
  }
}

async function stateOf(source: AuditSource, { head, index }: Drawn, log: LogId | undefined): Promise<AuditState> {
  if (index === undefined) return { state: "bare" };
  if (log === undefined) return MISSING;
  const { ports } = source;
  const { store } = ports;
  const hasher = createTreeHasher(ports.sha256);
  const tree = await treeOf(store, log, head, hasher);
  if (tree === undefined) return MISSING;
  const path = await inclusionProof(index, head.size, tree.reader, hasher);
  const leafHash = await tree.reader(0, index);
  const gone = await goneOf(source, log, index);
  if (gone === "pruned" || gone === "expired") return { state: gone, path, leafHash };
  if (gone !== undefined) return { state: "removed", path, leafHash, ...gone };
  const entry = await entryAt(store, log, index);
  if (entry === undefined || !equalBytes(hasher.leaf(entry), leafHash)) return MISSING;
  return { state: "here", path, entry };
}

/**
 * Answers an audit.
 *
 * @returns the signed bytes of the answer
 * @throws StationError `station/not-published` an epoch is being published, try again · of the store
 * Cost: as `LogNames.find`, and every leaf hash of each drawn log hashed: about 2 µs
 */
export async function answerAudit(source: AuditSource, question: AuditQuestion): Promise<Uint8Array> {
  const { ledger, ports, station, names } = source;
  for (let i = 0; i < TRIES; i++) {
    const epoch = await ledger.freshness();
    const leaf = decodeLedgerLeaf(epoch.leaf);
    if (!leaf.ok || leaf.value.kind !== "epoch") throw new Bug("a checkpoint does not end with an epoch");
    const drawn = await drawAll(source, question, leaf.value.number);
    if (drawn === undefined) continue;
    const ids = await names.find(drawn.map(({ key }) => key));
    const draws: AuditDraw[] = [];
    for (const [place, one] of drawn.entries()) {
      const found = await stateOf(source, one, ids[place]);
      draws.push({ key: one.key, mapProof: one.mapProof, found });
    }
    return await signAuditAnswer({ ...question, station, ...epoch, draws }, ports.signer, ports.sha256);
  }
  throw stationError("station/not-published");
}
