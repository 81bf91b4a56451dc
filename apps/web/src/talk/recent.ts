/* Emoji that were used lately, for this visit only: they say something about a person, so they are not kept in clear. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

const KEPT = 16;

/** The newest first. */
export const recent: Signal<readonly string[]> = signal([]);

/** An emoji was used. */
export function noteEmoji(emoji: string): void {
  recent.value = [emoji, ...recent.peek().filter((one) => one !== emoji)].slice(0, KEPT);
}
