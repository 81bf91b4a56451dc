/* Locks by itself: after a time without a touch, and, where that was chosen, when the app is left. What is left is covered at once. */
import { lockMode } from "./current.ts";
import { cover, lockNow } from "./lock-now.ts";
import { lockPrefs } from "./prefs.ts";

const MINUTE_MS = 60_000;
const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/** How long the app may still stay open; undefined: as long as one likes. */
export function leftMs(touchedAtMs: number, afterMinutes: number, nowMs: number): number | undefined {
  if (afterMinutes === 0) return undefined;
  return Math.max(0, touchedAtMs + afterMinutes * MINUTE_MS - nowMs);
}

/** Follows touches and the page's being seen. */
export function followLock(): () => void {
  let touchedAtMs = Date.now();
  let timer = 0;
  const look = (): boolean => {
    clearTimeout(timer);
    if (lockMode.peek() !== "locked") return false;
    const ms = leftMs(touchedAtMs, lockPrefs.peek().afterMinutes, Date.now());
    if (ms === 0) {
      void lockNow();
      return true;
    }
    if (ms !== undefined) timer = setTimeout(look, ms);
    return false;
  };
  const touched = (): void => {
    touchedAtMs = Date.now();
    look();
  };
  const seen = (): void => {
    if (lockMode.peek() !== "locked") return;
    if (document.visibilityState === "hidden") {
      cover(true);
      if (lockPrefs.peek().onHide) void lockNow();
    } else if (!look()) cover(false); // Timers of hidden pages come late: the clock decides.
  };
  for (const touch of TOUCHES) addEventListener(touch, touched, { passive: true, capture: true });
  document.addEventListener("visibilitychange", seen);
  look();
  return () => {
    clearTimeout(timer);
    for (const touch of TOUCHES) removeEventListener(touch, touched, { capture: true });
    document.removeEventListener("visibilitychange", seen);
  };
}
