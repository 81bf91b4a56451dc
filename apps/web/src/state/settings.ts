/*
 * How this person wants the app to look: kept in localStorage because the page must know language, direction and theme
 * before the first paint (src/boot reads the same record). Nothing secret is in it. Calendar and digits are settings of
 * their own, apart from the language.
 */
import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { CALENDARS, DIGITS, isLanguage, LANGUAGE_FACTS, LANGUAGES } from "../i18n/languages.ts";
import type { Calendar, Digits, Language } from "../i18n/languages.ts";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
/** Which key sends; the other makes a new line. */
const SEND_KEYS = ["enter", "ctrl"] as const;
type SendKey = (typeof SEND_KEYS)[number];
const CONTRASTS = ["auto", "more"] as const;
type Contrast = (typeof CONTRASTS)[number];
const MOTIONS = ["auto", "none"] as const;
type Motion = (typeof MOTIONS)[number];
const DENSITIES = ["cosy", "compact"] as const;
type Density = (typeof DENSITIES)[number];
/** Percent of the browser's own text size. */
export const TEXT_SIZES = [85, 100, 115, 130, 150, 175, 200] as const;

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  readonly calendar: Calendar;
  readonly digits: Digits;
  readonly textPercent: number;
  readonly sendKey: SendKey;
  /** `auto`: as the system says */
  readonly contrast: Contrast;
  readonly motion: Motion;
  readonly density: Density;
}

const SETTINGS_KEY = "chapar.settings";

/** The calendar and the digits that a language brings along. */
function waysOf(language: Language): Pick<Settings, "calendar" | "digits"> {
  const { calendar, digits } = LANGUAGE_FACTS[language];
  return { calendar, digits };
}

function oneOf<T>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}

/** Reads a stored record; whatever is not understood becomes the default. Total. */
export function readSettings(stored: string | null, preferred: readonly string[], touch: boolean): Settings {
  let record: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(stored ?? "{}");
    if (typeof parsed === "object" && parsed !== null) record = parsed as Record<string, unknown>;
  } catch {
    // A record that is not JSON is as good as none.
  }
  const first = preferred.map((tag) => tag.slice(0, 2)).find(isLanguage);
  const language = oneOf(LANGUAGES, record["language"], first ?? "en");
  return {
    language,
    theme: oneOf(THEMES, record["theme"], "auto"),
    calendar: oneOf(CALENDARS, record["calendar"], LANGUAGE_FACTS[language].calendar),
    digits: oneOf(DIGITS, record["digits"], LANGUAGE_FACTS[language].digits),
    textPercent: oneOf<number>(TEXT_SIZES, record["textPercent"], 100),
    sendKey: oneOf(SEND_KEYS, record["sendKey"], touch ? "ctrl" : "enter"),
    contrast: oneOf(CONTRASTS, record["contrast"], "auto"),
    motion: oneOf(MOTIONS, record["motion"], "auto"),
    density: oneOf(DENSITIES, record["density"], "cosy"),
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(SETTINGS_KEY);
  } catch {
    return null; // storage forbidden: defaults for this visit
  }
}

const inBrowser = typeof document !== "undefined";

export const settings: Signal<Settings> = signal(
  inBrowser
    ? readSettings(stored(), navigator.languages, matchMedia("(pointer: coarse)").matches)
    : readSettings(null, ["en"], false),
);

/** Changes settings and keeps them. A change of language brings that language's calendar and digits along. */
export function changeSettings(change: Partial<Settings>): void {
  const before = settings.peek();
  const follows = change.language !== undefined && change.language !== before.language ? waysOf(change.language) : {};
  const after: Settings = { ...before, ...follows, ...change };
  settings.value = after;
  try {
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(after));
  } catch {
    // Not kept, but in force for this visit.
  }
}

/** Keeps the document's language, direction, theme and text size equal to the settings. */
export function followSettings(root: HTMLElement): () => void {
  return effect(() => {
    const { language, theme, textPercent, contrast, motion, density } = settings.value;
    root.lang = language;
    root.dir = LANGUAGE_FACTS[language].direction;
    Object.assign(root.dataset, { contrast, motion, density });
    if (theme === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
    root.style.fontSize = textPercent === 100 ? "" : `${textPercent}%`;
  });
}
