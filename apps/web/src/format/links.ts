/*
 * Finds web addresses in a text. Only http and https, only what a person would call a link; a host written in another
 * script than it is resolved in is shown in its resolved (punycode) form, so that «аpple.com» does not pass for apple.com.
 */
import { spansIn } from "@chapar/client/text";

/** A stretch of a message: plain, a link with the address that opens, or a number that reads left to right. */
export interface TextPart {
  readonly text: string;
  readonly href: string | undefined;
  readonly isNumber?: boolean;
  /** of a link whose host may be taken for another: the address as it was written (@chapar/client/hosts) */
  readonly doubtful?: string;
}

/** Splits a text into plain stretches, links and telephone numbers, which stand left to right in every script. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const span of spansIn(text)) {
    if (span.at > from) parts.push({ text: text.slice(from, span.at), href: undefined });
    if (span.kind === "telephone") parts.push({ text: span.text, href: undefined, isNumber: true });
    else {
      const address = URL.canParse(span.text) ? new URL(span.text) : undefined;
      const isSpoofable = address?.hostname.includes("xn--") === true;
      const isDoubtful = isSpoofable || (address !== undefined && address.username + address.password !== "");
      const text = isSpoofable ? address.href : span.text;
      parts.push({ text, href: address?.href, ...(isDoubtful && { doubtful: span.text }) });
    }
    from = span.at + span.text.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), href: undefined });
  return parts;
}
