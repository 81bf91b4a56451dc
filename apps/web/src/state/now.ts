/*
 * The day it is: "today" must become "yesterday" at midnight without a reload. Looked at once a minute, and when the
 * page comes back into view; changes only when the day does.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { localDay } from "../format/dates.ts";

const LOOK_MS = 60_000;

export const nowMs: Signal<number> = signal(Date.now());

function look(): void {
  const now = Date.now();
  if (localDay(now) !== localDay(nowMs.peek())) nowMs.value = now;
}

/** Begins to follow the clock. */
export function followDays(): () => void {
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
