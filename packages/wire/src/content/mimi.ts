/*
 * MIMI message content as values: draft-ietf-mimi-content-08, the whole of its CDDL. Field names are the draft's; null is
 * `undefined`. Codecs: mimi-decode.ts, mimi-encode.ts.
 */
import type { Sha256 } from "../bytes/index.ts";
import { concatBytes, utf8 } from "../bytes/index.ts";

/** What a part is for (§7.2.2). A value that is not listed is treated as `render`. */
export const Disposition = {
  unspecified: 0,
  render: 1,
  reaction: 2,
  profile: 3,
  inline: 4,
  icon: 5,
  attachment: 6,
  session: 7,
  preview: 8,
} as const;

/** How the parts of a list belong together (§3.4). */
export type PartSemantics = "choose-one" | "single-unit" | "process-all";

/** What every part says of itself. */
interface PartHeader {
  /** 0..255, see `Disposition` */
  readonly disposition: number;
  /** empty, or comma-separated RFC 5646 language tags */
  readonly language: string;
}

/** No content: deletes what the message replaces. */
export interface NullPart extends PartHeader {
  readonly kind: "null";
}

/** Content inside the message. */
export interface SinglePart extends PartHeader {
  readonly kind: "single";
  /** IANA media type with its parameters */
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Content that lies elsewhere, and how to open it. */
export interface ExternalPart extends PartHeader {
  readonly kind: "external";
  readonly contentType: string;
  readonly url: string;
  /** seconds since 1970 after which the content is gone; 0: never */
  readonly expires: number;
  /** bytes of the content; 0: not told */
  readonly size: bigint;
  /** IANA AEAD number; 0: not encrypted */
  readonly encAlg: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  /** IANA named-information hash; 0: none */
  readonly hashAlg: number;
  /** hash of what lies at the URL */
  readonly contentHash: Uint8Array;
  readonly description: string;
  readonly filename: string;
}

/** Two or more parts. */
export interface MultiPart extends PartHeader {
  readonly kind: "multi";
  readonly semantics: PartSemantics;
  readonly parts: readonly NestedPart[];
}

/** A body, or a part of one. */
export type NestedPart = NullPart | SinglePart | ExternalPart | MultiPart;

/** When readers should delete the message: seconds after reading, or seconds since 1970. */
export interface Expiration {
  readonly relative: boolean;
  /** below 2^32 */
  readonly time: number;
}

/** An extension this code does not interpret: its key and its value as deterministic CBOR. */
export interface UnknownExtension {
  readonly key: number | string;
  readonly value: Uint8Array;
}

/** The extension map (§3.3): the two registered keys, and whatever else was there. */
export interface Extensions {
  readonly senderUri: string | undefined;
  readonly roomUri: string | undefined;
  readonly others: readonly UnknownExtension[];
}

/** One message. */
export interface MimiContent {
  /** 16 bytes, random for every message */
  readonly salt: Uint8Array;
  /** 32 bytes: the first version of the message that this one edits or deletes */
  readonly replaces: Uint8Array | undefined;
  /** empty: no topic */
  readonly topicId: Uint8Array;
  readonly expires: Expiration | undefined;
  /** 32 bytes: the version of the message that this one answers or reacts to */
  readonly inReplyTo: Uint8Array | undefined;
  readonly extensions: Extensions;
  readonly body: NestedPart;
}

/** The extension map of a message that says nothing beyond its body. */
export const NO_EXTENSIONS: Extensions = { senderUri: undefined, roomUri: undefined, others: [] };

/** Bytes of a message's salt. */
export const SALT_BYTES = 16;
/** Bytes of a message id. */
export const MESSAGE_ID_BYTES = 32;
/** IANA named-information hash number of SHA-256: the first byte of a message id. */
export const HASH_SHA256 = 1;

/** What a message id is made of. */
export interface MessageIdInput {
  readonly senderUri: string;
  readonly roomUri: string;
  /** the encoded message, as `encodeMimi` wrote it or `decodeMimi` accepted it */
  readonly content: Uint8Array;
  readonly sha256: Sha256;
}

function lengthAndText(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.byteLength > 0xffff) throw new RangeError("too long a URI");
  return concatBytes(Uint8Array.of(bytes.byteLength >> 8, bytes.byteLength & 0xff), bytes);
}

/**
 * The 32-byte id of a message: hash number, then the first 31 bytes of SHA-256 over sender, room, message and salt.
 *
 * @throws RangeError on a URI above 65,535 bytes, or when `content` cannot be MIMI content
 * @see draft-ietf-mimi-content-08 §2.3 · protocol/5-content.md C-4
 */
export function messageId({ senderUri, roomUri, content, sha256 }: MessageIdInput): Uint8Array {
  // Deterministic encoding fixes where the salt lies: after the heads of the array of 7 and of the 16-byte string.
  if (content[0] !== 0x87 || content[1] !== 0x50 || content.byteLength < 2 + SALT_BYTES)
    throw new RangeError("not MIMI content");
  const salt = content.subarray(2, 2 + SALT_BYTES);
  const hash = sha256(concatBytes(lengthAndText(senderUri), lengthAndText(roomUri), content, salt));
  return concatBytes(Uint8Array.of(HASH_SHA256), hash.subarray(0, MESSAGE_ID_BYTES - 1));
}
