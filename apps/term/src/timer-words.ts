/* After how long messages disappear, and times to come, as they are written on a command line. */
import { TermError } from "./errors.ts";

const TIMERS: Readonly<Record<string, number>> = {
  off: 0,
  "30s": 30,
  "5m": 300,
  "1h": 3_600,
  "8h": 28_800,
  "1d": 86_400,
  "1w": 604_800,
  "4w": 2_419_200,
};
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Every timer, as it is written. */
export const TIMER_NAMES: readonly string[] = Object.keys(TIMERS);

/** Seconds of a timer as it is written. @throws TermError `term/usage` */
export function timerOf(text: string): number {
  const seconds = TIMERS[text];
  if (seconds !== undefined && Object.hasOwn(TIMERS, text)) return seconds;
  const problem = `Messages disappear after one of ${TIMER_NAMES.join(", ")}.`;
  throw new TermError("term/usage", { problem, command: "chats timer " });
}

/** A timer as it is written; other lengths in seconds. */
export function timerWords(seconds: number): string {
  return TIMER_NAMES.find((name) => TIMERS[name] === seconds) ?? `${seconds}s`;
}

/**
 * A time to come: `+90m`, `18:30` (the next one), or `2026-12-01T18:30`, by this device's clock.
 *
 * @throws TermError `term/usage`
 */
export function timeOf(text: string, nowMs: number): number {
  const [, amount, unit] = /^\+(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return nowMs + Number(amount) * (UNITS_MS[unit] ?? 0);
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hours !== undefined && Number(hours) < 24 && Number(minutes) < 60) {
    const date = new Date(nowMs);
    date.setHours(Number(hours), Number(minutes), 0, 0);
    if (date.getTime() <= nowMs) date.setDate(date.getDate() + 1);
    return date.getTime();
  }
  const atMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(atMs)) {
    const problem = `${text} is no time: write +90m, 18:30 or 2026-12-01T18:30.`;
    throw new TermError("term/usage", { problem, command: "send " });
  }
  return atMs;
}
