/*
 * Direction of text that others wrote. A name inside a sentence is isolated (FSI … PDI, UAX #9), so that neither can
 * turn the other around. Bidi controls inside a name or a file name are removed: "photo\u202Egpj.exe" must not read as
 * a picture. RLO and LRO are never written by us at all.
 */

const FSI = "\u2068";
const PDI = "\u2069";

/** ALM, LRM, RLM, embeddings, overrides, isolates: everything of UAX #9 that steers direction. */
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
/** C0, C1, line and paragraph separators: a name has one line. */
// oxlint-disable-next-line no-control-regex -- finding them is its purpose
const LINE_CONTROLS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/gu;

/** Wraps an interpolated text so that its direction stays inside it. */
export function isolate(text: string): string {
  return `${FSI}${text.replace(BIDI_CONTROLS, "")}${PDI}`;
}

/** A name or a file name as it may be shown: one line, no direction controls, at most `limit` letters. */
export function plainName(text: string, limit = 80): string {
  const flat = text.replace(BIDI_CONTROLS, "").replace(LINE_CONTROLS, " ").trim();
  const letters = Array.from(flat);
  return letters.length <= limit ? flat : `${letters.slice(0, limit - 1).join("")}…`;
}

/**
 * Removes unbalanced overrides from a message text: the words stay as written, but nothing can leak out of the bubble
 * and no RLO or LRO reverses what is read (numbers shown backwards are the classic trick).
 */
export function plainText(text: string): string {
  return text.replace(/[\u202D\u202E]/gu, "");
}
