/*
 * Links that people pass on to bring others in: `<station>/#<kind>/<payload>.<invite>` or `chapar:<kind>/<payload>.<invite>`, payload in
 * base64url of a body and four bytes of check.
 *
 * `invite` is that of an invite to whoever made the link, so that it also brings in somebody who has no account yet; `check` are the first
 * bytes of SHA-256 over the body and the invite. What a link says is what its maker saw: it is shown and decides nothing.
 */
import { type Invite, invitePayload, parseInvite } from "@chapar/e2e";
import { concatBytes, equalBytes, fromBase64Url, type Sha256, toBase64Url, utf8 } from "@chapar/wire/bytes";

const CHECK_BYTES = 4;
/** Characters of the longest link; longer text is not looked at. */
const MAX_TEXT_CHARS = 24_000;
const FORM =
  /^(?:https?:\/\/[a-z0-9.:[\]-]{1,260}\/?#|chapar:)(?<kind>[a-z])\/(?<payload>[A-Za-z0-9_-]+)\.(?<invite>[A-Za-z0-9_-]+)$/iu;

/** What a link leads into: `b` a channel's board, `g` a group. */
export type PassedKind = "b" | "g";

/** An invite that names a person. */
export type PersonInvite = Invite & { readonly person: NonNullable<Invite["person"]> };

/** The text of a link. @param body  what the kind says, from its version on */
export function passedLinkText(kind: PassedKind, body: Uint8Array, invite: Invite, sha256: Sha256): string {
  const word = invitePayload(invite, sha256);
  const payload = toBase64Url(concatBytes(body, checkOf(body, word, sha256)));
  const origin = invite.home.station.urls
    .map((url) => /^https?:\/\/[^/?#@\\]+/iu.exec(url)?.[0].toLowerCase())
    .find((found) => found !== undefined);
  return `${origin === undefined ? "chapar:" : `${origin}/#`}${kind}/${payload}.${word}`;
}

/** Takes apart what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link of the kind */
export function readPassedLink(
  kind: PassedKind,
  text: string,
  sha256: Sha256,
): { readonly body: Uint8Array; readonly invite: PersonInvite } | undefined {
  if (text.length > MAX_TEXT_CHARS) return undefined;
  const found = FORM.exec(text.trim())?.groups ?? {};
  const { payload = "", invite = "" } = found;
  const bytes = fromBase64Url(payload);
  if (found["kind"]?.toLowerCase() !== kind || bytes === undefined || bytes.byteLength <= CHECK_BYTES) return undefined;
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!equalBytes(checkOf(body, invite, sha256), bytes.subarray(-CHECK_BYTES))) return undefined;
  const parsed = parseInvite(invite, sha256);
  const person = parsed.ok ? parsed.value.invite.person : undefined;
  return parsed.ok && person !== undefined ? { body, invite: { ...parsed.value.invite, person } } : undefined;
}

function checkOf(body: Uint8Array, invite: string, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(body, utf8(invite))).slice(0, CHECK_BYTES);
}
