/*
 * Finds web addresses in a text. Only http and https, only what a person would call a link; a host written in another
 * script than it is resolved in is shown in its resolved (punycode) form, so that «аpple.com» does not pass for apple.com.
 */

/** A stretch of a message: plain, or a link with the address that opens. */
export interface TextPart {
  readonly text: string;
  readonly href: string | undefined;
}

const LINK = /https?:\/\/[^\s<>"«»\u2066-\u2069\u202A-\u202E]+/giu;
const TRAILING = /[.,:;!?؟،؛)\]}'’”]+$/u;

/** Splits a text into plain stretches and links. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const raw = match[0].replace(TRAILING, "");
    const address = URL.canParse(raw) ? new URL(raw) : undefined;
    if (address === undefined) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: undefined });
    const isSpoofable = address.hostname.includes("xn--");
    parts.push({ text: isSpoofable ? address.href : raw, href: address.href });
    from = match.index + raw.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), href: undefined });
  return parts;
}
