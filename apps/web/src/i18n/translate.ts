/*
 * The words on the screen. `t("key", args)` reads signals, so every component that shows a word follows a change of
 * language or digits by itself. English travels with the app; another language is one more chunk, loaded before the
 * first paint that needs it.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { settings } from "../state/settings.ts";
import type { Language } from "../state/settings.ts";
import type { messages as firstWords } from "./en.first.gen.ts";
import type { messages as lateWords } from "./en.late.gen.ts";
import { makeFormatter } from "./formatter.ts";
import type { Formatter } from "./formatter.ts";

type FirstWords = typeof firstWords;
type LateWords = typeof lateWords;
/** The catalogue of a language; en.json is the source of keys and arguments. */
type Messages = FirstWords & LateWords;
/** Name of a message. */
export type MessageKey = keyof Messages;
/** Messages without arguments, for tables. */
export type PlainKey = { [K in MessageKey]: Messages[K] extends string ? K : never }[MessageKey];

type ArgsOf<K extends MessageKey> = Messages[K] extends (f: Formatter, a: infer A) => string ? [args: A] : [];

/** What is loaded of the catalogue: nothing before `loadLanguage`, everything after `loadLateWords`. */
const catalogue: Signal<Partial<Messages>> = signal({});
const formatter: ReadonlySignal<Formatter> = computed(() =>
  makeFormatter(settings.value.language, settings.value.digits),
);

interface Words {
  readonly first: () => Promise<{ readonly messages: FirstWords }>;
  readonly late: () => Promise<{ readonly messages: LateWords }>;
}

const WORDS: Record<Language, Words> = {
  en: { first: () => import("./en.first.gen.ts"), late: () => import("./en.late.gen.ts") },
  fa: { first: () => import("./fa.first.gen.ts"), late: () => import("./fa.late.gen.ts") },
};
/** The language asked for last; words of another that arrive after it are not used. */
let wanted: Language = "en";
let asksLate = false;
let hasLate = false;

/** Brings a language's words; the old ones stay on the screen until they are here. */
export async function loadLanguage(language: Language): Promise<void> {
  wanted = language;
  const [first, late] = await Promise.all([WORDS[language].first(), asksLate ? WORDS[language].late() : undefined]);
  if (wanted !== language) return;
  hasLate = late !== undefined;
  catalogue.value = { ...first.messages, ...late?.messages };
  // They were asked for while these were on their way.
  if (asksLate && !hasLate) await loadLateWords();
}

/** Brings the words of the parts that are loaded after the first screen. */
export async function loadLateWords(): Promise<void> {
  if (hasLate) return;
  asksLate = true;
  const language = wanted;
  const { messages } = await WORDS[language].late();
  if (wanted !== language) return;
  hasLate = true;
  catalogue.value = { ...catalogue.peek(), ...messages };
}

/** The message in the current language. */
export function t<K extends MessageKey>(key: K, ...args: ArgsOf<K>): string {
  const message = catalogue.value[key] as string | ((f: Formatter, a: unknown) => string) | undefined;
  if (message === undefined) return "";
  return typeof message === "string" ? message : message(formatter.value, args[0]);
}

/** A number in the current digits. */
export function formatNumber(value: number): string {
  return formatter.value.number(value);
}
