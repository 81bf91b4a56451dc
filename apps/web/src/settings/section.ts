/*
 * Which part of the settings is shown. It stands in the address (`#s/lock`) and in the history's entry, not in the app's place: the screen
 * stays the same while its parts change.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { openChats, openSheet, place } from "../state/navigation.ts";

export const SECTIONS = ["profile", "words", "display", "writing", "notices", "privacy", "lock", "about"] as const;
export type SectionName = (typeof SECTIONS)[number];

/** The part that is shown; undefined: the list of them, on a phone. */
export const section: Signal<SectionName | undefined> = signal(undefined);

const named = (text: unknown): SectionName | undefined => SECTIONS.find((name) => name === text);

/** The part that the history's entry, or else the address, names. Total. */
export function readSection(state: unknown, hash: string): SectionName | undefined {
  const held = typeof state === "object" && state !== null && "section" in state ? state.section : undefined;
  return named(held) ?? named(/^#s\/([a-z]+)$/u.exec(hash)?.[1]);
}

/** Reads it anew: after going back, or forward. */
export function followSection(): () => void {
  const read = (): void => void (section.value = readSection(history.state, location.hash));
  read();
  addEventListener("popstate", read);
  return () => removeEventListener("popstate", read);
}

/** Shows a part. From the list of a phone it is a step that back leads from; beside the list it takes the other's place. */
export function showSection(name: SectionName, isStep: boolean): void {
  const now = place.peek();
  const depth = now.depth + (isStep ? 1 : 0);
  const url = `${location.pathname}${location.search}#s/${name}`;
  const state = { ...(history.state as object | null), section: name, depth };
  if (isStep) history.pushState(state, "", url);
  else history.replaceState(state, "", url);
  place.value = { ...now, depth };
  section.value = name;
}

/** Opens the settings where an address names a part of them: at the start, or pasted into the running app. */
export function followSettingsLinks(): () => void {
  const look = (): void => {
    const name = readSection(null, location.hash);
    if (name === undefined || place.peek().sheet === "settings") return;
    openChats();
    openSheet("settings");
    showSection(name, false);
  };
  look();
  addEventListener("hashchange", look);
  return () => removeEventListener("hashchange", look);
}
