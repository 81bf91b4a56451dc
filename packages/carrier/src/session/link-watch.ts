/*
 * Watches the link a session is attached to: whether it froze while something was outstanding, when it needs a sign of
 * life, when it has carried enough. Freezing matters because a common block does not break a link, it swallows it after
 * some packets without a word (3-road.md R10); waiting for TCP to notice takes minutes.
 */
import type { SessionLimits } from "./limits.ts";
import { Pace } from "./pace.ts";

/** How a link is doing. `quiet`: silent for as long as a healthy one is not; `dead`: give it up; `spent`: replace it. */
export type LinkState = "well" | "quiet" | "dead" | "spent";

/** Signs of life of one link. */
export class LinkWatch {
  readonly pace: Pace = new Pace();
  readonly #limits: SessionLimits;
  readonly #keepAliveMs: number;
  readonly #spentAtMs: number;
  #heardAtMs: number;
  #sentAtMs: number;
  /** since when something waits for an answer */
  #outstandingAtMs: number | undefined;
  #pingAtMs: number | undefined;
  #carriedBytes = 0;

  constructor(limits: SessionLimits, random: () => number, nowMs: number) {
    this.#limits = limits;
    this.#heardAtMs = this.#sentAtMs = nowMs;
    this.#keepAliveMs = limits.keepAliveMs * (1 - random() / 4);
    this.#spentAtMs = limits.retireMs === 0 ? Number.POSITIVE_INFINITY : nowMs + limits.retireMs * (1 + 2 * random());
  }

  /** Bytes both ways. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  heard(sizeBytes: number, nowMs: number): void {
    this.#carriedBytes += sizeBytes;
    this.#heardAtMs = nowMs;
  }

  sent(sizeBytes: number, nowMs: number): void {
    this.#carriedBytes += sizeBytes;
    this.#sentAtMs = nowMs;
  }

  outstanding(nowMs: number): void {
    this.#outstandingAtMs ??= nowMs;
  }

  nothingOutstanding(): void {
    this.#outstandingAtMs = this.#pingAtMs;
  }

  /** Whether a ping is due; if so it counts as sent. */
  wantsPing(nowMs: number): boolean {
    if (this.#pingAtMs !== undefined || nowMs - this.#sentAtMs < this.#keepAliveMs) return false;
    this.#pingAtMs = nowMs;
    this.#outstandingAtMs ??= nowMs;
    return true;
  }

  /** @returns false when nothing was asked */
  echoed(nowMs: number): boolean {
    if (this.#pingAtMs === undefined) return false;
    this.pace.roundTrip(nowMs - this.#pingAtMs, nowMs);
    if (this.#outstandingAtMs === this.#pingAtMs) this.#outstandingAtMs = undefined;
    this.#pingAtMs = undefined;
    return true;
  }

  state(nowMs: number): LinkState {
    if (this.#outstandingAtMs !== undefined) {
      const silentMs = nowMs - Math.max(this.#outstandingAtMs, this.#heardAtMs);
      if (silentMs >= this.#limits.deadMs) return "dead";
      if (silentMs >= this.#freezeMs) return "quiet";
    }
    return nowMs >= this.#spentAtMs || this.#carriedBytes >= this.#limits.retireBytes ? "spent" : "well";
  }

  /** When `state` may change, or a ping is due, if nothing happens until then. */
  dueAtMs(nowMs: number): number {
    const times = [this.#pingAtMs === undefined ? this.#sentAtMs + this.#keepAliveMs : Number.POSITIVE_INFINITY];
    if (nowMs < this.#spentAtMs) times.push(this.#spentAtMs);
    if (this.#outstandingAtMs !== undefined) {
      const fromMs = Math.max(this.#outstandingAtMs, this.#heardAtMs);
      times.push(fromMs + (this.state(nowMs) === "quiet" ? this.#limits.deadMs : this.#freezeMs));
    }
    return Math.min(...times);
  }

  get #freezeMs(): number {
    return Math.max(this.#limits.freezeMs, 3 * this.pace.roundTripMs);
  }
}
