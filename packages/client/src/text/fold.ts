/*
 * Folding for search: what a person types and what was written meet even when the keyboards differ. Arabic yeh and kaf
 * become the Persian ones, forms of alef and heh one, ё becomes е, accents, harakat, tatweel and ZWNJ disappear, all digits
 * become 0-9.
 */

const SAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ي: "ی",
    ى: "ی",
    ئ: "ی",
    ې: "ی",
    ك: "ک",
    ة: "ه",
    ۀ: "ه",
    ە: "ه",
    أ: "ا",
    إ: "ا",
    آ: "ا",
    ٱ: "ا",
    ؤ: "و",
    ё: "е",
  }),
);
/** Joiners, tatweel, direction controls, and every mark that is set on a letter but those that make another letter. */
const DROPPED = /[\u0640\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]|\p{Mn}/u;
/** Most texts are of these alone: ASCII, Arabic and Cyrillic letters that fold to themselves. */
const PLAIN = /^[ -@[-~]*$/u;
/** Letters whose mark is part of them. */
const WHOLE = /[йѓќў]/u;

/** The folded form of a text; for comparing only, never shown. Folding twice is folding once. Cost: linear. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  let out = "";
  for (const letter of text.normalize("NFKC").toLowerCase()) {
    let folded = known.get(letter);
    if (folded === undefined) {
      folded = foldLetter(letter);
      if (known.size < MAX_KNOWN) known.set(letter, folded);
    }
    out += folded;
  }
  return out.trim();
}

/** Letters that were folded before: a text has the same ones again and again. */
const known = new Map<string, string>();
const MAX_KNOWN = 4096;

function foldLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x80) return letter;
  if (DROPPED.test(letter)) return "";
  if (code >= 0x0660 && code <= 0x0669) return String(code - 0x0660);
  if (code >= 0x06f0 && code <= 0x06f9) return String(code - 0x06f0);
  return SAME.get(letter) ?? plainLetter(letter);
}

/** A letter without its accents: é is e, but й is a letter of its own. */
function plainLetter(letter: string): string {
  if (WHOLE.test(letter)) return letter;
  const bare = letter.normalize("NFD").replaceAll(/\p{Mn}/gu, "");
  return bare === "" ? letter : bare.normalize("NFC");
}
