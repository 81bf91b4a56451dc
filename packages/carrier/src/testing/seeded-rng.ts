/* Random numbers that a seed repeats: a failing run prints its seed and can be run again. */
import type { Rng } from "../port.ts";

/** Mulberry32: 32 bits of state, good enough to shake tests, and short enough to be read. */
export class SeededRng implements Rng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  bytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: sizeBytes }, () => Math.floor(this.next() * 256));
  }
}
