/*
 * A clock that stands still until a test moves it. Moving wakes sleepers in the order of their time, and lets everything
 * that follows from one wake happen before the next: promises settle in turns of the event loop, not in time.
 */
import type { Clock } from "../port.ts";

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  wake(): void;
}

// Work done in other threads (WebCrypto) comes back after some turns; three cover what tests do between two wakes.
const TURNS_BETWEEN_WAKES = 3;

/** One turn of the event loop: every promise that can settle now has settled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

async function settle(): Promise<void> {
  for (let i = 0; i < TURNS_BETWEEN_WAKES; i++) await turn();
}

/** Time as a test tells it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(nowMs: number = Date.UTC(2030, 0, 1)) {
    this.#nowMs = nowMs;
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  nowMs(): number {
    // As a real clock: whole milliseconds, however fine the pieces of a slow line are.
    return Math.floor(this.#nowMs);
  }

  /** Sets the time without waking anyone, as a machine's clock may jump; sleeps keep their length. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
    this.#sleepers = this.#sleepers.map((sleeper) => ({ ...sleeper, atMs: sleeper.atMs + byMs }));
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
        reject(signal.reason);
        return;
      }
      const order = this.#order++;
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other.order !== order);
        // oxlint-disable-next-line promise/prefer-reject-errors -- as above
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#sleepers.push({ atMs: this.#nowMs + Math.max(0, delayMs), order, wake });
    });
  }

  /** Moves time forward, waking everyone on the way. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#next(); next !== undefined && next.atMs <= untilMs; next = this.#next()) {
      this.#wakeAt(next.atMs);
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    await settle();
  }

  /**
   * Moves time forward, sleeper by sleeper, until a promise settles; without sleepers it waits for the event loop.
   *
   * @throws Error when the promise has not settled within `limitMs` of this clock
   */
  async runUntil<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const untilMs = this.#nowMs + limitMs;
    const watched = { settled: false };
    const mark = (): void => {
      watched.settled = true;
    };
    promise.then(mark, mark);
    await settle();
    let idleTurns = 0;
    while (!watched.settled) {
      const next = this.#next();
      if (next === undefined) {
        if (++idleTurns > 100_000) throw new Error("nobody sleeps and nothing happens");
        await turn();
        continue;
      }
      if (next.atMs > untilMs) throw new Error(`not settled within ${limitMs} ms`);
      idleTurns = 0;
      this.#wakeAt(next.atMs);
      await settle();
    }
    return await promise;
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (first === undefined || sleeper.atMs < first.atMs) first = sleeper;
    }
    return first;
  }

  /** Wakes everyone due at a moment, in the order in which they went to sleep. */
  #wakeAt(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
    const due = this.#sleepers
      .filter((sleeper) => sleeper.atMs <= atMs)
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.atMs > atMs);
    for (const sleeper of due) sleeper.wake();
  }
}
