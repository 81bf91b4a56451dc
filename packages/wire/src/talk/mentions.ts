/*
 * Mentions in text: draft-ietf-mimi-content-08 §4.3, a Markdown link to a person's URI. What the person wrote stays what is
 * read: every other character that Markdown would take for a sign of its own is written after a backslash (CommonMark 0.31
 * §2.4), and the reader takes the backslashes away. No other Markdown is interpreted.
 */
import { utf8 } from "../bytes/index.ts";
import { Disposition, type NestedPart, type SinglePart } from "../content/mimi.ts";
import { cleanName } from "../content/name.ts";
import { MIMI_MARKDOWN } from "../content/text.ts";
import { parseUserUri, userUri } from "../content/uri.ts";
import type { IdentityId } from "../ids.ts";
import { MAX_TEXT_BYTES } from "../content/limits.ts";

/** Mentions that one text can hold. */
export const MAX_MENTIONS = 64;
const SIGNS = /[\\`*_[\]<>#~|&!]/gu;
/** Signs at the beginning of a line that make a list or a heading of it. */
const LINE_SIGNS = /^([ \t]*)([-+=]|\d{1,9}[.)])/gmu;
/** A backslash before ASCII punctuation, or a link to a person. */
const READ = /\\([!-/:-@[-`{-~])|\[@((?:\\.|[^\\[\]\n]){1,256})\]\((chapar:u\/[a-z2-7]{1,64})\)/gu;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Who is mentioned where: UTF-16 units of the text, the sign `@` included. */
export interface Mention {
  readonly identity: IdentityId;
  readonly start: number;
  readonly length: number;
}

/** A mention as it was read; `name` as the link says it, cleaned, without the sign. */
export interface Mentioned extends Mention {
  readonly name: string;
}

const escaped = (text: string): string => text.replace(SIGNS, "\\$&");
/** `1.` is escaped before its full stop. */
const escapedLines = (text: string): string =>
  escaped(text).replace(
    LINE_SIGNS,
    (_, space: string, sign: string) => `${space}${sign.slice(0, -1)}\\${sign.slice(-1)}`,
  );

/**
 * A text that mentions people, as a part.
 *
 * @param mentions  in the order of the text, not overlapping; each range begins with `@`
 * @throws RangeError on other ranges, or when the text is too long for one message
 */
export function mentionPart(text: string, mentions: readonly Mention[]): SinglePart {
  if (mentions.length > MAX_MENTIONS) throw new RangeError("too many mentions");
  let at = 0;
  for (const { start, length } of mentions) {
    const isLine = text.slice(start, start + length).includes("\n");
    if (start < at || length < 2 || start + length > text.length || text[start] !== "@" || isLine)
      throw new RangeError("not a mention");
    at = start + length;
  }
  const content = utf8(writeLinks(text, mentions).toWellFormed());
  if (content.byteLength > 2 * MAX_TEXT_BYTES) throw new RangeError(`text of more than ${MAX_TEXT_BYTES} bytes`);
  return { kind: "single", disposition: Disposition.render, language: "", contentType: MIMI_MARKDOWN, content };
}

function writeLinks(text: string, mentions: readonly Mention[]): string {
  let out = "";
  let at = 0;
  for (const { identity, start, length } of mentions) {
    const name = escaped(text.slice(start + 1, start + length));
    out += `${escapedLines(text.slice(at, start))}[@${name}](${userUri(identity)})`;
    at = start + length;
  }
  return out + escapedLines(text.slice(at));
}

/** Whether a part is Markdown, and so may hold mentions. */
function isMarkdown(part: NestedPart): part is SinglePart {
  return part.kind === "single" && /^\s*text\/markdown\s*(?:;|$)/iu.test(part.contentType);
}

/**
 * The text of a Markdown part with its mentions; undefined for any other part. Total: whatever is not a link to a person
 * stays text. Cost: linear.
 *
 * @param nameOf  the name to show a person by; undefined: as the link says
 */
export function readMentions(
  part: NestedPart,
  nameOf: (identity: IdentityId) => string | undefined,
): { readonly text: string; readonly mentions: readonly Mentioned[] } | undefined {
  if (!isMarkdown(part)) return undefined;
  const source = UTF8.decode(part.content);
  const mentions: Mentioned[] = [];
  let text = "";
  let at = 0;
  for (const found of source.matchAll(READ)) {
    const [whole, sign, label, uri] = found;
    text += source.slice(at, found.index);
    at = found.index + whole.length;
    if (sign !== undefined) {
      text += sign;
      continue;
    }
    const person = parseUserUri(uri ?? "");
    const said = cleanName((label ?? "").replaceAll(/\\([!-/:-@[-`{-~])/gu, "$1"));
    const name = (person.ok ? nameOf(person.value) : undefined) ?? said;
    if (!person.ok || name === undefined || mentions.length === MAX_MENTIONS) {
      text += name === undefined ? whole : `@${name}`;
      continue;
    }
    mentions.push({ identity: person.value, name, start: text.length, length: name.length + 1 });
    text += `@${name}`;
  }
  return { text: text + source.slice(at), mentions };
}
