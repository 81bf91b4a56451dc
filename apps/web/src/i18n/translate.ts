/*
 * The words on the screen. `t("key", args)` reads signals, so every component that shows a word follows a change of
 * language or digits by itself. English travels with the app; another language is one more chunk, loaded before the
 * first paint that needs it.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { settings } from "../state/settings.ts";
import { loadLateStyle } from "../ui/late-style.ts";
import type { Language } from "./languages.ts";
import type { messages as devicesWords } from "./en.devices.gen.ts";
import type { messages as firstWords } from "./en.first.gen.ts";
import type { messages as helpWords } from "./en.help.gen.ts";
import type { messages as lateWords } from "./en.late.gen.ts";
import type { messages as groupWords } from "./en.groups.gen.ts";
import type { messages as talkWords } from "./en.talk.gen.ts";
import type { messages as toolWords } from "./en.tools.gen.ts";
import type { messages as lockWords } from "./en.lock.gen.ts";
import type { messages as mediaWords } from "./en.media.gen.ts";
import type { messages as trustWords } from "./en.trust.gen.ts";
import { makeFormatter } from "./formatter.ts";
import type { Formatter } from "./formatter.ts";
import { FIRST_WORDS } from "./first-words.gen.ts";

type FirstWords = typeof firstWords;
type LateWords = typeof lateWords;
type MediaWords = typeof mediaWords;
type TrustWords = typeof trustWords;
type HelpWords = typeof helpWords;
type ToolWords = typeof toolWords;
type DevicesWords = typeof devicesWords;
type TalkWords = typeof talkWords;
type GroupWords = typeof groupWords;
type LockWords = typeof lockWords;
/** The catalogue of a language; en.json is the source of keys and arguments. */
type Messages = FirstWords &
  LateWords &
  MediaWords &
  TrustWords &
  HelpWords &
  ToolWords &
  DevicesWords &
  TalkWords &
  GroupWords &
  LockWords;
/** Name of a message. */
export type MessageKey = keyof Messages;
/** Messages without arguments, for tables. */
export type PlainKey = { [K in MessageKey]: Messages[K] extends string ? K : never }[MessageKey];

type ArgsOf<K extends MessageKey> = Messages[K] extends (f: Formatter, a: infer A) => string ? [args: A] : [];

/** What is loaded of the catalogue: nothing before `loadLanguage`, a later part after `loadWords`. */
const catalogue: Signal<Partial<Messages>> = signal({});
const formatter: ReadonlySignal<Formatter> = computed(() =>
  makeFormatter(settings.value.language, settings.value.digits),
);

/**
 * Words that come after the first screen: those of the sheets, of files and voices, of alerts, proofs and comparing, of helping others, of the tools
 * around the screens, of own devices, of what people do with messages, and of the lock.
 */
export type LaterPart = "late" | "media" | "trust" | "help" | "tools" | "devices" | "talk" | "groups" | "lock";

const later = async (language: Language, part: LaterPart): Promise<{ readonly messages: Partial<Messages> }> =>
  (await import("./later-words.gen.ts")).LATER_WORDS[language][part]();

/** The language asked for last; words of another that arrive after it are not used. */
let wanted: Language = "en";
/** The one on the screen. */
let shown: Language = "en";
const asked = new Set<LaterPart>();
const held = new Set<LaterPart>();

/** Brings a language's words; the old ones stay on the screen until they are here. */
export async function loadLanguage(language: Language): Promise<void> {
  wanted = language;
  const parts = [...asked];
  const [first, ...others] = await Promise.all([
    FIRST_WORDS[language].first(),
    ...parts.map((part) => later(language, part)),
  ]).catch((error: unknown) => {
    // Without a network another language may not be here: what comes later is of the one that stays.
    if (wanted === language) wanted = shown;
    throw error;
  });
  if (wanted !== language) return;
  shown = language;
  held.clear();
  for (const part of parts) held.add(part);
  catalogue.value = Object.assign({}, first.messages, ...others.map(({ messages }) => messages)) as Partial<Messages>;
  // They were asked for while these were on their way.
  for (const part of asked) await loadWords(part);
}

/** Brings the words of a part that is loaded after the first screen, and the style of all such parts. */
export async function loadWords(part: LaterPart): Promise<void> {
  if (held.has(part)) return;
  asked.add(part);
  const language = wanted;
  const [{ messages }] = await Promise.all([later(language, part), loadLateStyle()]);
  if (wanted !== language) return;
  held.add(part);
  catalogue.value = { ...catalogue.peek(), ...messages };
}

/** Brings the words of the sheets, and of files and voices. */
export async function loadLateWords(): Promise<void> {
  await Promise.all([loadWords("late"), loadWords("media")]);
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
