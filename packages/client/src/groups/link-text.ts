/*
 * A link into a group, as it is passed on (passed-link.ts); its body is
 *
 *   u8 version (1), conversation[20], seed[32], title text<256>, people varint, approval u8, expiresMs varint
 */
import { conversationId, type ConversationId } from "@chapar/wire";
import { ByteReader, ByteWriter, type Sha256 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import { passedLinkText, type PersonInvite, readPassedLink } from "../conversation/passed-link.ts";

const VERSION = 1;
const ID_BYTES = 20;
const SEED_BYTES = 32;
const MAX_TITLE_BYTES = 256;

/** What a link into a group says. */
export interface GroupLink {
  readonly invite: PersonInvite;
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
  const body = new ByteWriter(512)
    .u8(VERSION)
    .bytes(link.conversation)
    .bytes(link.seed)
    .text(link.title)
    .varint(link.people)
    .flag(link.approval)
    .varint(link.expiresMs)
    .finish();
  return passedLinkText("g", body, link.invite, sha256);
}

/** Reads what a person pasted, opened or scanned. Never throws. @returns undefined for anything else than a whole link into a group */
export function readGroupLink(text: string, sha256: Sha256): GroupLink | undefined {
  const passed = readPassedLink("g", text, sha256);
  if (passed === undefined) return undefined;
  const reader = new ByteReader(passed.body);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const conversation = reader.bytes(ID_BYTES).slice();
  const seed = reader.bytes(SEED_BYTES).slice();
  const title = reader.text(MAX_TITLE_BYTES);
  const [people, approval, expiresMs] = [reader.varint(), reader.flag(), reader.varint()];
  const decoded = reader.finish({ conversation, seed, title, people, approval, expiresMs });
  if (!decoded.ok) return undefined;
  const { value } = decoded;
  return {
    ...value,
    title: cleanName(value.title) ?? "",
    conversation: conversationId(value.conversation),
    invite: passed.invite,
  };
}
