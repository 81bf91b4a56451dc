/*
 * Hashing of Merkle maps (protocol/7-station-log.md §3): from 32-byte keys, which are hashes themselves, to values. The tree
 * is binary and follows the bits of the key from the highest; a subtree without entries is 32 zeros, a subtree with one
 * entry is that entry's leaf however high it stands, so a map of n entries is about log2 n deep and its root depends on the
 * entries alone, not on the order in which they came.
 *
 *   leaf   SHA-256(0x02 || key || value)         inner   SHA-256(0x03 || left || right)         empty   32 zeros
 *
 * The prefixes are not those of RFC 6962, so no node of a map passes for one of a log.
 */
import { concatBytes, type Sha256 } from "@chapar/wire/bytes";
import { LogError } from "../errors.ts";
import { HASH_BYTES } from "../tree/hash.ts";

/** Size of a map's keys, in bytes. */
export const MAP_KEY_BYTES: number = HASH_BYTES;
/** Bits of a key: no entry stands deeper. */
export const MAP_MAX_DEPTH: number = 8 * MAP_KEY_BYTES;
/** Most bytes of a value. */
export const MAP_MAX_VALUE_BYTES = 1024;

/** One entry of a map. */
export interface MapEntry {
  /** 32 bytes, evenly spread: a hash */
  readonly key: Uint8Array;
  /** at most 1024 bytes */
  readonly value: Uint8Array;
}

/** A subtree's hash, and whether it holds no entry, one, or more. */
export interface MapNode {
  readonly kind: "empty" | "leaf" | "inner";
  readonly hash: Uint8Array;
}

/** The hashes of a map. Results are 32 bytes, freshly allocated. */
export interface MapHasher {
  leaf(entry: MapEntry): Uint8Array;
  inner(left: Uint8Array, right: Uint8Array): Uint8Array;
}

const INNER_BYTES = 1 + 2 * HASH_BYTES;

/** The subtree without entries. */
export const EMPTY_NODE: MapNode = { kind: "empty", hash: new Uint8Array(HASH_BYTES) };

/** Makes a map hasher from a SHA-256 that does not keep the array it is given. */
export function createMapHasher(sha256: Sha256): MapHasher {
  const inner = new Uint8Array(INNER_BYTES);
  inner[0] = 0x03;
  return {
    leaf: ({ key, value }) => sha256(concatBytes(Uint8Array.of(0x02), key, value)),
    inner(left, right) {
      inner.set(left, 1);
      inner.set(right, 1 + HASH_BYTES);
      return sha256(inner);
    },
  };
}

/** Bit `place` of a key, 0 the highest. */
export function keyBit(key: Uint8Array, place: number): 0 | 1 {
  return (((key[place >> 3] ?? 0) >> (7 - (place & 7))) & 1) === 1 ? 1 : 0;
}

/** Order of keys, as bytes. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < MAP_KEY_BYTES; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The subtree above two: a lone entry rises. Cost: at most one hash. */
export function joinNodes(left: MapNode, right: MapNode, hasher: MapHasher): MapNode {
  if (right.kind === "empty" && left.kind !== "inner") return left;
  if (left.kind === "empty" && right.kind !== "inner") return right;
  return { kind: "inner", hash: hasher.inner(left.hash, right.hash) };
}

/**
 * The subtree of entries that agree in their first `depth` bits.
 *
 * @param entries  sorted by key, each key once
 * @throws LogError `log/bad-argument` for entries in another order
 * Cost: one hash an entry and about 1.4 more
 */
export function mapSubtree(entries: readonly MapEntry[], depth: number, hasher: MapHasher): MapNode {
  for (let i = 1; i < entries.length; i++) {
    const [before, after] = [entries[i - 1], entries[i]];
    if (before === undefined || after === undefined || compareKeys(before.key, after.key) >= 0)
      throw new LogError("log/bad-argument", "entries of a map are sorted and each key is there once");
  }
  return subtreeOf(entries, 0, entries.length, depth, hasher);
}

/** As `mapSubtree` for entries `[start, end)`, which are known to be sorted. */
export function subtreeOf(
  entries: readonly MapEntry[],
  start: number,
  end: number,
  depth: number,
  hasher: MapHasher,
): MapNode {
  const first = entries[start];
  if (first === undefined || start >= end) return EMPTY_NODE;
  if (end - start === 1) return { kind: "leaf", hash: hasher.leaf(first) };
  const middle = splitEntries(entries, start, end, depth);
  const left = subtreeOf(entries, start, middle, depth + 1, hasher);
  return joinNodes(left, subtreeOf(entries, middle, end, depth + 1, hasher), hasher);
}

/** The first of the sorted entries `[start, end)` whose bit at `depth` is 1. */
export function splitEntries(entries: readonly MapEntry[], start: number, end: number, depth: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && keyBit(entry.key, depth) === 1) high = middle;
    else low = middle + 1;
  }
  return low;
}
