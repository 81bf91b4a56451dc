/* Node's clock and randomness as ports. */
import { randomBytes } from "node:crypto";
import type { Clock, Rng } from "../port.ts";
import { timerClock } from "../timer-clock.ts";

/** The machine's clock and Node's timers. */
export function systemClock(): Clock {
  return timerClock({
    nowMs: () => Date.now(),
    start: (callback, delayMs) => setTimeout(callback, delayMs),
    stop: (handle) => clearTimeout(handle),
  });
}

/** Random numbers of the operating system, for timing. */
export function systemRng(): Rng {
  return { next: () => randomBytes(4).readUInt32BE() / 2 ** 32 };
}
