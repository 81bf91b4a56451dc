/*
 * Stretches of a text that read from left to right in every script: web addresses, and telephone numbers, whose groups UAX #9
 * would set in reverse between right-to-left words. Both apps isolate them.
 */

/** A stretch of a text. */
export interface TextSpan {
  readonly kind: "link" | "telephone";
  readonly text: string;
  /** where it begins, in UTF-16 units */
  readonly at: number;
}

const TELEPHONE = /(?<![\p{L}\p{N}])(?:\+|00|0|۰)[\d۰-۹][\d۰-۹ ()-]{5,18}[\d۰-۹](?![\p{L}\p{N}])/gu;
const LINK = /https?:\/\/[^\s<>"«»\u2066-\u2069\u202A-\u202E]+/giu;
/** What ends a sentence or closes a bracket around an address is not of the address. */
const TRAILING = /[.,:;!?؟،؛)\]}'’”]+$/u;

/** Whether an address can be opened: a host of at least one letter or digit. */
const isAddress = (link: string): boolean => /^https?:\/\/[\p{L}\p{N}[]/iu.test(link);

function telephonesIn(text: string, from: number): TextSpan[] {
  return Array.from(text.matchAll(TELEPHONE), (match) => ({
    kind: "telephone",
    text: match[0],
    at: from + match.index,
  }));
}

/** The stretches of a text, in its order. Cost: linear. */
export function spansIn(text: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const link = match[0].replace(TRAILING, "");
    if (!isAddress(link)) continue;
    spans.push(...telephonesIn(text.slice(from, match.index), from), { kind: "link", text: link, at: match.index });
    from = match.index + link.length;
  }
  return [...spans, ...telephonesIn(text.slice(from), from)];
}
