/*
 * How much a link over DNS may hold. It sends at its own pace, so a window above it would only measure what loss does to a round trip; what
 * has to be bounded is how long text waits behind what is already here: a second or two.
 */

/** Before anything was measured: half a second at the first rate. */
export const DNS_START_BYTES = 1_024;
const LOOK_MS = 1_000;
/** More than what left in a second, so that a link can show more. */
const GAIN = 2;
/** A pause is no bad line: what was measured is forgotten slowly. */
const MEMORY = 0.8;

/** Measures one direction. */
export class DnsFill {
  #bytes = 0;
  #sinceMs: number;
  #bytesPerSecond = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** What it may hold now. */
  get fullBytes(): number {
    return Math.max(DNS_START_BYTES, GAIN * this.#bytesPerSecond);
  }

  /** So many bytes are known to have arrived. */
  arrived(sizeBytes: number, nowMs: number): void {
    this.#bytes += sizeBytes;
    const tookMs = nowMs - this.#sinceMs;
    if (tookMs < LOOK_MS) return;
    this.#bytesPerSecond = Math.max((this.#bytes * 1_000) / tookMs, this.#bytesPerSecond * MEMORY);
    this.#bytes = 0;
    this.#sinceMs = nowMs;
  }
}
