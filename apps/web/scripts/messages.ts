/*
 * Compiles the ICU messages of src/i18n/*.json into TypeScript, so that no parser and no formatter library travels to
 * the phone: a message without arguments becomes a string, any other a function of its arguments. The grammar is
 * formatjs's own parser; what it accepts and we do not emit (dates, select, rich text) is refused here, loudly.
 *
 *   node scripts/messages.ts           writes src/i18n/*.gen.ts
 *   node scripts/messages.ts --check   fails when they are stale
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import type { MessageFormatElement, PluralElement } from "@formatjs/icu-messageformat-parser";
import { LANGUAGES } from "../src/i18n/languages.ts";
import type { Language } from "../src/i18n/languages.ts";

const folder = new URL("../src/i18n/", import.meta.url);
export { LANGUAGES };
export type LanguageName = Language;

type Kind = "string" | "number";

/**
 * Words of the parts that are loaded after the first screen (sheets, settings, receipts): a file of their own, so that
 * the first message does not wait for them.
 */
const LATE =
  /^(?:cameraScan|landing(?:Paste|File|Continue)$|chatMentions|openTitle|announce|appName|chats|chat(?:Draft|File|NothingYet|Photo|UnreadCount|You$)|composerPreparing|connection|decide|data|details|doctor|error(?!BadName|BadInvite|Other|Start|Reload|Ok)|file[A-Z]|group|invite|composerTooMany|messageCop|messageAgain|messageReceipt|newTitle|note|openText|photo[A-Z]|rate|receipt|recovery|settings|title|update|way)/u;
/** Words that stand in the page itself, where the build puts them in every language: no script has them. */
const PAGE =
  /^landing(?:Invited?|NoInvite(?:Lead)?|Name(?:Hint)?|Start|Have(?:Text|Open)?|What(?:Text)?|OpenInvite|PasteHint|NoScript)$/u;
/** Words of alerts, proofs, watching and comparing: loaded when one of them is shown first. */
const TRUST = /^(?:alerts?|watch|safety|proof|line|restored)[A-Z]/u;
/** Words of helping others: loaded when somebody looks at it. */
const HELP = /^help[A-Z]/u;
/** Words of the tools around the screens: palette, keyboard, finding, the parts of the settings. */
const TOOLS =
  /^(?:tool|find|keys|notice)[A-Z]|^settings(?:Profile|Words|Display|Writing|Notices|Privacy|Lock|About|Version|Sections)/u;
/** Words of own devices, backups, coming back, moving and scanning: loaded when somebody looks at them. */
const DEVICES = /^(?:devices|backup|returning|move|scan)[A-Z]/u;
/** Words of what people do with messages: loaded when the first of it is shown. */
const TALK = /^talk[A-Z]/u;
/** Words of files and voices: loaded with those of the sheets. */
const MEDIA = /^(?:media|voice|photo|file)[A-Z]/u;
/** Words of who is in a group and of links into it: loaded with its sheets. */
const GROUPS =
  /^(?:channel[A-Z]|group(?:Links?[A-Z]?|Join|Requests|Admit|Refuse|Make|Remove|Safety|Rename|MembersAdd|Leav|Adding|Owner|Admin|Member$))/u;
/** Words of the lock: loaded where there is one, or where one is put on. */
const LOCK = /^lock[A-Z]/u;
export const PARTS = ["first", "late", "media", "trust", "help", "tools", "devices", "talk", "groups", "lock"] as const;
export type Part = (typeof PARTS)[number];
const BY_KEY: readonly (readonly [RegExp, Part])[] = [
  [TOOLS, "tools"],
  [LOCK, "lock"],
  [DEVICES, "devices"],
  [TALK, "talk"],
  [MEDIA, "media"],
  [GROUPS, "groups"],
  [HELP, "help"],
  [TRUST, "trust"],
  [LATE, "late"],
];
const partOf = (key: string): Part | undefined =>
  PAGE.test(key) ? undefined : (BY_KEY.find(([fits]) => fits.test(key))?.[1] ?? "first");

/** Reads a catalogue: key -> ICU text. */
export function readCatalogue(language: LanguageName): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`${language}.json`, folder), "utf8")) as Record<string, string>;
}

/** The elements of one message. @throws when the text is not ICU */
export function parseMessage(text: string): MessageFormatElement[] {
  return parse(text, { ignoreTag: true });
}

