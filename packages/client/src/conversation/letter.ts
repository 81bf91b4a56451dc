/*
 * Between what a person writes and what is sealed: MIMI content (draft-ietf-mimi-content-08) inside a letter
 * (protocol/5-content.md). A message's id follows from its content alone, so content is made when the message is queued;
 * the letter around it, which chains it to the one before, when it is first sealed.
 *
 * The writer's clock rides as the content extension "chapar.time": ms since 1970 as a CBOR integer of eight bytes.
 */
import { type ConversationId, type IdentityId, identityId } from "@chapar/wire";
import { type Decoded, equalBytes, type Sha256 } from "@chapar/wire/bytes";
import {
  contentFault,
  decodeLetter,
  decodeMimi,
  decodeProfile,
  encodeMimi,
  type ExternalPart,
  isProfile,
  letterHash,
  messageId,
  type MimiContent,
  type NestedPart,
  NO_EXTENSIONS,
  profilePart,
  roomUri,
  SALT_BYTES,
  shownParts,
  textPart,
  type ToldChain,
  Disposition,
  userUri,
} from "@chapar/wire/content";

const TIME_KEY = "chapar.time";
/** CBOR head of an unsigned integer of eight bytes (RFC 8949 §3.1). */
const CBOR_U64 = 0x1b;
const CBOR_U64_BYTES = 9;
/** The last moment that a Date can name (ECMA-262 §21.4.1.1); apps make dates of what they are told. */
const MAX_TIME_MS = 8_640_000_000_000_000n;

/** What content says, as far as this program shows it. */
export type Told =
  | { readonly kind: "profile"; readonly name: string; readonly chain: ToldChain | undefined }
  | {
      readonly kind: "message";
      readonly text: string;
      readonly attachment: ExternalPart | undefined;
      /** the writer's clock, when it was told */
      readonly writtenAtMs: number | undefined;
    };

/** A message's place in its sender's chain, and what it says. */
export interface ReadLetter {
  readonly sequence: number;
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  /** MIMI message id */
  readonly id: Uint8Array;
  readonly content: Uint8Array;
  readonly told: Told;
}

/** Whom content is from and where it belongs. */
export interface ContentContext {
  readonly sender: Uint8Array;
  readonly conversation: ConversationId;
  readonly sha256: Sha256;
}

/** And when it arrived. */
export interface LetterContext extends ContentContext {
  readonly nowMs: number;
}

function timeValue(atMs: number): Uint8Array {
  const bytes = new Uint8Array(CBOR_U64_BYTES);
  bytes[0] = CBOR_U64;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(atMs));
  return bytes;
}

function writtenAt(content: MimiContent): number | undefined {
  const value = content.extensions.others.find(({ key }) => key === TIME_KEY)?.value;
  if (value === undefined || value.byteLength !== CBOR_U64_BYTES || value[0] !== CBOR_U64) return undefined;
  const atMs = new DataView(value.buffer, value.byteOffset).getBigUint64(1);
  return atMs <= MAX_TIME_MS ? Number(atMs) : undefined;
}

function encode(body: NestedPart, random: (sizeBytes: number) => Uint8Array, writtenAtMs: number): Uint8Array {
  const extensions = { ...NO_EXTENSIONS, others: [{ key: TIME_KEY, value: timeValue(writtenAtMs) }] };
  return encodeMimi({
    salt: random(SALT_BYTES),
    replaces: undefined,
    topicId: new Uint8Array(0),
    expires: undefined,
    inReplyTo: undefined,
    extensions,
    body,
  });
}

/** Content of a message: text, a file, or both. @throws RangeError when the text is too long for one message */
export function composeMessage(
  text: string,
  attachment: ExternalPart | undefined,
  random: (sizeBytes: number) => Uint8Array,
  writtenAtMs: number,
): Uint8Array {
  if (attachment === undefined) return encode(textPart(text), random, writtenAtMs);
  if (text === "") return encode(attachment, random, writtenAtMs);
  const parts = [textPart(text), attachment];
  const body = {
    kind: "multi",
    disposition: Disposition.render,
    language: "",
    semantics: "process-all",
    parts,
  } as const;
  return encode(body, random, writtenAtMs);
}

/** Content that tells a name, and how the own chain stands (C-12). */
export function composeProfile(
  told: { readonly name: string; readonly chain: ToldChain },
  random: (sizeBytes: number) => Uint8Array,
  writtenAtMs: number,
): Uint8Array {
  return encode(profilePart(told), random, writtenAtMs);
}

/** The id of content in a conversation. */
export function contentId(content: Uint8Array, { sender, conversation, sha256 }: ContentContext): Uint8Array {
  const senderUri = userUri(sender as IdentityId);
  return messageId({ senderUri, roomUri: roomUri(conversation), content, sha256 });
}

/** What content says; undefined when nothing of it can be shown. */
export function readContent(bytes: Uint8Array): Told | undefined {
  const decoded = decodeMimi(bytes);
  return decoded.ok ? toldBy(decoded.value) : undefined;
}

function toldBy(content: MimiContent): Told | undefined {
  const { body } = content;
  if (isProfile(body)) {
    const profile = decodeProfile(body.content);
    return profile.ok ? { kind: "profile", name: profile.value.name, chain: profile.value.chain } : undefined;
  }
  const shown = shownParts(body);
  if (shown === undefined) return undefined;
  return {
    kind: "message",
    text: shown.texts.join("\n"),
    attachment: shown.externals[0],
    writtenAtMs: writtenAt(content),
  };
}

/**
 * Reads an opened letter of a member. Never throws.
 *
 * @returns `client/foreign-conversation` when it was written for another conversation · `client/not-shown` when it is well
 * formed and nothing of it can be shown · a `content/` code
 */
export function readLetter(plaintext: Uint8Array, context: LetterContext): Decoded<ReadLetter, string> {
  const letter = decodeLetter(plaintext);
  if (!letter.ok) return letter;
  const { conversation, seq, prev, content } = letter.value;
  if (!equalBytes(conversation, context.conversation)) return refuse("client/foreign-conversation");
  const decoded = decodeMimi(content);
  if (!decoded.ok) return decoded;
  const senderUri = userUri(identityId(context.sender));
  const circumstances = { senderUri, roomUri: roomUri(conversation), acceptedMs: context.nowMs };
  const fault = contentFault(decoded.value, circumstances);
  if (fault !== undefined) return refuse(fault);
  const told = toldBy(decoded.value);
  if (told === undefined) return refuse("client/not-shown");
  const { sha256 } = context;
  const id = contentId(content, context);
  return { ok: true, value: { sequence: seq, previous: prev, hash: letterHash(plaintext, sha256), id, content, told } };
}

function refuse(code: string): { readonly ok: false; readonly code: string; readonly offset: number } {
  return { ok: false, code, offset: 0 };
}
