/*
 * Finds web addresses in a text. Only http and https, only what a person would call a link; a host written in another
 * script than it is resolved in is shown in its resolved (punycode) form, so that «аpple.com» does not pass for apple.com.
 */

/** A stretch of a message: plain, a link with the address that opens, or a number that reads left to right. */
export interface TextPart {
  readonly text: string;
  readonly href: string | undefined;
  readonly isNumber?: boolean;
}

/**
 * A telephone number: the groups of one stand left to right in every script, but between spaces in a right-to-left
 * line UAX #9 sets them in reverse. So it is found and isolated.
 */
const TELEPHONE = /(?<![\p{L}\p{N}])(?:\+|00|0|۰)[\d۰-۹][\d۰-۹ ()-]{5,18}[\d۰-۹](?![\p{L}\p{N}])/gu;

const LINK = /https?:\/\/[^\s<>"«»\u2066-\u2069\u202A-\u202E]+/giu;
const TRAILING = /[.,:;!?؟،؛)\]}'’”]+$/u;

function withNumbers(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(TELEPHONE)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: undefined });
    parts.push({ text: match[0], href: undefined, isNumber: true });
    from = match.index + match[0].length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), href: undefined });
  return parts;
}

/** Splits a text into plain stretches, links and telephone numbers. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const raw = match[0].replace(TRAILING, "");
    const address = URL.canParse(raw) ? new URL(raw) : undefined;
    if (address === undefined) continue;
    if (match.index > from) parts.push(...withNumbers(text.slice(from, match.index)));
    const isSpoofable = address.hostname.includes("xn--");
    parts.push({ text: isSpoofable ? address.href : raw, href: address.href });
    from = match.index + raw.length;
  }
  if (from < text.length || parts.length === 0) parts.push(...withNumbers(text.slice(from)));
  return parts;
}
