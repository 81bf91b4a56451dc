/*
 * Splits ranges of leaves into perfect subtrees and folds them again. `[start, end)` here is always what RFC 6962 calls
 * D[start:end] on the way down from a root, so it begins at a multiple of the largest power of two that fits; its hash is
 * then the right fold of its perfect parts, largest first.
 */
import { LogError } from "../errors.ts";
import { bitLength, trailingZeros } from "./bits.ts";
import { HASH_BYTES, type TreeHasher } from "./hash.ts";
import type { HashReader, NodeAt } from "./hash-reader.ts";

/** The perfect subtrees that make up `[start, end)`, left to right. */
export function perfectParts(start: number, end: number): NodeAt[] {
  const parts: NodeAt[] = [];
  let at = start;
  while (at < end) {
    const fits = bitLength(end - at) - 1;
    const level = at === 0 ? fits : Math.min(fits, trailingZeros(at));
    parts.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return parts;
}

/** Folds the hashes of perfect parts, left to right and at least one, into the hash of their range. */
export function foldParts(hashes: readonly Uint8Array[], hasher: TreeHasher): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) throw new LogError("log/bad-argument", "an empty range has no parts");
  return hashes.slice(0, -1).reduceRight((right, left) => hasher.node(left, right), last);
}

/** Reads one stored hash. @throws LogError `log/bad-argument` when the reader answers anything but 32 bytes */
async function readHash(read: HashReader, part: NodeAt): Promise<Uint8Array> {
  const hash = await read(part.level, part.index);
  if (hash.byteLength !== HASH_BYTES) throw new LogError("log/bad-argument", "a stored hash has not 32 bytes");
  return hash;
}

/** Reads and folds the hash of `[start, end)`; all parts are asked for at once. */
export async function readRange(start: number, end: number, read: HashReader, hasher: TreeHasher): Promise<Uint8Array> {
  if (start === end) return hasher.empty();
  const hashes = await Promise.all(perfectParts(start, end).map((part) => readHash(read, part)));
  return foldParts(hashes, hasher);
}
