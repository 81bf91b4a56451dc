/*
 * The text forms of an invite: a link whose fragment holds it, a `chapar:` URI, or its base64url alone. Reading is strict about
 * everything that could make one link look like another (other scripts, a user name before the host, a path or query that
 * changes what is opened) and lenient only about white space and invisible marks around the text, which messengers add.
 */
import { fromBase64Url, type Sha256, toBase64Url } from "@chapar/wire/bytes";
import { decodeInvite, encodeInvite, type Invite, type InviteResult, MAX_INVITE_BYTES } from "./invite.ts";

const URI_PREFIX = "chapar:i/";
const FRAGMENT_PREFIX = "i/";
const MAX_TEXT_UNITS = 32_768;
const BASE64URL_FORM = /^[A-Za-z0-9_-]+$/;
/** Host: DNS name (other scripts as punycode), IPv4, or bracketed IPv6; then a port; then nothing but one slash. */
const LINK_FORM =
  /^(?<origin>https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?)\/?#i\/(?<payload>.*)$/i;
/** White space, byte-order mark, bidi marks and zero-width characters: messengers put them around what is copied. */
const AROUND = /[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
/** What only somebody who means an invite writes. */
const INVITE_LIKE = /(?:#|%23)i(?:\/|%2f)|^chapar:/i;

/** An invite as it was found in text. */
export interface FoundInvite {
  readonly invite: Invite;
  /** scheme, host and port of the link, as the text has them; undefined for a URI or bare base64url */
  readonly origin: string | undefined;
  /** whether the origin is of one of the station's own URLs; a link that is not should be shown with its real station */
  readonly originListed: boolean;
}

/** The base64url of an invite: what stands in a link's fragment. */
export function invitePayload(invite: Invite, sha256: Sha256): string {
  return toBase64Url(encodeInvite(invite, sha256));
}

function originOf(url: string): string | undefined {
  const parts = /^(https?:\/\/[^/?#@\\]+)\/?$/i.exec(url);
  return parts?.[1]?.toLowerCase();
}

/**
 * An invite as the text to pass on: a link at the station's first http or https URL, so that it opens in any browser; a
 * `chapar:` URI when the station has no such URL.
 *
 * @throws RangeError as `encodeInvite`
 * @see protocol/3-identity.md §6
 */
export function inviteLink(invite: Invite, sha256: Sha256): string {
  const payload = invitePayload(invite, sha256);
  const origin = invite.home.station.urls.map(originOf).find((found) => found !== undefined);
  return origin === undefined ? URI_PREFIX + payload : `${origin}/#${FRAGMENT_PREFIX}${payload}`;
}

/** Scans from both ends: an expression anchored at the end would take quadratic time on hostile white space. */
function trimAround(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && AROUND.test(text.charAt(start))) start++;
  while (end > start && AROUND.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function found(payload: string, origin: string | undefined, sha256: Sha256): InviteResult<FoundInvite> {
  if (payload.length > Math.ceil((MAX_INVITE_BYTES * 4) / 3)) return { ok: false, code: "e2e/damaged-invite" };
  const bytes = BASE64URL_FORM.test(payload) ? fromBase64Url(payload) : undefined;
  if (bytes === undefined) return { ok: false, code: "e2e/damaged-invite" };
  const decoded = decodeInvite(bytes, sha256);
  if (!decoded.ok) return decoded;
  const originListed = origin !== undefined && decoded.value.home.station.urls.some((url) => originOf(url) === origin);
  return { ok: true, value: { invite: decoded.value, origin, originListed } };
}

/**
 * Reads an invite from text a person pasted, typed or scanned. Never throws.
 *
 * @returns `e2e/not-an-invite` for other text · `e2e/look-alike-invite` for a link built to look like another ·
 * `e2e/damaged-invite` · `e2e/unknown-invite`
 * Cost: linear in the text, of which at most 32,768 characters are looked at.
 * @see protocol/3-identity.md I-30 to I-34
 */
export function parseInvite(text: string, sha256: Sha256): InviteResult<FoundInvite> {
  if (text.length > MAX_TEXT_UNITS) return { ok: false, code: "e2e/not-an-invite" };
  const bare = trimAround(text);
  const link = LINK_FORM.exec(bare)?.groups;
  if (link?.["payload"] !== undefined) return found(link["payload"], link["origin"]?.toLowerCase(), sha256);
  if (bare.startsWith(URI_PREFIX)) return found(bare.slice(URI_PREFIX.length), undefined, sha256);
  const spelled = bare.normalize("NFKC");
  if (INVITE_LIKE.test(spelled) && !/\s/u.test(spelled)) return { ok: false, code: "e2e/look-alike-invite" };
  if (!BASE64URL_FORM.test(bare)) return { ok: false, code: "e2e/not-an-invite" };
  const alone = found(bare, undefined, sha256);
  // A single word is not a damaged invite: only what begins as one does is called that.
  return alone.ok || alone.code === "e2e/unknown-invite" || bare.startsWith("AQ")
    ? alone
    : { ok: false, code: "e2e/not-an-invite" };
}
