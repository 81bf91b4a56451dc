/*
 * What one link can carry, measured by what comes back: least round trip, rate, and from both how much may be under way.
 * Bulk beyond that only fills somebody's buffer, and text would wait behind it: a link of 2 kB/s must not have a megabyte
 * in front of a letter. The control is BBR's (Cardwell et al., ACM Queue 2016) reduced to a window: doubling until the
 * rate grows no more, then a little above the product of rate and least round trip, which is measured anew every ten
 * seconds with little under way.
 */
import { MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from "./limits.ts";
import { weightOf, type Segment } from "./stream-out.ts";

/** Under way on a link of which nothing is known: TCP's ten packets. */
const START_BYTES: number = 16 * 1024;
const START_SEGMENT_BYTES = 1200;
/** Segments under way beyond what was measured, so that a link can show more; and all there are while it is measured. */
const SPARE_SEGMENTS = 2;
const MAX_BYTES: number = 16 * 1024 * 1024;
/** A segment of bulk takes about so long to send, so that text waits no longer than that. */
const SEGMENT_MS = 50;
const MEMORY_MS = 10_000;
/**
 * The least round trip that the window is made of: on a short road the machine's own scheduling takes longer than the road, and a
 * window of one millisecond would leave the link idle between two turns. Costs text at most so long behind bulk.
 */
const LEAST_WINDOW_MS = 20;
/** What a round trip is taken to be until one was seen. */
const UNKNOWN_ROUND_TRIP_MS = 300;
const GAIN_FIRST = 2;
const GAIN = 1.25;
/** Rounds without a quarter more, until a link counts as full. */
const FULL_ROUNDS = 3;

/** Measures one link. */
export class Pace {
  #isLeft = false;
  #smoothMs: number | undefined;
  #variationMs = 0;
  #leastMs: number | undefined;
  #leastAtMs = 0;
  /** since when little is sent in order to measure the least round trip */
  #measuringAtMs: number | undefined;
  #deliveredBytes = 0;
  #bytesPerMs = 0;
  #rateAtMs = 0;
  #roundEndsBytes = 0;
  #roundRate = 0;
  #sameRounds = 0;

  /** The link paces itself and says when it is full: nothing is held back before it. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Smoothed round trip (RFC 6298 §2). */
  get roundTripMs(): number {
    return this.#smoothMs ?? UNKNOWN_ROUND_TRIP_MS;
  }

  /** After so long an answer is late: RFC 6298's timeout, which grows where round trips vary. */
  get lateMs(): number {
    return this.roundTripMs + 4 * this.#variationMs;
  }

  /** The measured rate; 0 until one was. */
  get bytesPerMs(): number {
    return this.#bytesPerMs;
  }

  /** How much may be under way. */
  get windowBytes(): number {
    if (this.#isLeft) return MAX_BYTES;
    if (this.#leastMs === undefined) return START_BYTES;
    const spareBytes = SPARE_SEGMENTS * this.segmentBytes;
    if (this.#measuringAtMs !== undefined) return spareBytes;
    const gain = this.#sameRounds < FULL_ROUNDS ? GAIN_FIRST : GAIN;
    return Math.min(MAX_BYTES, spareBytes + gain * this.#bytesPerMs * Math.max(LEAST_WINDOW_MS, this.#leastMs));
  }

  /** How long a new segment may be. */
  get segmentBytes(): number {
    if (this.#leastMs === undefined) return this.#isLeft ? MIN_SEGMENT_BYTES : START_SEGMENT_BYTES;
    return Math.floor(Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, this.#bytesPerMs * SEGMENT_MS)));
  }

  sent(segment: Segment, nowMs: number): void {
    segment.sentAtMs = nowMs;
    segment.deliveredBytes = this.#deliveredBytes;
    if (this.#leastMs !== undefined && nowMs - this.#leastAtMs > MEMORY_MS) this.#measuringAtMs ??= nowMs;
  }

  /** These were acknowledged, all at once. */
  delivered(segments: readonly Segment[], nowMs: number): void {
    for (const segment of segments) this.#deliveredBytes += weightOf(segment);
    const last = segments.at(-1);
    // Segments that were acknowledged by a state, or sent over an earlier link, say nothing of this one.
    if (last === undefined || last.sentAtMs === 0) return;
    const tookMs = Math.max(0, nowMs - last.sentAtMs);
    const bytesPerMs = (this.#deliveredBytes - last.deliveredBytes) / Math.max(1, tookMs);
    if (bytesPerMs >= this.#bytesPerMs || nowMs - this.#rateAtMs > MEMORY_MS) {
      this.#bytesPerMs = bytesPerMs;
      this.#rateAtMs = nowMs;
    }
    if (this.#measuringAtMs !== undefined && last.sentAtMs > this.#measuringAtMs) {
      this.#measuringAtMs = undefined;
      this.#leastMs = undefined;
    }
    this.roundTrip(tookMs, nowMs);
    if (last.deliveredBytes < this.#roundEndsBytes) return;
    this.#roundEndsBytes = this.#deliveredBytes;
    this.#sameRounds = this.#bytesPerMs >= 1.25 * this.#roundRate ? 0 : this.#sameRounds + 1;
    if (this.#sameRounds === 0) this.#roundRate = this.#bytesPerMs;
  }

  roundTrip(tookMs: number, nowMs: number): void {
    const apartMs = this.#smoothMs === undefined ? tookMs / 2 : Math.abs(tookMs - this.#smoothMs);
    this.#variationMs = this.#smoothMs === undefined ? apartMs : this.#variationMs + (apartMs - this.#variationMs) / 4;
    this.#smoothMs = this.#smoothMs === undefined ? tookMs : this.#smoothMs + (tookMs - this.#smoothMs) / 8;
    if (this.#leastMs !== undefined && tookMs > this.#leastMs) return;
    this.#leastMs = tookMs;
    this.#leastAtMs = nowMs;
  }
}
