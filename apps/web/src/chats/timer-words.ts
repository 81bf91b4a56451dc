/* After how long messages disappear, in words. */
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";

/** Every timer with its words, in seconds; 0: off. */
export const TIMERS: readonly (readonly [seconds: number, key: PlainKey])[] = [
  [0, "decideTimerOff"],
  [30, "decideTimer30"],
  [300, "decideTimer300"],
  [3_600, "decideTimer3600"],
  [28_800, "decideTimer28800"],
  [86_400, "decideTimer86400"],
  [604_800, "decideTimer604800"],
  [2_419_200, "decideTimer2419200"],
];

/** A timer in words. */
export function timerText(seconds: number): string {
  return t(TIMERS.find(([known]) => known === seconds)?.[1] ?? "decideTimerOff");
}
