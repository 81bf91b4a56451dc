/*
 * A link into a channel, as it is passed on (passed-link.ts); its body is
 *
 *   u8 version (1), channel[20], log[32], seed[32], open u8, name text<256>, about text<1024>, approval u8, expiresMs varint
 *
 * Its invite is one to whoever leads the channel. Of an open channel the seed is what its periods' keys follow from; of a
 * closed one it seals what is asked and answered.
 */
import { conversationId, type ConversationId, logId, type LogId } from "@chapar/wire";
import { ByteReader, ByteWriter, type Sha256, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import { passedLinkText, type PersonInvite, readPassedLink } from "../conversation/passed-link.ts";

const VERSION = 1;
const ID_BYTES = 20;
const KEY_BYTES = 32;
const MAX_NAME_BYTES = 256;
const MAX_ABOUT_BYTES = 1024;

/** What a link into a channel says. */
export interface ChannelLink {
  readonly invite: PersonInvite;
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
  const body = new ByteWriter(512)
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
  return passedLinkText("b", body, link.invite, sha256);
}

/** Reads what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link into a channel */
export function readChannelLink(text: string, sha256: Sha256): ChannelLink | undefined {
  const passed = readPassedLink("b", text, sha256);
  if (passed === undefined) return undefined;
  const reader = new ByteReader(passed.body);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const [channel, log] = [reader.bytes(ID_BYTES).slice(), reader.bytes(KEY_BYTES).slice()];
  const [seed, open] = [reader.bytes(KEY_BYTES).slice(), reader.flag()];
  const [name, about] = [reader.text(MAX_NAME_BYTES), reader.text(MAX_ABOUT_BYTES)];
  const [approval, expiresMs] = [reader.flag(), reader.varint()];
  const decoded = reader.finish({ channel, log, seed, open, name, about, approval, expiresMs });
  if (!decoded.ok) return undefined;
  const { value } = decoded;
  return {
    ...value,
    name: cleanName(value.name) ?? "",
    about: cleanAbout(value.about),
    channel: conversationId(value.channel),
    log: logId(value.log),
    invite: passed.invite,
  };
}
