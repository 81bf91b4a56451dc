/*
 * A token bucket over an injected clock: `ratePerSecond` on average, `burst` at once. A clock that jumps back gives
 * nothing, one that jumps ahead fills the bucket once.
 */

/** How often something may be asked. */
export interface Rate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** Counts how much may still be asked. Cost: O(1), no timer. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Tokens that may be taken now. */
  left(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens;
  }

  #refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (passedMs * this.#rate.ratePerSecond) / 1000);
    this.#atMs = nowMs;
  }

  /** Takes tokens: 0 when there were enough, otherwise nothing is taken and the answer is how many ms to wait. */
  take(nowMs: number, tokens = 1): number {
    this.#refill(nowMs);
    if (this.#tokens >= tokens) {
      this.#tokens -= tokens;
      return 0;
    }
    // A thousandth of a millisecond less, so that rounding of fractions does not cost a whole one.
    return Math.max(1, Math.ceil(((tokens - this.#tokens) * 1000) / this.#rate.ratePerSecond - 0.001));
  }
}
