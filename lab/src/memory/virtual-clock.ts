/*
 * Time of the in-memory storey: it stands still while anything is being worked on and then jumps to the next sleeper, so a
 * matrix of hours runs in seconds and the same seed gives the same table. The platform lends one thing, a turn of its event
 * loop, because promises settle in turns and not in time. Several processes share one time when somebody moves all their
 * clocks to the same moments (`moveTo`).
 */
import type { Clock } from "@chapar/carrier";

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  wake(): void;
}

/** Turns between two wakes: what one wake causes (a promise chain of some links) is over by then. */
const TURNS = 2;

/** A clock that runs as fast as its work is done. */
export class VirtualClock implements Clock {
  readonly #turn: () => Promise<void>;
  #nowMs: number;
  #order = 0;
  #sleepers: Sleeper[] = [];

  /** @param turn resolves after everything that can run now has run: `setImmediate` in Node */
  constructor(turn: () => Promise<void>, startMs = 0) {
    this.#turn = turn;
    this.#nowMs = startMs;
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get nextAtMs(): number | undefined {
    return this.#next()?.atMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Runs something at a time; events of the same time run in the order in which they were asked for. */
  at(atMs: number, wake: () => void): () => void {
    const sleeper = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, wake };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
        reject(signal.reason);
      };
      const cancel = this.at(this.#nowMs + Math.max(0, delayMs), () => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  /**
   * Lets time pass until a promise has settled.
   *
   * @throws Error when nobody sleeps and nothing happens any more, which is a fault of what is run
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    const watch = { settled: false };
    const mark = (): void => {
      watch.settled = true;
    };
    promise.then(mark, mark);
    await this.#settle();
    while (!watch.settled) {
      const next = this.#next();
      if (next === undefined) throw new Error("the promise waits for nothing that will happen");
      await this.#wake(next);
    }
    return await promise;
  }

  /** Lets time pass until a moment: sleepers wake in order, and what each causes is over before the next. */
  async moveTo(atMs: number): Promise<void> {
    for (let next = this.#next(); next !== undefined && next.atMs <= atMs; next = this.#next()) await this.#wake(next);
    this.#nowMs = Math.max(this.#nowMs, atMs);
    await this.#settle();
  }

  /** Lets time jump, as it does for a machine that slept: whoever would have woken wakes once, and finds that it is late. */
  async leapTo(atMs: number): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, atMs);
    const late = this.#sleepers.filter((sleeper) => sleeper.atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !late.includes(sleeper));
    for (const sleeper of late.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)) sleeper.wake();
    await this.#settle();
  }

  async #wake(next: Sleeper): Promise<void> {
    this.#sleepers = this.#sleepers.filter((other) => other !== next);
    this.#nowMs = next.atMs;
    next.wake();
    await this.#settle();
  }

  #next(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, other) =>
        first === undefined || other.atMs < first.atMs || (other.atMs === first.atMs && other.order < first.order)
          ? other
          : first,
      undefined,
    );
  }

  async #settle(): Promise<void> {
    for (let i = 0; i < TURNS; i++) await this.#turn();
  }
}
