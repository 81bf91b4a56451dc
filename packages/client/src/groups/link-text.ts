/*
 * A link into a group, as it is passed on: `<station>/#g/<payload>.<invite>` or `chapar:g/<payload>.<invite>`, payload in base64url of
 *
 *   u8 version (1), conversation[20], seed[32], title text<256>, people varint, approval u8, expiresMs varint, check[4]
 *
 * `invite` is that of an invite to whoever made the link, so that it also brings in somebody who has no account yet; `check` are the first
 * bytes of SHA-256 over what is before and the invite. What a link says of the group is what its maker saw: it is shown and decides nothing.
 */
import { type Invite, invitePayload, parseInvite } from "@chapar/e2e";
import { conversationId, type ConversationId } from "@chapar/wire";
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
import { cleanName } from "@chapar/wire/content";

const VERSION = 1;
const ID_BYTES = 20;
const SEED_BYTES = 32;
const CHECK_BYTES = 4;
const MAX_TITLE_BYTES = 256;
const MAX_TEXT_CHARS = 20_000;
const FORM =
  /^(?:https?:\/\/[a-z0-9.:[\]-]{1,260}\/?#|chapar:)g\/(?<payload>[A-Za-z0-9_-]+)\.(?<invite>[A-Za-z0-9_-]+)$/iu;

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
  const invite = invitePayload(link.invite, sha256);
  const bytes = new ByteWriter(512)
    .u8(VERSION)
    .bytes(link.conversation)
    .bytes(link.seed)
    .text(link.title)
    .varint(link.people)
    .flag(link.approval)
    .varint(link.expiresMs)
    .finish();
  const payload = toBase64Url(concatBytes(bytes, checkOf(bytes, invite, sha256)));
  const origin = link.invite.home.station.urls
    .map((url) => /^https?:\/\/[^/?#@\\]+/iu.exec(url)?.[0].toLowerCase())
    .find((found) => found !== undefined);
  return `${origin === undefined ? "chapar:" : `${origin}/#`}g/${payload}.${invite}`;
}

function checkOf(bytes: Uint8Array, invite: string, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(bytes, utf8(invite))).slice(0, CHECK_BYTES);
}

/** Reads what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link into a group */
export function readGroupLink(text: string, sha256: Sha256): GroupLink | undefined {
  if (text.length > MAX_TEXT_CHARS) return undefined;
  const { payload = "", invite = "" } = FORM.exec(text.trim())?.groups ?? {};
  const bytes = fromBase64Url(payload);
  if (bytes === undefined || bytes.byteLength <= CHECK_BYTES) return undefined;
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!equalBytes(checkOf(body, invite, sha256), bytes.subarray(-CHECK_BYTES))) return undefined;
  const reader = new ByteReader(body);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const conversation = reader.bytes(ID_BYTES).slice();
  const seed = reader.bytes(SEED_BYTES).slice();
  const title = reader.text(MAX_TITLE_BYTES);
  const [people, approval, expiresMs] = [reader.varint(), reader.flag(), reader.varint()];
  const decoded = reader.finish({ conversation, seed, title, people, approval, expiresMs });
  if (!decoded.ok) return undefined;
  const found = parseInvite(invite, sha256);
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
