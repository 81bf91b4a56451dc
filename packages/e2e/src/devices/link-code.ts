/*
 * The code that a new device shows, as QR and as text, and that the old one takes: how to find it, and what binds it to its keys before it
 * has heard anything. Layout: protocol/10-devices.md §1.
 */
import { readStationRef, type StationRef, stationKey, writeStationRef } from "@chapar/wire";
import {
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  fromBase64Url,
  type Sha256,
  toBase64Url,
  utf8,
} from "@chapar/wire/bytes";
import type { E2eCode } from "../errors.ts";

const VERSION = 1;
const SECRET_BYTES = 32;
const COMMITMENT_BYTES = 32;
const CHECKSUM_BYTES = 4;
const KEY_BYTES = 32;
const PREFIX = "chapar:d/";
const CHECKSUM_LABEL = utf8("chapar link code v1");
/** Characters of the longest code; longer text is not looked at. */
const MAX_CODE_CHARS = 2048;

/** For how long a code holds (D-4). */
export const LINK_LIFETIME_MS = 600_000;

/** What a new device shows. */
export interface LinkCode {
  /** 32 random bytes: where the devices meet, and what seals what they say there */
  readonly secret: Uint8Array;
  /** SHA-256 of the hello that the new device will say */
  readonly commitment: Uint8Array;
  readonly expiresMs: number;
  /** where the devices meet: the home */
  readonly station: StationRef;
}

/** The outcome of reading a code. */
export type LinkCodeResult =
  | { readonly ok: true; readonly value: LinkCode; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: Extract<E2eCode, "e2e/not-a-code" | "e2e/damaged-code" | "e2e/unknown-code"> };

function checksum(bytes: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(CHECKSUM_LABEL, bytes)).slice(0, CHECKSUM_BYTES);
}

/** The bytes of a code: what the digits are made of. */
export function encodeLinkCode(code: LinkCode, sha256: Sha256): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).bytes(code.secret).bytes(code.commitment).index(code.expiresMs);
  writeStationRef(writer, code.station);
  const bytes = writer.finish();
  return concatBytes(bytes, checksum(bytes, sha256));
}

/** A code as the text to pass on. */
export function linkCodeText(bytes: Uint8Array): string {
  return PREFIX + toBase64Url(bytes);
}

/** Whether a text is meant as a code, damaged or not. */
export function isLinkCode(text: string): boolean {
  return text.trim().startsWith(PREFIX);
}

/** Reads a code that a person pasted or scanned. Never throws. @see protocol/10-devices.md D-1 */
export function parseLinkCode(text: string, sha256: Sha256): LinkCodeResult {
  if (text.length > MAX_CODE_CHARS || !isLinkCode(text)) return { ok: false, code: "e2e/not-a-code" };
  const bytes = fromBase64Url(text.trim().slice(PREFIX.length));
  if (bytes === undefined || bytes.byteLength <= CHECKSUM_BYTES) return { ok: false, code: "e2e/damaged-code" };
  const body = bytes.subarray(0, bytes.byteLength - CHECKSUM_BYTES);
  if (!equalBytes(bytes.subarray(body.byteLength), checksum(body, sha256)))
    return { ok: false, code: "e2e/damaged-code" };
  if (body[0] !== VERSION) return { ok: false, code: "e2e/unknown-code" };
  const reader = new ByteReader(body);
  reader.u8();
  const secret = reader.bytes(SECRET_BYTES).slice();
  const commitment = reader.bytes(COMMITMENT_BYTES).slice();
  const expiresMs = reader.index();
  const { key, urls } = readStationRef(reader);
  const station = { key: stationKey(reader.failed ? new Uint8Array(KEY_BYTES) : key.slice()), urls };
  const read = reader.finish({ secret, commitment, expiresMs, station });
  return read.ok ? { ok: true, value: read.value, bytes } : { ok: false, code: "e2e/damaged-code" };
}
