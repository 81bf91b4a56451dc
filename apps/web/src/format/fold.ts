/*
 * Folding for search: what a person types and what was written meet even when the keyboards differ. Arabic yeh and kaf
 * become the Persian ones, forms of alef one, harakat, tatweel and ZWNJ disappear, all digits become 0-9.
 */

const SAME = new Map<string, string>(
  Object.entries({ ي: "ی", ى: "ی", ئ: "ی", ك: "ک", ة: "ه", ۀ: "ه", أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ؤ: "و" }),
);

/** The folded form of a text; for comparing only, never shown. */
export function fold(text: string): string {
  let out = "";
  for (const letter of text.normalize("NFKC").toLowerCase()) {
    const code = letter.codePointAt(0) ?? 0;
    if (code === 0x200c || code === 0x0640 || (code >= 0x064b && code <= 0x065f) || code === 0x0670) continue;
    if (code >= 0x0660 && code <= 0x0669) out += String(code - 0x0660);
    else if (code >= 0x06f0 && code <= 0x06f9) out += String(code - 0x06f0);
    else out += SAME.get(letter) ?? letter;
  }
  return out.trim();
}
