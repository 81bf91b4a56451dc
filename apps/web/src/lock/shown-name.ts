/*
 * What the app calls itself on the outside: its own name and icon, or neutral ones. The manifest of the page decides what an installed app is
 * called; title, tab icon and notices follow. Kept as words, because the page's start (src/boot) has none of its own.
 */
import { t } from "../i18n/translate.ts";
import { settings } from "../state/settings.ts";

export const NAMES = ["own", "notes", "clock"] as const;
export type ShownName = (typeof NAMES)[number];

/** The page's start reads this record too. */
const KEY = "chapar.name";

interface Kept {
  readonly kind: Exclude<ShownName, "own">;
  readonly text: string;
  readonly language: string;
}

/** Reads a stored record. Total: undefined for its own name and for whatever is not understood. */
export function readName(stored: string | null): Kept | undefined {
  try {
    const { kind, text, language } = (JSON.parse(stored ?? "{}") ?? {}) as Record<string, unknown>;
    if ((kind !== "notes" && kind !== "clock") || typeof text !== "string" || !/^[a-z]{2}$/u.test(String(language)))
      return undefined;
    return { kind, text, language: String(language) };
  } catch {
    return undefined;
  }
}

function kept(): Kept | undefined {
  try {
    return readName(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

/** Which one is chosen. */
export function shownName(): ShownName {
  return kept()?.kind ?? "own";
}

/** The neutral name in words, where one is chosen. */
export function neutralText(): string | undefined {
  return kept()?.text;
}

/** The icon of notices. */
export function shownIcon(): string {
  const name = shownName();
  return name === "own" ? "/icon-192.png" : `/${name}-192.png`;
}

/** Points the page at a manifest and an icon. */
function point(manifest: string, icon: string): void {
  document.querySelector('link[rel="manifest"]')?.setAttribute("href", manifest);
  document.querySelector('link[rel="icon"]')?.setAttribute("href", `/${icon}.svg`);
  document.querySelector('link[rel="apple-touch-icon"]')?.setAttribute("href", `/${icon}-192.png`);
}

/** Chooses one, in the language of now; the page follows at once. */
export function chooseName(name: ShownName): void {
  if (name === "own") {
    localStorage.removeItem(KEY);
    point("/manifest.webmanifest", "icon");
    document.title = t("appName");
    return;
  }
  const { language } = settings.peek();
  const text = t(name === "notes" ? "lockNameNotes" : "lockNameClock");
  localStorage.setItem(KEY, JSON.stringify({ kind: name, text, language }));
  point(`/${name}-${language}.webmanifest`, name);
  document.title = text;
}
