/* Base64url of a whole log: a hundred megabytes of text, so a table instead of a search for every character. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NO_VALUE = 255;
const VALUES = new Uint8Array(128).fill(NO_VALUE);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** As `fromBase64Url` of @chapar/wire: the bytes, or undefined for any but the canonical spelling. Cost: some ns a character */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  const sizeBytes = Math.floor((text.length * 3) / 4);
  if (text.length % 4 === 1) return undefined;
  const out = new Uint8Array(sizeBytes);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? NO_VALUE;
    if (value === NO_VALUE) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = held >> bits;
  }
  return (held & ((1 << bits) - 1)) === 0 ? out : undefined;
}
