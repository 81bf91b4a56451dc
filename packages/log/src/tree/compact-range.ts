/*
 * A compact range: the least one must keep of a log to append to it and to know its root. It holds the roots of the
 * perfect subtrees that the size's set bits name, largest first (size 11 = 8 + 2 + 1 holds three hashes), in one flat
 * buffer. A station keeps one per room and appends at fifty thousand entries a second, so there is no object, view or
 * BigInt per append; merging hashes each inner node exactly once, which makes an append one node hash on average.
 *
 *   encoded: varint size || 32-byte hash for each set bit of size, largest subtree first
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { LogError, type LogDecoded } from "../errors.ts";
import { onesCount } from "./bits.ts";
import { HASH_BYTES, type TreeHasher } from "./hash.ts";

const GROW_HASHES = 4;

/**
 * The right edge of a log's tree: append leaf hashes, ask for the root, store and bring back.
 *
 * Memory: 32 bytes for each set bit of the size (at most 1.7 KiB). `append` costs one node hash amortised, `root`
 * one fewer than the set bits of the size, and is remembered until the next append.
 * @see RFC 6962 §2.1 · L-4
 */
export class CompactRange {
  readonly #hasher: TreeHasher;
  #hashes: Uint8Array;
  #count: number;
  #size: number;
  #root: Uint8Array | undefined;

  /** An empty range; `CompactRange.decode` and `from` bring back others. */
  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
    this.#hashes = new Uint8Array(GROW_HASHES * HASH_BYTES);
    this.#count = 0;
    this.#size = 0;
  }

  /** Number of leaves, at most 2^53 - 1. */
  get size(): number {
    return this.#size;
  }

  /** Appends one leaf hash of 32 bytes; its bytes are copied. @throws LogError `log/bad-argument` */
  append(leafHash: Uint8Array): void {
    if (leafHash.byteLength !== HASH_BYTES) throw new LogError("log/bad-argument", "a leaf hash has 32 bytes");
    if (this.#size >= Number.MAX_SAFE_INTEGER) throw new LogError("log/bad-argument", "the log is full");
    this.#root = undefined;
    this.#push(leafHash);
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const at = (this.#count - 2) * HASH_BYTES;
      this.#hashes.set(this.#hasher.nodeAt(this.#hashes, at, at + HASH_BYTES), at);
      this.#count--;
    }
    this.#size++;
  }

  #push(hash: Uint8Array): void {
    const at = this.#count * HASH_BYTES;
    if (at === this.#hashes.byteLength) {
      const grown = new Uint8Array(at + GROW_HASHES * HASH_BYTES);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hash, at);
    this.#count++;
  }

  /** The tree's root, 32 bytes; do not write to it. */
  root(): Uint8Array {
    this.#root ??= this.#computeRoot();
    return this.#root;
  }

  #computeRoot(): Uint8Array {
    if (this.#count === 0) return this.#hasher.empty();
    let root: Uint8Array = this.#hashes.slice((this.#count - 1) * HASH_BYTES, this.#count * HASH_BYTES);
    for (let i = this.#count - 2; i >= 0; i--) {
      root = this.#hasher.node(this.#hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), root);
    }
    return root;
  }

  /** Copies of the hashes held, largest subtree first: those of `perfectParts(0, size)`. */
  nodes(): Uint8Array[] {
    return Array.from({ length: this.#count }, (_, i) => this.#hashes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  }

  /** A range of its own that goes on from here. */
  clone(): CompactRange {
    const copy = new CompactRange(this.#hasher);
    copy.#hashes = this.#hashes.slice();
    copy.#count = this.#count;
    copy.#size = this.#size;
    copy.#root = this.#root;
    return copy;
  }

  /** The bytes that `decode` brings back: 1 to 8 bytes of size and 32 for each of its set bits. */
  encode(): Uint8Array<ArrayBuffer> {
    const writer = new ByteWriter(8 + this.#count * HASH_BYTES);
    return writer
      .varint(this.#size)
      .bytes(this.#hashes.subarray(0, this.#count * HASH_BYTES))
      .finish();
  }

  /** Brings back an encoded range. Untrusted hashes give an untrusted range: compare its root with a signed one. */
  static decode(bytes: Uint8Array, hasher: TreeHasher): LogDecoded<CompactRange> {
    const reader = new ByteReader(bytes);
    const range = new CompactRange(hasher);
    const size = reader.varint();
    const count = onesCount(size);
    const hashes = reader.bytes(count * HASH_BYTES);
    if (!reader.failed) {
      range.#size = size;
      range.#count = count;
      if (count > 0) range.#hashes = hashes.slice();
    }
    return reader.finish(range);
  }
}
