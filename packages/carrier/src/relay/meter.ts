/*
 * What a volunteer is willing to give, counted: a rate, bytes a month, hours of the day. Counts are sums over all streams;
 * there is no place here for whose bytes they were.
 */
import type { Clock } from "../port.ts";

/** Limits; what is not named is not limited. */
export interface RelayLimits {
  /** both directions together */
  readonly bytesPerSecond?: number | undefined;
  /** of a calendar month */
  readonly bytesPerMonth?: number | undefined;
  /** from the first hour up to, not including, the second, 0 to 23; over midnight when the first is later */
  readonly hours?: readonly [from: number, until: number] | undefined;
}

/** How the operator's place counts time. */
export interface Calendar {
  /** 0 to 23 */
  hourOf(nowMs: number): number;
  /** a name of the month, such as `2026-11` */
  monthOf(nowMs: number): string;
}

/** What outlives a restart. */
export interface MeterState {
  readonly month: string;
  readonly monthBytes: number;
  readonly totalBytes: number;
  readonly totalStreams: number;
}

/** A burst may use so much of the rate at once. */
const BURST_MS = 250;

/** Counts bytes and says when enough is enough. */
export class RelayMeter {
  readonly #clock: Clock;
  readonly #calendar: Calendar;
  readonly #limits: RelayLimits;
  #month: string;
  #monthBytes: number;
  #totalBytes: number;
  #totalStreams: number;
  /** bytes that may leave now; negative while the rate is used up */
  #roomBytes = 0;
  #filledAtMs: number;

  constructor(limits: RelayLimits, clock: Clock, calendar: Calendar, state?: MeterState) {
    this.#limits = limits;
    this.#clock = clock;
    this.#calendar = calendar;
    this.#filledAtMs = clock.nowMs();
    this.#month = state?.month ?? "";
    this.#monthBytes = state?.monthBytes ?? 0;
    this.#totalBytes = state?.totalBytes ?? 0;
    this.#totalStreams = state?.totalStreams ?? 0;
  }

  /** What to keep for the next start. */
  get state(): MeterState {
    this.#turnMonth(this.#clock.nowMs());
    return {
      month: this.#month,
      monthBytes: this.#monthBytes,
      totalBytes: this.#totalBytes,
      totalStreams: this.#totalStreams,
    };
  }

  /** Whether this is not the time to forward: the hour is not one of its own, or the month's bytes are used up. */
  get isResting(): boolean {
    const nowMs = this.#clock.nowMs();
    this.#turnMonth(nowMs);
    const { bytesPerMonth, hours } = this.#limits;
    if (bytesPerMonth !== undefined && this.#monthBytes >= bytesPerMonth) return true;
    if (hours === undefined) return false;
    const [from, until] = hours;
    const hour = this.#calendar.hourOf(nowMs);
    return from <= until ? hour < from || hour >= until : hour < from && hour >= until;
  }

  streamOpened(): void {
    this.#totalStreams++;
  }

  /** Counts bytes that are passed on. @returns for how long their sender must not be read, ms */
  passed(sizeBytes: number): number {
    const nowMs = this.#clock.nowMs();
    this.#turnMonth(nowMs);
    this.#monthBytes += sizeBytes;
    this.#totalBytes += sizeBytes;
    const { bytesPerSecond } = this.#limits;
    if (bytesPerSecond === undefined) return 0;
    // A clock that was set back must not stop the relay.
    const tookMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    const mostBytes = (bytesPerSecond * BURST_MS) / 1000;
    this.#roomBytes = Math.min(mostBytes, this.#roomBytes + (tookMs * bytesPerSecond) / 1000) - sizeBytes;
    return this.#roomBytes >= 0 ? 0 : Math.ceil((-this.#roomBytes * 1000) / bytesPerSecond);
  }

  #turnMonth(nowMs: number): void {
    const month = this.#calendar.monthOf(nowMs);
    if (month === this.#month) return;
    this.#month = month;
    this.#monthBytes = 0;
  }
}
