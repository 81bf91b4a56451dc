/* What opened the profile that is on the screen. */
import type { Unlocked } from "@chapar/client/web-lock";
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

/** `locked`: it was opened by somebody; `off`: it opens by itself; `none`: there is no lock. */
export type LockMode = "none" | "locked" | "off";

export const lockMode: Signal<LockMode> = signal("none");

let place: number | undefined;

/** Remembers which place is open, and nothing that opens it. */
export function openedAt({ content }: Unlocked): void {
  place = content.place;
}

/** Whether a slot leads to the profile that is open. */
export function isOpenNow({ content }: Unlocked): boolean {
  return content.place === place;
}
