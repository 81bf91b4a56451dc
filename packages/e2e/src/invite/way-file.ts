/*
 * An invite with the station's signed list of ways, as a file to hand over: on a stick, by Bluetooth, in another messenger. It is text,
 * so that whoever opens it in an editor sees what it is, and so that a program that knows only links finds the link in it.
 *
 *   chapar file v1
 *   https://station.example/#i/…         the invite, in any of its text forms (I-30)
 *   ways <base64url>                     the list, when the maker had one: issued u64, expires u64, routes, signature[64]
 *   sum <base64url>                      the first 8 bytes of SHA-256("chapar file v1" ‖ every line before, with its line feed)
 *
 * The sum finds what was cut or changed on the way, not what was forged: the list is signed by the station for that (P-50), and an
 * invite speaks for nobody but itself.
 */
import { isRouteUrl, MAX_ROUTES } from "@chapar/wire";
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
import { type FoundInvite, parseInvite } from "./link.ts";

const HEAD = "chapar file v1";
const SUM_BYTES = 8;
const SIGNATURE_BYTES = 64;
const MAX_ROUTE_BYTES = 256;
/** Files are no longer than this, in characters; longer text is not looked at. */
export const MAX_WAY_FILE_CHARS = 40_960;
const FORM =
  /^chapar file v(?<version>\d{1,3})\n(?<invite>[\x21-\x7e]{1,32768})\n(?:ways (?<ways>[\w-]{1,8192})\n)?sum (?<sum>[\w-]{11})\n$/;

/** A station's list of further ways, as it signed it (P-50). Nothing is checked here. */
export interface SignedWays {
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly routes: readonly string[];
  readonly signature: Uint8Array;
}

/** What a file holds. */
export interface WayFile {
  /** the invite's text, as `parseInvite` takes it */
  readonly text: string;
  readonly found: FoundInvite;
  readonly ways: SignedWays | undefined;
}

/** Why text is no file of ours; a refusal of the invite in it keeps its own code. */
export type WayFileCode = Extract<
  E2eCode,
  | "e2e/not-a-file"
  | "e2e/damaged-file"
  | "e2e/unknown-file"
  | "e2e/not-an-invite"
  | "e2e/damaged-invite"
  | "e2e/unknown-invite"
  | "e2e/look-alike-invite"
>;

function sumOf(lines: string, sha256: Sha256): string {
  return toBase64Url(sha256(concatBytes(utf8(HEAD), utf8(lines))).subarray(0, SUM_BYTES));
}

function encodeWays({ issuedMs, expiresMs, routes, signature }: SignedWays): Uint8Array {
  if (routes.length > MAX_ROUTES || !routes.every(isRouteUrl) || signature.byteLength !== SIGNATURE_BYTES)
    throw new RangeError("not a list of ways");
  const writer = new ByteWriter().index(issuedMs).index(expiresMs);
  return writer
    .list(routes, (out, route) => out.text(route))
    .bytes(signature)
    .finish();
}

function decodeWays(bytes: Uint8Array): SignedWays | undefined {
  const reader = new ByteReader(bytes);
  const issuedMs = reader.index();
  const expiresMs = reader.index();
  const routes = reader.list(MAX_ROUTES, (item) => item.text(MAX_ROUTE_BYTES));
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  const read = reader.finish({ issuedMs, expiresMs, routes, signature });
  return read.ok && routes.every(isRouteUrl) ? read.value : undefined;
}

/**
 * Writes a file.
 *
 * @param invite  an invite's text in any form (I-30)
 * @throws RangeError on a list that does not fit, or an invite of more than 32,768 characters
 * @see protocol/8-road.md P-127
 */
export function encodeWayFile(
  { text, ways }: { readonly text: string; readonly ways: SignedWays | undefined },
  sha256: Sha256,
): string {
  const list = ways === undefined ? "" : `ways ${toBase64Url(encodeWays(ways))}\n`;
  const lines = `${HEAD}\n${text}\n${list}`;
  const file = `${lines}sum ${sumOf(lines, sha256)}\n`;
  if (!FORM.test(file)) throw new RangeError("an invite that does not fit");
  return file;
}

/** Whether text is meant as a file, whatever is wrong with it. */
export const isWayFile = (text: string): boolean => /^\s{0,9}\ufeff?chapar file v/u.test(text.slice(0, 64));

/**
 * Reads a file. Never throws; the list in it is not checked against any key.
 *
 * @param text  untrusted; line ends of other systems are taken
 * Cost: linear in the text, of which at most 40,960 characters are looked at.
 */
export function parseWayFile(
  text: string,
  sha256: Sha256,
): { readonly ok: true; readonly value: WayFile } | { readonly ok: false; readonly code: WayFileCode } {
  if (!isWayFile(text)) return { ok: false, code: "e2e/not-a-file" };
  if (text.length > MAX_WAY_FILE_CHARS) return { ok: false, code: "e2e/damaged-file" };
  const plain = `${text
    .replace(/\r\n?/g, "\n")
    .replace(/^[\s\ufeff]+/u, "")
    .trimEnd()}\n`;
  if (!plain.startsWith(`${HEAD}\n`) && /^chapar file v\d{1,3}\n/.test(plain))
    return { ok: false, code: "e2e/unknown-file" };
  const parts = FORM.exec(plain)?.groups;
  const { invite = "", ways, sum = "" } = parts ?? {};
  if (parts === undefined) return { ok: false, code: "e2e/damaged-file" };
  const lines = plain.slice(0, plain.lastIndexOf("sum "));
  if (!equalBytes(utf8(sumOf(lines, sha256)), utf8(sum))) return { ok: false, code: "e2e/damaged-file" };
  const found = parseInvite(invite, sha256);
  if (!found.ok) return found;
  if (ways === undefined) return { ok: true, value: { text: invite, found: found.value, ways: undefined } };
  const bytes = fromBase64Url(ways);
  const list = bytes === undefined ? undefined : decodeWays(bytes);
  return list === undefined
    ? { ok: false, code: "e2e/damaged-file" }
    : { ok: true, value: { text: invite, found: found.value, ways: list } };
}
