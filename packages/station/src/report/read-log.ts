/*
 * Reading the log of a report from its first leaf. Identities are folded once, at the end, and not at every epoch: the last epoch's root is
 * of all of them, and what an epoch before it said is hashed into the tree either way.
 */
import type { EvidencePorts } from "@chapar/evidence";
import { CompactRange, type MapEntry, MerkleMap } from "@chapar/log";
import { decodeLedgerLeaf, encodeLedgerIdentity, type EpochLeaf, type LedgerLeaf } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import type { ReportFault } from "./terms.ts";

/** Identities of one bucket, about, when they are folded. */
const BUCKET_ROWS = 16;
const MAX_BITS = 16;

/** A report does not hold. */
export class Refused extends Error {
  readonly fault: ReportFault;

  constructor(fault: ReportFault) {
    super(fault);
    this.fault = fault;
  }
}

/** What a log says. */
export interface ReadLog {
  readonly leaves: number;
  readonly root: Uint8Array;
  /** its last leaf */
  readonly epoch: EpochLeaf;
  /** leaves of other kinds than identity op and epoch */
  readonly notable: readonly { readonly index: number; readonly leaf: LedgerLeaf }[];
}

function* leavesOf(packed: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at < packed.byteLength) {
    const size = ((packed[at] ?? 0) << 8) | (packed[at + 1] ?? 0);
    const end = at + 2 + size;
    if (end > packed.byteLength) throw new Refused("bad-log");
    yield packed.subarray(at + 2, end);
    at = end;
  }
}

type Op = Extract<LedgerLeaf, { readonly kind: "identity-op" }>;

/** The newest op of every identity. */
class Identities {
  readonly #newest = new Map<string, Op>();

  get count(): number {
    return this.#newest.size;
  }

  /** @throws Refused when it is not the op after the one before (S-4) */
  take(op: Op): void {
    const name = bytesKey(op.identity);
    if (op.seq !== (this.#newest.get(name)?.seq ?? -1) + 1) throw new Refused("false-log");
    this.#newest.set(name, op);
  }

  /** Cost: every identity hashed twice. */
  root(ports: EvidencePorts): Uint8Array {
    const bits = Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(this.count / BUCKET_ROWS + 1))));
    const map = new MerkleMap(ports.mapHasher, bits);
    const buckets = new Map<number, MapEntry[]>();
    // Names sort as the bytes that they stand for.
    for (const name of [...this.#newest.keys()].sort()) {
      const op = this.#newest.get(name);
      if (op === undefined) continue;
      const value = encodeLedgerIdentity({ opCount: op.seq + 1, commitment: op.commitment });
      const bucket = map.bucketOf(op.identity);
      const entries = buckets.get(bucket);
      if (entries === undefined) buckets.set(bucket, [{ key: op.identity, value }]);
      else entries.push({ key: op.identity, value });
    }
    map.update(buckets);
    return map.root();
  }
}

/** Whether an epoch follows another (S-10, S-16). */
function follows(epoch: EpochLeaf, last: EpochLeaf | undefined, count: number): boolean {
  const isNext = epoch.number === (last?.number ?? epoch.number - 1) + 1;
  return (
    isNext &&
    epoch.timeMs >= (last?.timeMs ?? 0) &&
    epoch.headCount >= (last?.headCount ?? 0) &&
    epoch.identityCount === count
  );
}

/**
 * Reads a whole log.
 *
 * @param packed  untrusted: u16 length and bytes of each leaf
 * @throws Refused `bad-log` · `false-log`
 */
export function readLog(packed: Uint8Array, ports: EvidencePorts): ReadLog {
  const range = new CompactRange(ports.hasher);
  const identities = new Identities();
  const notable: { index: number; leaf: LedgerLeaf }[] = [];
  let last: EpochLeaf | undefined;
  let index = 0;
  let isEnd = false;
  for (const bytes of leavesOf(packed)) {
    const decoded = decodeLedgerLeaf(bytes);
    if (!decoded.ok) throw new Refused("false-log");
    const leaf = decoded.value;
    isEnd = leaf.kind === "epoch";
    if (leaf.kind === "identity-op") identities.take(leaf);
    else if (leaf.kind === "epoch") {
      if (!follows(leaf, last, identities.count)) throw new Refused("false-log");
      last = leaf;
    } else if (leaf.kind !== "unknown") notable.push({ index, leaf });
    range.append(ports.hasher.leaf(bytes));
    index++;
  }
  if (last === undefined || !isEnd) throw new Refused("bad-log");
  if (!equalBytes(identities.root(ports), last.identitiesRoot)) throw new Refused("false-log");
  return { leaves: index, root: range.root(), epoch: last, notable };
}