function note(kinds: Map<string, Kind>, name: string, kind: Kind): void {
  if (kinds.get(name) !== "number") kinds.set(name, kind);
}

/** Shorter edges of branches are written out in each. */
const SHORTEST_EDGE = 6;

/** What all branches of a plural begin and end with, and the branches without it: words that do not change are said once. */
function apart({ options }: PluralElement): {
  readonly head: string;
  readonly tail: string;
  readonly inner: Record<string, { readonly value: MessageFormatElement[] }>;
} {
  const edgeOf = (lists: readonly MessageFormatElement[][], at: 0 | -1): string => {
    const literals = lists.map((list) => list.at(at));
    const texts = literals.map((one) => (one?.type === TYPE.literal ? one.value : ""));
    const read = (text: string, place: number): string => text.at(at === 0 ? place : -1 - place) ?? "";
    const [first = ""] = texts;
    let size = 0;
    while (size < first.length && texts.every((text) => read(text, size) === read(first, size))) size += 1;
    return size < SHORTEST_EDGE ? "" : at === 0 ? first.slice(0, size) : first.slice(first.length - size);
  };
  const cut = (list: MessageFormatElement[], at: 0 | -1, size: number): MessageFormatElement[] =>
    list.flatMap((one, place) => {
      if (size === 0 || place !== (at === 0 ? 0 : list.length - 1) || one.type !== TYPE.literal) return [one];
      const value = at === 0 ? one.value.slice(size) : one.value.slice(0, one.value.length - size);
      return value === "" && list.length > 1 ? [] : [{ ...one, value }];
    });
  const lists = Object.values(options).map(({ value }) => value);
  const head = edgeOf(lists, 0);
  const rest = lists.map((list) => cut(list, 0, head.length));
  const tail = edgeOf(rest, -1);
  const names = Object.keys(options);
  const inner = rest.map((list, at) => [names[at] ?? "", { value: cut(list, -1, tail.length) }] as const);
  return { head, tail, inner: Object.fromEntries(inner) };
}

function emit(elements: MessageFormatElement[], kinds: Map<string, Kind>, counted: string | undefined): string {
  const parts = elements.map((element): string => {
    switch (element.type) {
      case TYPE.literal:
        return JSON.stringify(element.value);
      case TYPE.argument:
        note(kinds, element.value, "string");
        return `f.isolate(a.${element.value})`;
      case TYPE.number:
        note(kinds, element.value, "number");
        return `f.number(a.${element.value})`;
      case TYPE.pound:
        if (counted === undefined) throw new Error("# outside a plural");
        return `f.number(a.${counted})`;
      case TYPE.plural: {
        const name = element.value;
        note(kinds, name, "number");
        const { head, tail, inner } = apart(element);
        const branches = Object.entries(inner);
        const exact = branches.filter(([rule]) => rule.startsWith("="));
        const named = branches.filter(([rule]) => !rule.startsWith("=") && rule !== "other");
        const other = inner["other"];
        if (other === undefined) throw new Error(`plural of ${name} has no "other"`);
        const rest = emit(other.value, kinds, name);
        let code = rest;
        for (const [rule, branch] of named.toReversed()) {
          const text = emit(branch.value, kinds, name);
          // What reads as the rest does needs no word of its own.
          if (text !== rest) code = `f.plural(a.${name}) === ${JSON.stringify(rule)} ? ${text} : ${code}`;
        }
        for (const [rule, branch] of exact.toReversed())
          code = `a.${name} === ${rule.slice(1)} ? ${emit(branch.value, kinds, name)} : ${code}`;
        const chosen = code.includes("?") ? `(${code})` : code;
        const edges = [head, tail].map((edge) => (edge === "" ? [] : [JSON.stringify(edge)]));
        return [...(edges[0] ?? []), chosen, ...(edges[1] ?? [])].join(" + ");
      }
      case TYPE.date:
      case TYPE.time:
      case TYPE.select:
      case TYPE.tag:
      default:
        throw new Error(`unsupported element in a message: type ${element.type}`);
    }
  });
  // Neighbouring literals become one.
  const joined = parts.join(" + ").replaceAll('" + "', "");
  return joined === "" ? '""' : joined;
}

