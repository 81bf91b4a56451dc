/*
 * A link into a channel, as it is passed on: `<station>/#b/<payload>.<invite>` or `chapar:b/<payload>.<invite>`, payload in base64url of
 *
 *   u8 version (1), channel[20], log[32], seed[32], open u8, name text<256>, about text<1024>, approval u8, expiresMs varint, check[4]
 *
 * `invite` is one to whoever leads the channel, as in a link into a group. Of an open channel the seed is what its periods' keys follow from; of a
 * closed one it seals what is asked and answered.
 */
import { type Invite, invitePayload, parseInvite } from "@chapar/e2e";
import { conversationId, type ConversationId, logId, type LogId } from "@chapar/wire";
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
const KEY_BYTES = 32;
const CHECK_BYTES = 4;
const MAX_NAME_BYTES = 256;
const MAX_ABOUT_BYTES = 1024;
const MAX_TEXT_CHARS = 24_000;
const FORM =
  /^(?:https?:\/\/[a-z0-9.:[\]-]{1,260}\/?#|chapar:)b\/(?<payload>[A-Za-z0-9_-]+)\.(?<invite>[A-Za-z0-9_-]+)$/iu;

/** What a link into a channel says. */
export interface ChannelLink {
  readonly invite: Invite & { readonly person: NonNullable<Invite["person"]> };
  readonly channel: ConversationId;
  readonly log: LogId;
  readonly seed: Uint8Array;
  readonly open: boolean;
  readonly name: string;
  readonly about: string;
  readonly approval: boolean;
  readonly expiresMs: number;
}

/** A description, as it is shown: without control characters, and not longer than one may be. */
export function cleanAbout(about: string): string {
  // Line feeds stay; nothing that turns the order of letters does.
  const clean = about.toWellFormed().replace(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "");
  const chars = Array.from(clean.trim());
  while (utf8(chars.join("")).byteLength > MAX_ABOUT_BYTES) chars.pop();
  return chars.join("");
}

/** The text of a link. */
export function channelLinkText(link: ChannelLink, sha256: Sha256): string {
  const invite = invitePayload(link.invite, sha256);
  const bytes = new ByteWriter(512)
    .u8(VERSION)
    .bytes(link.channel)
    .bytes(link.log)
    .bytes(link.seed)
    .flag(link.open)
    .text(link.name)
    .text(link.about)
    .flag(link.approval)
    .varint(link.expiresMs)
    .finish();
  const payload = toBase64Url(concatBytes(bytes, checkOf(bytes, invite, sha256)));
  const origin = link.invite.home.station.urls
    .map((url) => /^https?:\/\/[^/?#@\\]+/iu.exec(url)?.[0].toLowerCase())
    .find((found) => found !== undefined);
  return `${origin === undefined ? "chapar:" : `${origin}/#`}b/${payload}.${invite}`;
}

function checkOf(bytes: Uint8Array, invite: string, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(bytes, utf8(invite))).slice(0, CHECK_BYTES);
}

/** Reads what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link into a channel */
export function readChannelLink(text: string, sha256: Sha256): ChannelLink | undefined {
  if (text.length > MAX_TEXT_CHARS) return undefined;
  const { payload = "", invite = "" } = FORM.exec(text.trim())?.groups ?? {};
  const bytes = fromBase64Url(payload);
  if (bytes === undefined || bytes.byteLength <= CHECK_BYTES) return undefined;
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!equalBytes(checkOf(body, invite, sha256), bytes.subarray(-CHECK_BYTES))) return undefined;
  const reader = new ByteReader(body);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const [channel, log] = [reader.bytes(ID_BYTES).slice(), reader.bytes(KEY_BYTES).slice()];
  const [seed, open] = [reader.bytes(KEY_BYTES).slice(), reader.flag()];
  const [name, about] = [reader.text(MAX_NAME_BYTES), reader.text(MAX_ABOUT_BYTES)];
  const [approval, expiresMs] = [reader.flag(), reader.varint()];
  const decoded = reader.finish({ channel, log, seed, open, name, about, approval, expiresMs });
  const found = parseInvite(invite, sha256);
  const person = found.ok ? found.value.invite.person : undefined;
  if (!decoded.ok || !found.ok || person === undefined) return undefined;
  const { value } = decoded;
  return {
    ...value,
    name: cleanName(value.name) ?? "",
    about: cleanAbout(value.about),
    channel: conversationId(value.channel),
    log: logId(value.log),
    invite: { ...found.value.invite, person },
  };
}
