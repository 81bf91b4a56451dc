/*
 * The text forms of bytes that the protocol uses: lower-case base32 (RFC 4648 §6, no padding) for ids a person may
 * read aloud, base64url (§5, no padding) for links, base64 (§4) for C2SP notes, and hex for tests and logs.
 * Decoders accept the one canonical spelling and nothing else.
 */

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function encodeBits(bytes: Uint8Array, alphabet: string, bits: number): string {
  const mask = (1 << bits) - 1;
  let out = "";
  let held = 0;
  let count = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    count += 8;
    while (count >= bits) {
      count -= bits;
      out += alphabet.charAt((held >> count) & mask);
    }
  }
  return count > 0 ? out + alphabet.charAt((held << (bits - count)) & mask) : out;
}

function decodeBits(text: string, alphabet: string, bits: number): Uint8Array<ArrayBuffer> | undefined {
  const sizeBytes = Math.floor((text.length * bits) / 8);
  // A spare character that carries no byte, or spare bits that are not zero, would be a second spelling.
  if (Math.ceil((sizeBytes * 8) / bits) !== text.length) return undefined;
  const out = new Uint8Array(sizeBytes);
  let held = 0;
  let count = 0;
  let at = 0;
  for (const char of text) {
    const value = alphabet.indexOf(char);
    if (value < 0) return undefined;
    held = ((held << bits) | value) & 0xffff;
    count += bits;
    if (count >= 8) {
      count -= 8;
      out[at++] = (held >> count) & 0xff;
    }
  }
  return (held & ((1 << count) - 1)) === 0 ? out : undefined;
}

/** Lower-case base32 without padding. Cost: O(length), as all of these. */
export function toBase32(bytes: Uint8Array): string {
  return encodeBits(bytes, BASE32, 5);
}

/** @returns the bytes, or undefined for any but the canonical spelling */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decodeBits(text, BASE32, 5);
}

/** Base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return encodeBits(bytes, BASE64URL, 6);
}

/** @returns the bytes, or undefined for any but the canonical spelling */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decodeBits(text, BASE64URL, 6);
}

/** RFC 4648 §4 with padding, as C2SP formats want it. */
export function toBase64(bytes: Uint8Array): string {
  const text = encodeBits(bytes, BASE64, 6);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/** @returns the bytes, or undefined for any but the canonical, padded spelling */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const bare = text.replace(/={1,2}$/, "");
  const bytes = decodeBits(bare, BASE64, 6);
  return bytes !== undefined && toBase64(bytes) === text ? bytes : undefined;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/** @returns the bytes, or undefined for odd length or anything but 0-9a-f */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const TEXT_ENCODER = new TextEncoder();

/** UTF-8 bytes of a string of ours. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return TEXT_ENCODER.encode(text);
}

/** Equality of public bytes. Not constant time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** One new array of all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.byteLength;
  const out = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
