/*
 * What one link can carry, measured by what comes back: round trip, rate, and from both how much may be under way. Bulk
 * beyond two bandwidth-delay products only fills somebody's buffer, and text would wait behind it: a link of 2 kB/s
 * must not have a megabyte in front of a letter. (After BBR, Cardwell et al. 2016, with its window only.)
 */
import { MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from "./limits.ts";
import { weightOf, type Segment } from "./stream-out.ts";

/** Under way on a link of which nothing is known: TCP's ten packets. */
const START_BYTES: number = 16 * 1024;
/** Under way beyond what was measured, so that a faster link can show it. */
const SPARE_BYTES: number = 4 * 1024;
const MAX_BYTES: number = 16 * 1024 * 1024;
/** A segment of bulk takes about so long to send, so that text waits no longer than that. */
const SEGMENT_MS = 50;
const RATE_MEMORY_MS = 10_000;
/** What a round trip is taken to be until one was seen. */
const UNKNOWN_ROUND_TRIP_MS = 300;

/** Measures one link. */
export class Pace {
  #smoothMs: number | undefined;
  #leastMs: number | undefined;
  #leastAtMs = 0;
  #deliveredBytes = 0;
  #bytesPerMs = 0;
  #rateAtMs = 0;

  /** Smoothed round trip (RFC 6298 §2). */
  get roundTripMs(): number {
    return this.#smoothMs ?? UNKNOWN_ROUND_TRIP_MS;
  }

  /** How much may be under way. */
  get windowBytes(): number {
    if (this.#leastMs === undefined) return START_BYTES;
    return Math.min(MAX_BYTES, SPARE_BYTES + 2 * this.#bytesPerMs * Math.max(1, this.#leastMs));
  }

  /** How long a new segment may be. */
  get segmentBytes(): number {
    return Math.floor(Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, this.#bytesPerMs * SEGMENT_MS)));
  }

  sent(segment: Segment, nowMs: number): void {
    segment.sentAtMs = nowMs;
    segment.deliveredBytes = this.#deliveredBytes;
  }

  delivered(segments: readonly Segment[], nowMs: number): void {
    for (const segment of segments) this.#deliveredBytes += weightOf(segment);
    const last = segments.at(-1);
    if (last === undefined) return;
    const tookMs = Math.max(0, nowMs - last.sentAtMs);
    this.roundTrip(tookMs, nowMs);
    const bytesPerMs = (this.#deliveredBytes - last.deliveredBytes) / Math.max(1, tookMs);
    if (bytesPerMs >= this.#bytesPerMs || nowMs - this.#rateAtMs > RATE_MEMORY_MS) {
      this.#bytesPerMs = bytesPerMs;
      this.#rateAtMs = nowMs;
    }
  }

  roundTrip(tookMs: number, nowMs: number): void {
    this.#smoothMs = this.#smoothMs === undefined ? tookMs : this.#smoothMs + (tookMs - this.#smoothMs) / 8;
    if (this.#leastMs === undefined || tookMs <= this.#leastMs || nowMs - this.#leastAtMs > RATE_MEMORY_MS) {
      this.#leastMs = tookMs;
      this.#leastAtMs = nowMs;
    }
  }
}
