/*
 * C2SP signed-note: text signed by one or more keys.
 *
 *   <text, ends in a newline>
 *   <an empty line: the last one of the note>
 *   — <key name> <base64(key id u32 || signature)>        one or more such lines
 *
 * Valid UTF-8, no control character below U+0020 but newline. Decoding checks the form only; `verifyNote` decides whose
 * word it is. The string and its UTF-8 bytes stand for each other exactly, because ill-formed UTF-8 is refused.
 */
import { ByteReader, ByteWriter, concatBytes, fromBase64, toBase64, utf8 } from "@chapar/wire/bytes";
import { LogError, refuseAt, type TextDecoded } from "../errors.ts";

/** Most bytes a note may have: 64 post-quantum signatures and room for text. */
export const NOTE_MAX_BYTES = 524_288;

/** Most signatures a note may have; the format asks for 16 at least. */
export const NOTE_MAX_SIGNATURES = 64;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SIGNATURE_MARK = "— ";
// oxlint-disable-next-line no-control-regex -- the format is defined by them
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const NOT_IN_KEY_NAME = /[\p{White_Space}+]/u;

/** One signature of a note, not verified. */
export interface NoteSignature {
  readonly name: string;
  /** u32 */
  readonly keyId: number;
  /** what follows the key id, at least 1 byte */
  readonly signature: Uint8Array;
}

/** A signed note, its form checked and nothing else. */
export interface Note {
  /** ends in a newline */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Whether text may be a key name: not empty, no Unicode space, no plus, no control character. @see signed-note · L-40 */
export function isKeyName(name: string): boolean {
  return name.length > 0 && !NOT_IN_KEY_NAME.test(name) && !CONTROL.test(name) && name.isWellFormed();
}

/** Decodes UTF-8 text without control characters; shared by every C2SP format made of lines. */
export function decodeNoteText(bytes: Uint8Array): string | undefined {
  try {
    const text = UTF8.decode(bytes);
    return CONTROL.test(text) ? undefined : text;
  } catch {
    // Ill-formed UTF-8: the caller names the refusal.
    return undefined;
  }
}

/** Parses one signature line without its newline; undefined when it is not one. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(SIGNATURE_MARK)) return undefined;
  const [name, base64, ...more] = line.slice(SIGNATURE_MARK.length).split(" ");
  if (name === undefined || base64 === undefined || more.length > 0 || !isKeyName(name)) return undefined;
  const bytes = fromBase64(base64);
  if (bytes === undefined || bytes.byteLength < 5) return undefined;
  const reader = new ByteReader(bytes);
  return { name, keyId: reader.u32(), signature: reader.rest() };
}

/** One signature line with its newline. @throws LogError `log/bad-argument` for what no note can hold */
export function formatSignatureLine(signature: NoteSignature): string {
  if (!isKeyName(signature.name) || signature.signature.byteLength === 0) {
    throw new LogError("log/bad-argument", "not a note signature");
  }
  const keyId = new ByteWriter(4).u32(signature.keyId).finish();
  return `${SIGNATURE_MARK}${signature.name} ${toBase64(concatBytes(keyId, signature.signature))}\n`;
}

/**
 * Decodes a signed note.
 *
 * @param bytes  untrusted
 * @returns `log/bad-note` with the offset of the first byte refused, as far as that can be said
 * @see signed-note, Format · L-40
 */
export function decodeNote(bytes: Uint8Array): TextDecoded<Note> {
  if (bytes.byteLength > NOTE_MAX_BYTES) return refuseAt("log/bad-note", NOTE_MAX_BYTES);
  const whole = decodeNoteText(bytes);
  if (whole === undefined) return refuseAt("log/bad-note", 0);
  const split = whole.lastIndexOf("\n\n");
  if (split < 0 || !whole.endsWith("\n")) return refuseAt("log/bad-note", bytes.byteLength);
  const text = whole.slice(0, split + 1);
  const lines = whole.slice(split + 2, -1).split("\n");
  if (lines.length > NOTE_MAX_SIGNATURES) return refuseAt("log/bad-note", utf8(text).byteLength + 1);
  const signatures: NoteSignature[] = [];
  for (const [i, line] of lines.entries()) {
    const signature = parseSignatureLine(line);
    if (signature === undefined)
      return refuseAt("log/bad-note", utf8([text, ...lines.slice(0, i), ""].join("\n")).byteLength);
    signatures.push(signature);
  }
  return { ok: true, value: { text, signatures } };
}

/** Bytes of a signed note. @throws LogError `log/bad-argument` for text or signatures no note can hold */
export function encodeNote(note: Note): Uint8Array<ArrayBuffer> {
  const { text, signatures } = note;
  if (!text.endsWith("\n") || CONTROL.test(text) || !text.isWellFormed() || signatures.length === 0) {
    throw new LogError("log/bad-argument", "not the text of a note");
  }
  return utf8(`${text}\n${signatures.map(formatSignatureLine).join("")}`);
}
