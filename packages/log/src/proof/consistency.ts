/*
 * Consistency proofs: that an earlier tree is a prefix of a later one. Checked as RFC 9162 §2.1.4.2. The edge cases are
 * those of the transparency-dev/merkle vectors: a proof from size 0 says nothing and is refused (the empty tree is a
 * prefix of every tree, so a caller at size 0 needs no proof), equal sizes take an empty proof and equal roots.
 */
import { equalBytes } from "@chapar/wire/bytes";
import { type Checked, LogError, refuse } from "../errors.ts";
import { shiftRight, trailingZeros } from "../tree/bits.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import type { HashReader } from "../tree/hash-reader.ts";
import { readRange } from "../tree/ranges.ts";
import { isIndexInside } from "./inclusion.ts";
import { type LeafRange, splitPoint } from "./split.ts";

const MAX_HASHES = 64;

/** An earlier tree, the size of a later one, and the proof between them. */
export interface ConsistencyClaim {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** The ranges of leaves whose hashes make up a consistency proof, in its order; 0 < size1 <= size2. */
export function consistencyRanges(size1: number, size2: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size2;
  while (size1 !== end) {
    const middle = splitPoint(start, end);
    if (size1 <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // A verifier knows the root of the whole earlier tree; a part of it must be named.
  if (start !== 0) ranges.push({ start, end });
  return ranges.toReversed();
}

/**
 * Makes the proof that the tree of `size1` leaves is a prefix of that of `size2`.
 *
 * @param read  must hold every perfect subtree of the later tree
 * @returns at most 54 hashes; none for equal sizes
 * @throws LogError `log/out-of-range` unless 0 < size1 <= size2; whatever `read` throws
 * @see RFC 6962 §2.1.2 · L-7
 */
export async function consistencyProof(
  size1: number,
  size2: number,
  read: HashReader,
  hasher: TreeHasher,
): Promise<Uint8Array[]> {
  if (!isIndexInside(size1 - 1, size2)) throw new LogError("log/out-of-range", `from ${size1} to ${size2}`);
  return Promise.all(consistencyRanges(size1, size2).map(({ start, end }) => readRange(start, end, read, hasher)));
}

/** Both roots that the hashes of a proof make, without the roots that anyone claims. */
function foldConsistency(
  { size1, size2 }: { readonly size1: number; readonly size2: number },
  path: readonly Uint8Array[],
  hasher: TreeHasher,
): { readonly earlier: Uint8Array; readonly later: Uint8Array } | undefined {
  const [seed, ...rest] = path;
  if (seed?.byteLength !== HASH_BYTES) return undefined;
  let earlier: Uint8Array = seed;
  let later: Uint8Array = seed;
  // The largest perfect subtree at the earlier tree's right edge is the seed: begin at its level.
  const perfect = trailingZeros(size1);
  let at = shiftRight(size1 - 1, perfect);
  let last = shiftRight(size2 - 1, perfect);
  for (const hash of rest) {
    if (last === 0 || hash.byteLength !== HASH_BYTES) return undefined;
    if (at % 2 === 1 || at === last) {
      earlier = hasher.node(hash, earlier);
      later = hasher.node(hash, later);
      while (at % 2 === 0 && at !== 0) {
        at = shiftRight(at, 1);
        last = shiftRight(last, 1);
      }
    } else {
      later = hasher.node(later, hash);
    }
    at = shiftRight(at, 1);
    last = shiftRight(last, 1);
  }
  return last === 0 ? { earlier, later } : undefined;
}

/**
 * The later root that a consistency proof leads to, given the earlier one.
 *
 * @returns `log/out-of-range` unless 0 < size1 <= size2 · `log/bad-proof` wrong number or length of hashes ·
 * `log/bad-root` the proof is not about `root1`
 * Cost: at most two node hashes per proof hash. @see RFC 9162 §2.1.4.2 · L-7
 */
export function rootFromConsistency(claim: ConsistencyClaim, hasher: TreeHasher): Checked<Uint8Array> {
  const { size1, size2, root1, proof } = claim;
  if (!isIndexInside(size1 - 1, size2)) return refuse("log/out-of-range");
  if (size1 === size2) return proof.length === 0 ? { ok: true, value: root1 } : refuse("log/bad-proof");
  if (proof.length === 0 || proof.length > MAX_HASHES || root1.byteLength !== HASH_BYTES)
    return refuse("log/bad-proof");
  const roots = foldConsistency(claim, isPowerOfTwo(size1) ? [root1, ...proof] : proof, hasher);
  if (roots === undefined) return refuse("log/bad-proof");
  return equalBytes(roots.earlier, root1) ? { ok: true, value: roots.later } : refuse("log/bad-root");
}

/**
 * The earlier root that a consistency proof is really about: what shows, when it is not the one that was signed, that the later
 * tree has another prefix. Of a perfect earlier tree the proof does not have it.
 *
 * @returns undefined for a perfect earlier tree, sizes out of range, or a malformed proof
 */
export function earlierRootOf(
  sizes: { readonly size1: number; readonly size2: number },
  proof: readonly Uint8Array[],
  hasher: TreeHasher,
): Uint8Array | undefined {
  const { size1, size2 } = sizes;
  if (!isIndexInside(size1 - 1, size2) || size1 === size2 || isPowerOfTwo(size1) || proof.length > MAX_HASHES)
    return undefined;
  return foldConsistency(sizes, proof, hasher)?.earlier;
}

function isPowerOfTwo(size: number): boolean {
  return size === 2 ** trailingZeros(size);
}

/** Whether the claim leads to exactly this later root; false for anything malformed too. @see L-7 */
export function verifyConsistency(claim: ConsistencyClaim, root2: Uint8Array, hasher: TreeHasher): boolean {
  const computed = rootFromConsistency(claim, hasher);
  return computed.ok && equalBytes(computed.value, root2);
}
