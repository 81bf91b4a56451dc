/*
 * How this browser's lock behaves, and, by being there, that there is one: kept in localStorage, because the page must know it before
 * anything of a profile is opened. It is one record for all profiles and says nothing of how many there are.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

/** The page's start looks for this name too (src/boot). */
const KEY = "chapar.lock";
/** Minutes without a touch; 0: never. */
export const AFTER_MINUTES = [1, 5, 15, 60, 0] as const;

export interface LockPrefs {
  readonly afterMinutes: number;
  /** leaving the app locks it; else it is only covered */
  readonly onHide: boolean;
  /** holding the sign of the lock wipes */
  readonly hold: boolean;
  /** a passkey was set: it is offered */
  readonly passkey: boolean;
}

const FIRST: LockPrefs = { afterMinutes: 15, onHide: false, hold: false, passkey: false };

/** Reads a stored record; whatever is not understood becomes the default. Total. */
export function readPrefs(stored: string | null): LockPrefs {
  let held: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(stored ?? "{}");
    if (typeof parsed === "object" && parsed !== null) held = parsed as Record<string, unknown>;
  } catch {
    // A record that is not JSON is as good as none.
  }
  const { afterMinutes } = held;
  return {
    afterMinutes: AFTER_MINUTES.find((minutes) => minutes === afterMinutes) ?? FIRST.afterMinutes,
    onHide: held["onHide"] === true,
    hold: held["hold"] === true,
    passkey: held["passkey"] === true,
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const lockPrefs: Signal<LockPrefs> = signal(readPrefs(stored()));

/** Changes some of it; the first change makes the record, and the next start shows the lock. */
export function keepPrefs(change: Partial<LockPrefs>): void {
  lockPrefs.value = { ...lockPrefs.peek(), ...change };
  localStorage.setItem(KEY, JSON.stringify(lockPrefs.peek()));
}

/** There is no lock: the next start looks for none. */
export function forgetPrefs(): void {
  lockPrefs.value = FIRST;
  localStorage.removeItem(KEY);
}
