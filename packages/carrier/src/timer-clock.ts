/* A Clock over a platform's timers, which are passed in: Node and browsers differ in their types and in nothing else. */
import type { Clock } from "./port.ts";

/** What a platform has to offer to make a clock. */
export interface Timers<Handle> {
  nowMs(): number;
  start(callback: () => void, delayMs: number): Handle;
  stop(handle: Handle): void;
}

// A longer delay overflows a signed 32-bit integer and fires at once, in Node and in browsers.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A clock whose sleeps end early with the signal's reason. */
export function timerClock<Handle>(timers: Timers<Handle>): Clock {
  const once = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        timers.stop(handle);
        // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
        reject(signal.reason);
      };
      const handle = timers.start(() => {
        signal.removeEventListener("abort", abort);
        resolve();
      }, delayMs);
      signal.addEventListener("abort", abort, { once: true });
    });
  return {
    nowMs: () => timers.nowMs(),
    async sleep(delayMs, signal) {
      signal.throwIfAborted();
      let leftMs = delayMs;
      do {
        await once(Math.min(leftMs, MAX_TIMER_MS), signal);
        leftMs -= MAX_TIMER_MS;
      } while (leftMs > 0);
    },
  };
}
