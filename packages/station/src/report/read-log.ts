/*
 * Reading the log of a report from its first leaf. Identities are folded once, at the end, and not at every epoch: the last epoch's root is
 * of all of them, and what an epoch before it said is hashed into the tree either way.
 */
import type { EvidencePorts } from "@chapar/evidence";
import { CompactRange } from "@chapar/log";
import { decodeLedgerLeaf, type EpochLeaf, isIdentityOp, type LedgerLeaf } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { FoldedIdentities } from "./folded-identities.ts";
import type { ReportFault } from "./terms.ts";

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

/** Where the leaf ends whose length stands at `at`. @throws Refused `bad-log` */
function endOf(packed: Uint8Array, at: number): number {
  const end = at + 2 + (((packed[at] ?? 0) << 8) | (packed[at + 1] ?? 0));
  if (end > packed.byteLength) throw new Refused("bad-log");
  return end;
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
  const identities = new FoldedIdentities(packed);
  const notable: { index: number; leaf: LedgerLeaf }[] = [];
  let last: EpochLeaf | undefined;
  let index = 0;
  let isEnd = false;
  for (let at = 0, end = 0; at < packed.byteLength; at = end, index++) {
    end = endOf(packed, at);
    const bytes = packed.subarray(at + 2, end);
    range.append(ports.hasher.leaf(bytes));
    isEnd = false;
    if (isIdentityOp(packed, at + 2, end)) {
      identities.take(at + 2);
      continue;
    }
    const decoded = decodeLedgerLeaf(bytes);
    if (!decoded.ok) throw new Refused("false-log");
    const leaf = decoded.value;
    isEnd = leaf.kind === "epoch";
    if (leaf.kind === "epoch") {
      if (!follows(leaf, last, identities.count)) throw new Refused("false-log");
      last = leaf;
    } else if (leaf.kind !== "unknown") notable.push({ index, leaf });
  }
  const root = identities.root(ports.mapHasher);
  if (root === undefined) throw new Refused("false-log");
  if (last === undefined || !isEnd) throw new Refused("bad-log");
  if (!equalBytes(root, last.identitiesRoot)) throw new Refused("false-log");
  return { leaves: index, root: range.root(), epoch: last, notable };
}
