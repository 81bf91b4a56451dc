/*
 * The leaf hashes of one log, in order, and the index of each: what W-32 (the same bytes are stored once) and proofs are
 * answered from. A flat array of hashes and an open-addressing table of indexes over it: 40 to 48 bytes an entry, no
 * object per entry, exact (the whole hash is compared). Kept out of the store on purpose: an index on random hashes would
 * cost a page write for every message.
 */

const HASH_BYTES = 32;
const MIN_SLOTS = 16;

/** Leaf hashes by index and indexes by leaf hash. `add` and `find` are O(1); 40 to 48 bytes an entry. */
export class LeafSet {
  #leaves: Uint8Array;
  #size: number;
  /** index + 1 of a leaf, or 0; a power of two long, at most half full */
  #slots: Uint32Array;

  /** @param leaves  32 bytes each, copied */
  constructor(leaves: Uint8Array) {
    this.#leaves = leaves.slice();
    this.#size = leaves.byteLength / HASH_BYTES;
    this.#slots = this.#index(slotsFor(this.#size));
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** All leaf hashes, 32 bytes each; a view that is good until the next `add`. */
  get bytes(): Uint8Array {
    return this.#leaves.subarray(0, this.#size * HASH_BYTES);
  }

  /** The index of a leaf hash, or -1. */
  find(leafHash: Uint8Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = firstWord(leafHash, 0) & mask; ; slot = (slot + 1) & mask) {
      const held = (this.#slots[slot] ?? 0) - 1;
      if (held < 0 || this.#equals(held, leafHash)) return held;
    }
  }

  /** Appends a leaf hash. */
  add(leafHash: Uint8Array): void {
    const at = this.#size * HASH_BYTES;
    if (at === this.#leaves.byteLength) {
      const grown = new Uint8Array(Math.max(MIN_SLOTS * HASH_BYTES, at * 2));
      grown.set(this.#leaves);
      this.#leaves = grown;
    }
    this.#leaves.set(leafHash, at);
    this.#size++;
    if (this.#size * 2 > this.#slots.length) this.#slots = this.#index(slotsFor(this.#size));
    else this.#place(this.#slots, this.#size - 1);
  }

  /** Forgets all leaves from `size` on: what a failed commit had added. Cost: O(size). */
  truncate(size: number): void {
    this.#size = size;
    this.#slots = this.#index(slotsFor(size));
  }

  #index(count: number): Uint32Array {
    const slots = new Uint32Array(count);
    for (let i = 0; i < this.#size; i++) this.#place(slots, i);
    return slots;
  }

  #place(slots: Uint32Array, index: number): void {
    const mask = slots.length - 1;
    let slot = firstWord(this.#leaves, index * HASH_BYTES) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = index + 1;
  }

  #equals(index: number, leafHash: Uint8Array): boolean {
    const at = index * HASH_BYTES;
    for (let i = 0; i < HASH_BYTES; i++) if (this.#leaves[at + i] !== leafHash[i]) return false;
    return true;
  }
}

function slotsFor(size: number): number {
  let count = MIN_SLOTS;
  while (count < size * 4) count *= 2;
  return count;
}

function firstWord(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