/** The arguments of a message with their kinds, by name. */
export function argumentsOf(text: string): Record<string, Kind> {
  const kinds = new Map<string, Kind>();
  emit(parseMessage(text), kinds, undefined);
  return Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Rewrites what stands between the arguments, for the pseudo-languages of the tests. */
export type Rewrite = (literal: string) => string;

function rewritten(elements: MessageFormatElement[], rewrite: Rewrite): MessageFormatElement[] {
  return elements.map((element) => {
    if (element.type === TYPE.literal) return { ...element, value: rewrite(element.value) };
    if (element.type !== TYPE.plural) return element;
    const branches = Object.entries(element.options).map(([rule, branch]) => [
      rule,
      { ...branch, value: rewritten(branch.value, rewrite) },
    ]);
    return { ...element, options: Object.fromEntries(branches) as typeof element.options };
  });
}

function compile(text: string, rewrite: Rewrite | undefined): string {
  const kinds = new Map<string, Kind>();
  const parsed = parseMessage(text);
  const code = emit(rewrite === undefined ? parsed : rewritten(parsed, rewrite), kinds, undefined);
  if (kinds.size === 0) return code;
  const args = [...kinds].map(([name, kind]) => `readonly ${name}: ${kind}`).join("; ");
  return `(f: Formatter, a: { ${args} }): string => ${code}`;
}

/** The generated module of a language. */
export function moduleOf(language: LanguageName, part: Part, rewrite?: Rewrite): string {
  const catalogue = readCatalogue(language);
  const wanted = Object.entries(catalogue).filter(([key]) => partOf(key) === part);
  const lines = wanted.map(([key, text]) => {
    try {
      return `  ${key}: ${compile(text, rewrite)},`;
    } catch (cause) {
      throw new Error(`${language}.json: ${key}`, { cause });
    }
  });
  const isSource = language === "en";
  return [
    `/* Generated from ${language}.json by scripts/messages.ts. Do not edit. */`,
    ...(isSource ? [] : [`import type { messages as source } from "./en.${part}.gen.ts";`]),
    'import type { Formatter } from "./formatter.ts";',
    "",
    "// prettier-ignore",
    `export const messages${isSource ? "" : ": typeof source"} = {`,
    ...lines,
    "};",
    "",
  ].join("\n");
}

/** A table of what brings which words; literal imports, so that the bundler sees them. */
function tableOf(name: string, parts: readonly Part[]): string {
  return [
    "/* Generated by scripts/messages.ts. Do not edit. */",
    ...parts.map((part) => `import type { messages as ${part} } from "./en.${part}.gen.ts";`),
    'import type { Language } from "./languages.ts";',
    "",
    "interface Doors {",
    ...parts.map((part) => `  readonly ${part}: () => Promise<{ readonly messages: typeof ${part} }>;`),
    "}",
    "",
    "// prettier-ignore",
    `export const ${name}: Readonly<Record<Language, Doors>> = {`,
    ...LANGUAGES.map((language) => {
      const doors = parts.map((part) => `${part}: () => import("./${language}.${part}.gen.ts")`);
      return `  ${language}: { ${doors.join(", ")} },`;
    }),
    "};",
    "",
  ].join("\n");
}

/** Writes a file unless it holds the text already; answers whether it did not. */
function keep(name: string, text: string, check: boolean): boolean {
  const url = new URL(name, folder);
  let held = "";
  try {
    held = readFileSync(url, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (held === text) return false;
  if (!check) writeFileSync(url, text);
  return true;
}

/** Writes every generated module; answers the names of those that were stale. */
export function writeMessages(options: { readonly check: boolean }): string[] {
  const source = Object.keys(readCatalogue("en")).join();
  const stale: string[] = [];
  const [first, ...later] = PARTS;
  // What the first screen does not need is named in a module of its own: twenty names of files are not nothing.
  if (keep("first-words.gen.ts", tableOf("FIRST_WORDS", [first]), options.check)) stale.push("first-words.gen.ts");
  if (keep("later-words.gen.ts", tableOf("LATER_WORDS", later), options.check)) stale.push("later-words.gen.ts");
  for (const language of LANGUAGES) {
    if (Object.keys(readCatalogue(language)).join() !== source)
      throw new Error(`${language}.json: other keys than en.json`);
    for (const part of PARTS) {
      const name = `${language}.${part}.gen.ts`;
      if (keep(name, moduleOf(language, part), options.check)) stale.push(name);
    }
  }
  return stale;
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const stale = writeMessages({ check });
  if (stale.length > 0) process.stdout.write(`${check ? "stale" : "written"}: ${stale.join(", ")}\n`);
  if (check && stale.length > 0) process.exitCode = 1;
}
