/*
 * Inclusion proofs: that a leaf is the index-th of a tree with a given root. Made from stored perfect subtrees through a
 * HashReader, checked from the proof alone, as RFC 9162 §2.1.3. The number of hashes follows from index and size, so it
 * is compared first and hostile proofs cost nothing.
 */
import { equalBytes } from "@chapar/wire/bytes";
import { type Checked, LogError, refuse } from "../errors.ts";
import { forkHeight, onesCount, shiftRight } from "../tree/bits.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import type { HashReader } from "../tree/hash-reader.ts";
import { readRange } from "../tree/ranges.ts";
import { type LeafRange, splitPoint } from "./split.ts";

/** A leaf, the tree it is said to be in, and the proof: sibling hashes from the leaf up. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether index and size are whole, safe, and the leaf is inside the tree. */
export function isIndexInside(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
}

/** Number of hashes in the proof for a leaf; `index` must be inside. @see RFC 9162 §2.1.3 · L-6 */
export function inclusionProofLength(index: number, size: number): number {
  const inner = forkHeight(index, size - 1);
  return inner + onesCount(shiftRight(index, inner));
}

function siblings(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = splitPoint(start, end);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.toReversed();
}

/**
 * Makes the proof that leaf `index` is in the tree of the first `size` leaves.
 *
 * @param read  must hold every perfect subtree of that tree; all are asked for at once
 * @returns sibling hashes from the leaf up, at most 53
 * @throws LogError `log/out-of-range`; whatever `read` throws
 * @see RFC 6962 §2.1.1 · L-6
 */
export async function inclusionProof(
  index: number,
  size: number,
  read: HashReader,
  hasher: TreeHasher,
): Promise<Uint8Array[]> {
  if (!isIndexInside(index, size)) throw new LogError("log/out-of-range", `leaf ${index} of ${size}`);
  return Promise.all(siblings(index, size).map(({ start, end }) => readRange(start, end, read, hasher)));
}

/**
 * The root that an inclusion proof leads to.
 *
 * @returns `log/out-of-range` index not inside · `log/bad-proof` wrong number or length of hashes
 * Cost: one node hash per proof hash. @see RFC 9162 §2.1.3.2 · L-6
 */
export function rootFromInclusion(claim: InclusionClaim, hasher: TreeHasher): Checked<Uint8Array> {
  const { index, size, leafHash, proof } = claim;
  if (!isIndexInside(index, size)) return refuse("log/out-of-range");
  if (leafHash.byteLength !== HASH_BYTES || proof.length !== inclusionProofLength(index, size)) {
    return refuse("log/bad-proof");
  }
  let root = leafHash;
  let at = index;
  let last = size - 1;
  for (const hash of proof) {
    if (hash.byteLength !== HASH_BYTES) return refuse("log/bad-proof");
    if (at % 2 === 1 || at === last) {
      root = hasher.node(hash, root);
      // At the right edge a lone node rises without a sibling until it is a right child.
      while (at % 2 === 0 && at !== 0) {
        at = shiftRight(at, 1);
        last = shiftRight(last, 1);
      }
    } else {
      root = hasher.node(root, hash);
    }
    at = shiftRight(at, 1);
    last = shiftRight(last, 1);
  }
  return { ok: true, value: root };
}

/** Whether the claim leads to exactly this root; false for anything malformed too. @see L-6 */
export function verifyInclusion(claim: InclusionClaim, root: Uint8Array, hasher: TreeHasher): boolean {
  const computed = rootFromInclusion(claim, hasher);
  return computed.ok && equalBytes(computed.value, root);
}
