/*
 * A whole tree in memory, every perfect subtree's root kept: for tests, for small logs, and as the plainest HashReader.
 * Levels are flat growing buffers, so a million leaves are two million hashes in twenty arrays.
 */
import { LogError } from "../errors.ts";
import { HASH_BYTES, type TreeHasher } from "./hash.ts";
import type { HashReader } from "./hash-reader.ts";
import { foldParts, perfectParts } from "./ranges.ts";

interface Level {
  hashes: Uint8Array;
  count: number;
}

function push(level: Level, hash: Uint8Array): void {
  const at = level.count * HASH_BYTES;
  if (at === level.hashes.byteLength) {
    const grown = new Uint8Array(Math.max(HASH_BYTES * 4, at * 2));
    grown.set(level.hashes);
    level.hashes = grown;
  }
  level.hashes.set(hash, at);
  level.count++;
}

/**
 * A log's tree held whole in memory.
 *
 * Memory: 64 bytes a leaf, up to twice that while growing. `append` costs one node hash amortised.
 */
export class MemoryTree {
  readonly #hasher: TreeHasher;
  readonly #levels: Level[] = [{ hashes: new Uint8Array(0), count: 0 }];

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#level(0).count;
  }

  #level(level: number): Level {
    const found = this.#levels[level];
    if (found === undefined) throw new LogError("log/out-of-range", `no level ${level}`);
    return found;
  }

  /** Appends one leaf hash of 32 bytes (copied) and answers its index. @throws LogError `log/bad-argument` */
  append(leafHash: Uint8Array): number {
    if (leafHash.byteLength !== HASH_BYTES) throw new LogError("log/bad-argument", "a leaf hash has 32 bytes");
    const index = this.size;
    push(this.#level(0), leafHash);
    for (let level = 0, count = index + 1; count % 2 === 0; level++, count /= 2) {
      const below = this.#level(level);
      const right = (below.count - 1) * HASH_BYTES;
      const node = this.#hasher.nodeAt(below.hashes, right - HASH_BYTES, right);
      const above = (this.#levels[level + 1] ??= { hashes: new Uint8Array(0), count: 0 });
      push(above, node);
    }
    return index;
  }

  /** The root at `size` leaves, now or earlier. @throws LogError `log/out-of-range` */
  root(size: number = this.size): Uint8Array {
    if (size > this.size) throw new LogError("log/out-of-range", `size ${size} of ${this.size}`);
    if (size === 0) return this.#hasher.empty();
    return foldParts(
      perfectParts(0, size).map((part) => this.#at(part.level, part.index)),
      this.#hasher,
    );
  }

  #at(level: number, index: number): Uint8Array {
    const held = this.#level(level);
    if (index >= held.count) throw new LogError("log/out-of-range", `no node ${index} on level ${level}`);
    return held.hashes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  /** This tree as a source of stored hashes; throws LogError `log/out-of-range` for what is not there. */
  get reader(): HashReader {
    return (level, index) => this.#at(level, index);
  }
}
