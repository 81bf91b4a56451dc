/*
 * A Merkle map kept up to date: the top levels are held as hashes, the entries stand below them in buckets, by the first bits
 * of their keys, wherever their owner keeps them (a table, a Map). Changing an entry hashes its bucket and one path; what is
 * held is 66 bytes a bucket however many entries there are. The root does not depend on the number of buckets.
 */
import { LogError } from "../errors.ts";
import { HASH_BYTES } from "../tree/hash.ts";
import {
  joinNodes,
  keyBit,
  type MapEntry,
  type MapHasher,
  type MapNode,
  mapSubtree,
  splitEntries,
  subtreeOf,
} from "./map-hash.ts";
import type { MapProof } from "./map-proof.ts";

const KINDS: readonly MapNode["kind"][] = ["empty", "leaf", "inner"];
const MAX_BUCKET_BITS = 20;

/** Reads the entries of one bucket, sorted by key. */
export type BucketReader = (bucket: number) => readonly MapEntry[] | Promise<readonly MapEntry[]>;

/** The top of a map over buckets that somebody else keeps. */
export class MerkleMap {
  readonly #hasher: MapHasher;
  /** 2^bits buckets */
  readonly bits: number;
  readonly #kinds: Uint8Array;
  readonly #hashes: Uint8Array;

  /** An empty map. @param bits  0 to 20: buckets are 2^bits; @throws LogError `log/bad-argument` */
  constructor(hasher: MapHasher, bits: number) {
    if (!Number.isInteger(bits) || bits < 0 || bits > MAX_BUCKET_BITS)
      throw new LogError("log/bad-argument", "a map has 2^0 to 2^20 buckets");
    this.#hasher = hasher;
    this.bits = bits;
    this.#kinds = new Uint8Array(2 ** (bits + 1));
    this.#hashes = new Uint8Array(2 ** (bits + 1) * HASH_BYTES);
  }

  /** A map with the same entries that changes by itself. Cost: 66 bytes a bucket copied. */
  copy(): MerkleMap {
    const copy = new MerkleMap(this.#hasher, this.bits);
    copy.#kinds.set(this.#kinds);
    copy.#hashes.set(this.#hashes);
    return copy;
  }

  /** The root of all entries, 32 bytes. */
  root(): Uint8Array {
    return this.#node(1).hash;
  }

  /** The bucket of a key. */
  bucketOf(key: Uint8Array): number {
    let bucket = 0;
    for (let i = 0; i < this.bits; i++) bucket = 2 * bucket + keyBit(key, i);
    return bucket;
  }

  /** The node of heap place `at`: 1 the root, 2n and 2n + 1 below n. */
  #node(at: number): MapNode {
    const hash = this.#hashes.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES);
    return { kind: KINDS[this.#kinds[at] ?? 0] ?? "empty", hash };
  }

  #set(at: number, node: MapNode): void {
    this.#kinds[at] = KINDS.indexOf(node.kind);
    this.#hashes.set(node.hash, at * HASH_BYTES);
  }

  /**
   * Takes the whole new content of some buckets.
   *
   * @param buckets  by number; entries sorted by key
   * Cost: the entries handed in, and one path each
   */
  update(buckets: ReadonlyMap<number, readonly MapEntry[]>): void {
    let touched = new Set<number>();
    for (const [bucket, entries] of buckets) {
      const at = 2 ** this.bits + bucket;
      this.#set(at, mapSubtree(entries, this.bits, this.#hasher));
      if (at > 1) touched.add(at >> 1);
    }
    while (touched.size > 0) {
      const above = new Set<number>();
      for (const at of touched) {
        this.#set(at, joinNodes(this.#node(2 * at), this.#node(2 * at + 1), this.#hasher));
        if (at > 1) above.add(at >> 1);
      }
      touched = above;
    }
  }

  /** The proof about a key. Cost: one bucket read and hashed. @throws whatever `read` throws */
  async prove(key: Uint8Array, read: BucketReader): Promise<MapProof> {
    const siblings: Uint8Array[] = [];
    let at = 1;
    for (let depth = 0; depth < this.bits; depth++) {
      const { kind } = this.#node(at);
      if (kind === "empty") return { end: undefined, siblings };
      if (kind === "leaf") return { end: (await read(this.#bucketBelow(at)))[0], siblings };
      const below = 2 * at + keyBit(key, depth);
      siblings.push(this.#node(below ^ 1).hash);
      at = below;
    }
    return this.#proveInBucket(key, await read(at - 2 ** this.bits), siblings);
  }

  /** The bucket that holds the one entry below a place. */
  #bucketBelow(at: number): number {
    let place = at;
    while (place < 2 ** this.bits) place = this.#kinds[2 * place] === 0 ? 2 * place + 1 : 2 * place;
    return place - 2 ** this.bits;
  }

  #proveInBucket(key: Uint8Array, entries: readonly MapEntry[], siblings: Uint8Array[]): MapProof {
    let start = 0;
    let end = entries.length;
    for (let depth = this.bits; end - start > 1; depth++) {
      const middle = splitEntries(entries, start, end, depth);
      const goesRight = keyBit(key, depth) === 1;
      const [from, to] = goesRight ? [start, middle] : [middle, end];
      siblings.push(subtreeOf(entries, from, to, depth + 1, this.#hasher).hash);
      if (goesRight) start = middle;
      else end = middle;
    }
    return { end: start < end ? entries[start] : undefined, siblings };
  }
}
