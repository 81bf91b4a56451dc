/*
 * A link into a group, as it is passed on: `<station>/#g/<payload>` or `chapar:g/<payload>`, payload in base64url of
 *
 *   u8 version (1), invite opaque<12288>, conversation[20], seed[32], title text<256>, people varint, approval u8, expiresMs varint, check[4]
 *
 * `invite` is an invite to whoever made the link, so that it also brings in somebody who has no account yet; `check` are the first bytes of
 * SHA-256 over what is before. What a link says of the group is what its maker saw: it is shown and nothing is decided by it.
 */
import { type Invite, invitePayload, parseInvite } from "@chapar/e2e";
import { conversationId, type ConversationId } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes, fromBase64Url, type Sha256, toBase64Url } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";

const VERSION = 1;
const ID_BYTES = 20;
const SEED_BYTES = 32;
const CHECK_BYTES = 4;
const MAX_INVITE_BYTES = 12_288;
const MAX_TITLE_BYTES = 256;
const MAX_TEXT_CHARS = 20_000;
const FORM = /^(?:https?:\/\/[a-z0-9.:[\]-]{1,260}\/?#|chapar:)g\/(?<payload>[A-Za-z0-9_-]+)$/iu;

/** What a link into a group says. */
export interface GroupLink {
  readonly invite: Invite & { readonly person: NonNullable<Invite["person"]> };
  readonly conversation: ConversationId;
  /** of the Ed25519 key whose public half the group's state lists; what is asked and answered is sealed under it */
  readonly seed: Uint8Array;
  readonly title: string;
  readonly people: number;
  readonly approval: boolean;
  readonly expiresMs: number;
}

/** The text of a link. */
export function groupLinkText(link: GroupLink, sha256: Sha256): string {
  const invite = fromBase64Url(invitePayload(link.invite, sha256)) ?? new Uint8Array(0);
  const bytes = new ByteWriter(512)
    .u8(VERSION)
    .opaque(invite)
    .bytes(link.conversation)
    .bytes(link.seed)
    .text(link.title)
    .varint(link.people)
    .flag(link.approval)
    .varint(link.expiresMs)
    .finish();
  const payload = toBase64Url(new ByteWriter().bytes(bytes).bytes(sha256(bytes).slice(0, CHECK_BYTES)).finish());
  const origin = link.invite.home.station.urls
    .map((url) => /^https?:\/\/[^/?#@\\]+/iu.exec(url)?.[0].toLowerCase())
    .find((found) => found !== undefined);
  return origin === undefined ? `chapar:g/${payload}` : `${origin}/#g/${payload}`;
}

/** Reads what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link into a group */
export function readGroupLink(text: string, sha256: Sha256): GroupLink | undefined {
  if (text.length > MAX_TEXT_CHARS) return undefined;
  const payload = FORM.exec(text.trim())?.groups?.["payload"];
  const bytes = payload === undefined ? undefined : fromBase64Url(payload);
  if (bytes === undefined || bytes.byteLength <= CHECK_BYTES) return undefined;
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!equalBytes(sha256(body).subarray(0, CHECK_BYTES), bytes.subarray(-CHECK_BYTES))) return undefined;
  const reader = new ByteReader(body);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const invite = reader.opaque(MAX_INVITE_BYTES).slice();
  const conversation = reader.bytes(ID_BYTES).slice();
  const seed = reader.bytes(SEED_BYTES).slice();
  const title = reader.text(MAX_TITLE_BYTES);
  const [people, approval, expiresMs] = [reader.varint(), reader.flag(), reader.varint()];
  const decoded = reader.finish({ conversation, seed, title, people, approval, expiresMs });
  if (!decoded.ok) return undefined;
  const found = parseInvite(toBase64Url(invite), sha256);
  const person = found.ok ? found.value.invite.person : undefined;
  if (!found.ok || person === undefined) return undefined;
  const { value } = decoded;
  return {
    ...value,
    title: cleanName(value.title) ?? "",
    conversation: conversationId(value.conversation),
    invite: { ...found.value.invite, person },
  };
}
