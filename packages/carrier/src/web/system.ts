/* The browser's clock and randomness as ports. */
import type { Clock, Rng } from "../port.ts";
import { timerClock } from "../timer-clock.ts";

/** The device's clock and the browser's timers; a page in the background may be woken late. */
export function systemClock(): Clock {
  return timerClock({
    nowMs: () => Date.now(),
    start: (callback, delayMs) => setTimeout(callback, delayMs),
    stop: (handle) => clearTimeout(handle),
  });
}

/** Random numbers of the browser, for timing. */
export function systemRng(): Rng {
  const cell = new Uint32Array(1);
  return { next: () => (crypto.getRandomValues(cell)[0] ?? 0) / 2 ** 32 };
}
