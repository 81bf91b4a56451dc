/*
 * When a client's own entries lead to a station's new head but miss an older one, the client holds everything a
 * consistency proof between the two sizes needs: the perfect subtrees of its range, and the leaf hashes after it. This
 * makes that proof, so that the fork can be shown to people who hold none of the entries.
 */
import { type Contradiction, contradictionByProof } from "../receipt/contradiction.ts";
import type { SignedStatement } from "../receipt/statement.ts";
import { consistencyRanges } from "../proof/consistency.ts";
import type { TreeHasher } from "../tree/hash.ts";
import type { NodeAt } from "../tree/hash-reader.ts";
import { foldParts, perfectParts } from "../tree/ranges.ts";
import type { HeldHead } from "./held-head.ts";

/** Entries that lead from a held range to `later` and past `earlier` at another root. */
export interface ForkFound {
  readonly held: HeldHead;
  readonly leafHashes: readonly Uint8Array[];
  readonly earlier: SignedStatement;
  readonly later: SignedStatement;
}

type NodeMap = Map<string, Uint8Array>;

function key(part: NodeAt): string {
  return `${part.level}/${part.index}`;
}

function knownNodes(found: ForkFound, hasher: TreeHasher): NodeMap {
  const nodes: NodeMap = new Map();
  const { range } = found.held;
  const held = range.nodes();
  perfectParts(0, range.size).forEach((part, i) => {
    const hash = held[i];
    if (hash !== undefined) nodes.set(key(part), hash);
  });
  found.leafHashes.forEach((leafHash, i) => {
    let part: NodeAt = { level: 0, index: range.size + i };
    let hash = leafHash;
    nodes.set(key(part), hash);
    while (part.index % 2 === 1) {
      const left = nodes.get(key({ level: part.level, index: part.index - 1 }));
      if (left === undefined) return;
      hash = hasher.node(left, hash);
      part = { level: part.level + 1, index: (part.index - 1) / 2 };
      nodes.set(key(part), hash);
    }
  });
  return nodes;
}

function rangeHash(start: number, end: number, nodes: NodeMap, hasher: TreeHasher): Uint8Array | undefined {
  const hashes: Uint8Array[] = [];
  for (const part of perfectParts(start, end)) {
    const hash = nodes.get(key(part));
    if (hash === undefined) return undefined;
    hashes.push(hash);
  }
  return foldParts(hashes, hasher);
}

/** The transferable proof of the fork; undefined when the entries end before the later head. */
export function forkEvidence(found: ForkFound, hasher: TreeHasher): Contradiction | undefined {
  const { earlier, later } = found;
  const nodes = knownNodes(found, hasher);
  const other = rangeHash(0, earlier.size, nodes, hasher);
  const proof: Uint8Array[] = [];
  for (const { start, end } of consistencyRanges(earlier.size, later.size)) {
    const hash = rangeHash(start, end, nodes, hasher);
    if (hash === undefined) return undefined;
    proof.push(hash);
  }
  return other === undefined ? undefined : contradictionByProof(earlier, later, { other, proof }, hasher);
}
