/*
 * The time a station signs. Heads of one log must not go back in time (L-26), the machine's clock may. A mark ahead of
 * what was signed is kept on disk; after a restart signing goes on from the mark, so no signature is older than one that
 * left before. The mark moves at most once in five seconds. An epoch's time is taken from here as well (E-1): signing goes on
 * above it, also after a restart.
 */
import type { Clock } from "@chapar/carrier";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { storedEpochTimeMs } from "../ledger/state.ts";
import type { Store, Write } from "../store/port.ts";

const NAME = "signed-until-ms";
/** How far the mark goes ahead of what is signed. */
export const SIGNING_MARK_AHEAD_MS = 5_000;

/** What must be durable before a signature leaves. */
export interface SigningMark {
  /** part of the commit that is asked for in the same turn, or of none when it is empty */
  readonly writes: readonly Write[];
  /** the commit is on disk */
  readonly reached: () => void;
}

/** The write that makes signing go on from a time. */
export function signingMarkWrite(markMs: number): Write {
  return { kind: "meta", name: NAME, value: new ByteWriter(8).index(markMs).finish() };
}

/** The time from which a store's station would go on signing; 0 for one that never signed. */
export async function storedSigningMark(store: Pick<Store, "meta">): Promise<number> {
  const stored = await store.meta(NAME);
  return stored === undefined ? 0 : new ByteReader(stored).index();
}

/** Gives times that never go back, across restarts. */
export class SigningClock {
  readonly #clock: Clock;
  #lastMs: number;
  /** on disk */
  #markMs: number;
  /** the highest that was handed out to be written: a later commit must not take it back */
  #writtenMs: number;

  private constructor(clock: Clock, lastMs: number, markMs: number) {
    this.#clock = clock;
    this.#lastMs = lastMs;
    this.#markMs = markMs;
    this.#writtenMs = markMs;
  }

  /** Goes on from what the store remembers. */
  static async open(clock: Clock, store: Store): Promise<SigningClock> {
    const markMs = await storedSigningMark(store);
    const epochMs = await storedEpochTimeMs(store);
    return new SigningClock(clock, Math.max(markMs, epochMs === undefined ? 0 : epochMs + 1), markMs);
  }

  /** The next time to sign, in ms. */
  next(): number {
    this.#lastMs = Math.max(this.#clock.nowMs(), this.#lastMs);
    return this.#lastMs;
  }

  /**
   * What must be on disk before a signature of this time leaves. Asked for in the turn in which its writes are committed, so
   * that marks are written in the order in which they grow.
   */
  mark(timeMs: number): SigningMark {
    if (timeMs < this.#markMs) return { writes: [], reached: () => undefined };
    const markMs = Math.max(this.#writtenMs, this.#lastMs + SIGNING_MARK_AHEAD_MS);
    this.#writtenMs = markMs;
    const reached = (): void => {
      this.#markMs = Math.max(this.#markMs, markMs);
    };
    return { writes: [signingMarkWrite(markMs)], reached };
  }

  /** The time of this instant: nothing signed before is later, everything signed from now on is. */
  split(): number {
    const timeMs = this.next();
    this.#lastMs = timeMs + 1;
    return timeMs;
  }
}
