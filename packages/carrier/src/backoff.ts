/*
 * How long to wait after the nth failure: exponential with full jitter, so that a thousand devices that lost one station
 * at one moment do not come back at one moment.
 */
import type { Rng } from "./port.ts";

/** The bounds of a back-off. */
export interface Backoff {
  /** upper bound of the first wait; doubles with each further failure */
  readonly baseMs: number;
  /** upper bound of any wait */
  readonly capMs: number;
}

/** Quick at first, because a phone that changed networks is back in a second; two minutes at most. */
export const DEFAULT_BACKOFF: Backoff = { baseMs: 500, capMs: 120_000 };

/** A wait between 0 and `min(capMs, baseMs * 2^(failures - 1))`, uniform; 0 when nothing failed yet. */
export function backoffMs(failures: number, rng: Rng, { baseMs, capMs }: Backoff = DEFAULT_BACKOFF): number {
  if (failures <= 0) return 0;
  return Math.floor(rng.next() * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}
