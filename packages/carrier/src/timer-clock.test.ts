import { describe, expect, it } from "vitest";
import { turn } from "./testing/index.ts";
import { timerClock, type Timers } from "./timer-clock.ts";

/** Timers that a test rings by hand. */
class HandTimers implements Timers<number> {
  readonly started: number[] = [];
  readonly stopped: number[] = [];
  #callback: (() => void) | undefined;

  nowMs(): number {
    return 7;
  }

  start(callback: () => void, delayMs: number): number {
    this.#callback = callback;
    return this.started.push(delayMs);
  }

  stop(handle: number): void {
    this.stopped.push(handle);
  }

  ring(): void {
    this.#callback?.();
  }
}

describe("timer clock", () => {
  it("cuts a sleep that a platform's timer would overflow", async () => {
    const timers = new HandTimers();
    const sleeping = timerClock(timers).sleep(2 ** 31 + 5, new AbortController().signal);
    timers.ring();
    await turn();
    timers.ring();
    await sleeping;
    expect(timers.started).toEqual([2 ** 31 - 1, 6]);
  });

  it("stops the timer when the signal aborts, and starts none when it has", async () => {
    const timers = new HandTimers();
    const clock = timerClock(timers);
    const abort = new AbortController();
    const reason = new Error("enough");
    const sleeping = clock.sleep(10, abort.signal);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(timers.stopped).toEqual([1]);
    await expect(clock.sleep(10, abort.signal)).rejects.toBe(reason);
    expect(timers.started).toEqual([10]);
    expect(clock.nowMs()).toBe(7);
  });
});
