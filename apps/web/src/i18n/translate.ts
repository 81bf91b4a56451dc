/*
 * The words on the screen. `t("key", args)` reads signals, so every component that shows a word follows a change of
 * language or digits by itself. English travels with the app; another language is one more chunk, loaded before the
 * first paint that needs it.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { settings } from "../state/settings.ts";
import type { Language } from "../state/settings.ts";
import { makeFormatter } from "./formatter.ts";
import type { Formatter } from "./formatter.ts";

/** The catalogue of a language; en.json is the source of keys and arguments. */
export type Messages = typeof import("./en.gen.ts").messages;
/** Name of a message. */
export type MessageKey = keyof Messages;
/** Messages without arguments, for tables. */
export type PlainKey = { [K in MessageKey]: Messages[K] extends string ? K : never }[MessageKey];

type ArgsOf<K extends MessageKey> = Messages[K] extends (f: Formatter, a: infer A) => string ? [args: A] : [];

/** The loaded catalogue; undefined only before the first `loadLanguage`. */
const catalogue: Signal<Messages | undefined> = signal(undefined);
const formatter: ReadonlySignal<Formatter> = computed(() => makeFormatter(settings.value.language, settings.value.digits));

const LOAD: Record<Language, () => Promise<{ readonly messages: Messages }>> = {
  en: () => import("./en.gen.ts"),
  fa: () => import("./fa.gen.ts"),
};

/** Brings a language's words; the old ones stay on the screen until they are here. */
export async function loadLanguage(language: Language): Promise<void> {
  const { messages } = await LOAD[language]();
  catalogue.value = messages;
}

/** The message in the current language. */
export function t<K extends MessageKey>(key: K, ...args: ArgsOf<K>): string {
  const message = catalogue.value?.[key] as string | ((f: Formatter, a: unknown) => string) | undefined;
  if (message === undefined) return "";
  return typeof message === "string" ? message : message(formatter.value, args[0]);
}

/** A number in the current digits. */
export function formatNumber(value: number): string {
  return formatter.value.number(value);
}
