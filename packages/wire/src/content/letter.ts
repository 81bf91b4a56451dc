/*
 * What an MLS message of ours carries: a header, then MIMI content. The header lets a reader check what no station can be
 * trusted with: that none of a sender's messages is missing or out of order (seq, prev), that a message was written for this
 * conversation, and what of the room the sender had seen when writing (frontier). Layout: protocol/5-content.md §1.
 *
 *   letter = version u8 (1), conversation[20], seq u64, prev[32], frontierSize u64, frontierRoot[32], content opaque<65536>
 */
import { ByteReader, ByteWriter, type Sha256 } from "../bytes/index.ts";
import { type ConversationId, conversationId, ID_SIZE_BYTES } from "../ids.ts";
import type { ContentDecoded } from "./codes.ts";
import { MAX_CONTENT_BYTES } from "./limits.ts";

const LETTER_VERSION = 1;
const HASH_BYTES = 32;

/** Bytes of a letter beyond its content, for content of 64 bytes to 16 KiB. */
export const LETTER_OVERHEAD_BYTES = 103;

/** The head of a room's log as a sender had verified it. */
export interface Frontier {
  readonly size: number;
  /** 32 bytes: RFC 6962 root of the first `size` entries; SHA-256 of nothing when size is 0 */
  readonly root: Uint8Array;
}

/** The plaintext of one message. */
export interface Letter {
  readonly conversation: ConversationId;
  /** the sending device's count in this conversation, from 0 */
  readonly seq: number;
  /** 32 bytes: `letterHash` of the sending device's letter before; zeros for the first */
  readonly prev: Uint8Array;
  readonly frontier: Frontier;
  /** MIMI content, encoded */
  readonly content: Uint8Array;
}

function exact(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new RangeError(`a field of ${sizeBytes} bytes has ${bytes.byteLength}`);
  return bytes;
}

/** Writes a letter. @throws RangeError on a value that does not fit its field */
export function encodeLetter(letter: Letter): Uint8Array<ArrayBuffer> {
  if (letter.content.byteLength > MAX_CONTENT_BYTES)
    throw new RangeError(`content of more than ${MAX_CONTENT_BYTES} bytes`);
  return new ByteWriter(LETTER_OVERHEAD_BYTES + letter.content.byteLength + 2)
    .u8(LETTER_VERSION)
    .bytes(exact(letter.conversation, ID_SIZE_BYTES.conversation))
    .index(letter.seq)
    .bytes(exact(letter.prev, HASH_BYTES))
    .index(letter.frontier.size)
    .bytes(exact(letter.frontier.root, HASH_BYTES))
    .opaque(letter.content)
    .finish();
}

/** Reads a letter from untrusted bytes; byte fields are views. Codes `content/bad-letter` · `content/unknown-version`. */
export function decodeLetter(bytes: Uint8Array): ContentDecoded<Letter> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (!reader.failed && version !== LETTER_VERSION) return { ok: false, code: "content/unknown-version", offset: 0 };
  const conversation = reader.bytes(ID_SIZE_BYTES.conversation);
  const seq = reader.index();
  const prev = reader.bytes(HASH_BYTES);
  const frontier = { size: reader.index(), root: reader.bytes(HASH_BYTES) };
  const content = reader.opaque(MAX_CONTENT_BYTES);
  const done = reader.finish(content);
  if (!done.ok) return { ok: false, code: "content/bad-letter", offset: done.offset };
  return { ok: true, value: { conversation: conversationId(conversation), seq, prev, frontier, content } };
}

/** The hash by which a device's next letter names this one. */
export function letterHash(letter: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(letter);
}

/** `prev` of a device's first letter in a conversation: 32 zeros. */
export function noPreviousLetter(): Uint8Array {
  return new Uint8Array(HASH_BYTES);
}
