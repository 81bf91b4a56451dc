/*
 * The time a station signs. Heads of one log must not go back in time (L-26), the machine's clock may. A mark ahead of
 * what was signed is kept on disk; after a restart signing goes on from the mark, so no signature is older than one that
 * left before. The mark moves at most once in five seconds.
 */
import type { Clock } from "@chapar/carrier";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type { Store, Write } from "../store/port.ts";

const NAME = "signed-until-ms";
const AHEAD_MS = 5_000;

/** Gives times that never go back, across restarts. */
export class SigningClock {
  readonly #clock: Clock;
  #lastMs: number;
  #markMs: number;

  private constructor(clock: Clock, markMs: number) {
    this.#clock = clock;
    this.#lastMs = markMs;
    this.#markMs = markMs;
  }

  /** Goes on from what the store remembers. */
  static async open(clock: Clock, store: Store): Promise<SigningClock> {
    const stored = await store.meta(NAME);
    return new SigningClock(clock, stored === undefined ? 0 : new ByteReader(stored).index());
  }

  /** The next time to sign, and what must be durable before the signature leaves. */
  next(): { readonly timeMs: number; readonly writes: readonly Write[] } {
    this.#lastMs = Math.max(this.#clock.nowMs(), this.#lastMs);
    if (this.#lastMs < this.#markMs) return { timeMs: this.#lastMs, writes: [] };
    const markMs = this.#lastMs + AHEAD_MS;
    return {
      timeMs: this.#lastMs,
      writes: [{ kind: "meta", name: NAME, value: new ByteWriter(8).index(markMs).finish() }],
    };
  }

  /** A commit with the writes of `next(timeMs)` is on disk. */
  reached(timeMs: number): void {
    if (timeMs >= this.#markMs) this.#markMs = timeMs + AHEAD_MS;
  }
}
