/*
 * MIMI content from untrusted bytes: draft-ietf-mimi-content-08, its CDDL, its encoding restrictions (§5) and those values
 * its security considerations (§8.1) say to discard. Never throws; cost is linear in the size, which is bounded.
 */
import { utf8 } from "../bytes/index.ts";
import { CborReader, compareKeys } from "./cbor-reader.ts";
import type { ContentDecoded } from "./codes.ts";
import {
  MAX_CONTENT_BYTES,
  MAX_EXTENSION_KEY_BYTES,
  MAX_EXTENSION_LEVELS,
  MAX_PART_LEVELS,
  MAX_PARTS,
  MAX_TOPIC_BYTES,
} from "./limits.ts";
import {
  type Expiration,
  type Extensions,
  type ExternalPart,
  HASH_SHA256,
  MESSAGE_ID_BYTES,
  type MimiContent,
  type NestedPart,
  type NullPart,
  SALT_BYTES,
  type UnknownExtension,
} from "./mimi.ts";
import { CARDINALITIES, EXTENSION_KEYS, PART_ITEMS, SEMANTICS } from "./mimi-encode.ts";

const U8_MAX = 0xff;
const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const CONTENT_ITEMS = 7;
const NOTHING: NullPart = { kind: "null", disposition: 0, language: "" };

/** How many parts may still come. */
interface Budget {
  parts: number;
}

/** A message id: 32 bytes whose first names the hash. */
export function readMessageId(reader: CborReader): Uint8Array {
  const start = reader.offset;
  const id = reader.bytesOf(MESSAGE_ID_BYTES);
  if (!reader.failed && id[0] !== HASH_SHA256) reader.fail("content/unknown-hash", start);
  return id;
}

function items(reader: CborReader, count: number): void {
  const start = reader.offset;
  if (reader.array() !== count) reader.fail("content/bad-shape", start);
}

function readExpiration(reader: CborReader): Expiration {
  items(reader, 2);
  return { relative: reader.bool(), time: reader.number(U32_MAX) };
}

function readExtensions(reader: CborReader, bytes: Uint8Array): Extensions {
  let senderUri: string | undefined;
  let roomUri: string | undefined;
  const others: UnknownExtension[] = [];
  let last: Uint8Array | undefined;
  const count = reader.map();
  for (let i = 0; i < count && !reader.failed; i++) {
    const start = reader.offset;
    const key = reader.key();
    const encoded = bytes.subarray(start, reader.offset);
    if (last !== undefined && compareKeys(last, encoded) >= 0) reader.fail("content/not-deterministic", start);
    last = encoded;
    const keyBytes = typeof key === "string" ? utf8(key).byteLength : 1;
    if (keyBytes < 1 || keyBytes > MAX_EXTENSION_KEY_BYTES) reader.fail("content/bad-shape", start);
    if (key === EXTENSION_KEYS.senderUri) senderUri = reader.text();
    else if (key === EXTENSION_KEYS.roomUri) roomUri = reader.text();
    else others.push({ key, value: reader.raw(MAX_EXTENSION_LEVELS - 1) });
  }
  return { senderUri, roomUri, others };
}

function readExternal(reader: CborReader): Omit<ExternalPart, "kind" | "disposition" | "language"> {
  return {
    contentType: reader.text(),
    url: reader.text(),
    expires: reader.number(U32_MAX),
    size: reader.uint(U64_MAX),
    encAlg: reader.number(U16_MAX),
    key: reader.bytes(),
    nonce: reader.bytes(),
    aad: reader.bytes(),
    hashAlg: reader.number(U8_MAX),
    contentHash: reader.bytes(),
    description: reader.text(),
    filename: reader.text(),
  };
}

function readParts(reader: CborReader, levels: number, budget: Budget): NestedPart[] {
  const start = reader.offset;
  const count = reader.array();
  if (!reader.failed && count < 2) reader.fail("content/bad-shape", start);
  const parts: NestedPart[] = [];
  for (let i = 0; i < count && !reader.failed; i++) parts.push(readPart(reader, levels, budget));
  return parts;
}

function readPart(reader: CborReader, levels: number, budget: Budget): NestedPart {
  const start = reader.offset;
  if (levels < 1) reader.fail("content/too-deep");
  if (--budget.parts < 0) reader.fail("content/too-large");
  const count = reader.array();
  const header = { disposition: reader.number(U8_MAX), language: reader.text() };
  const kind = CARDINALITIES[reader.number(CARDINALITIES.length - 1)];
  if (reader.failed || kind === undefined) return NOTHING;
  if (count !== PART_ITEMS[kind]) reader.fail("content/bad-shape", start);
  if (kind === "null") return { kind, ...header };
  if (kind === "single") return { kind, ...header, contentType: reader.text(), content: reader.bytes() };
  if (kind === "external") return { kind, ...header, ...readExternal(reader) };
  const at = reader.offset;
  const semantics = SEMANTICS[Number(reader.uint(U64_MAX))];
  if (semantics === undefined) reader.fail("content/unknown-semantics", at);
  return { kind, ...header, semantics: semantics ?? "process-all", parts: readParts(reader, levels - 1, budget) };
}

/**
 * Reads one message from untrusted bytes.
 *
 * @param bytes  at most `MAX_CONTENT_BYTES`; byte fields of the value are views of them
 * @returns the message, or `content/too-large` · `content/bad-cbor` · `content/not-deterministic` · `content/bad-shape` ·
 * `content/too-deep` · `content/unknown-hash` · `content/unknown-semantics` with the offset where reading stopped
 * Cost: linear in the size. Re-encoding the value gives the same bytes.
 * @see draft-ietf-mimi-content-08 · protocol/5-content.md C-1 to C-3
 */
export function decodeMimi(bytes: Uint8Array): ContentDecoded<MimiContent> {
  if (bytes.byteLength > MAX_CONTENT_BYTES) return { ok: false, code: "content/too-large", offset: MAX_CONTENT_BYTES };
  const reader = new CborReader(bytes);
  items(reader, CONTENT_ITEMS);
  const salt = reader.bytesOf(SALT_BYTES);
  const replaces = reader.nullable(() => readMessageId(reader));
  const topicAt = reader.offset;
  const topicId = reader.bytes();
  if (topicId.byteLength > MAX_TOPIC_BYTES) reader.fail("content/too-large", topicAt);
  const expires = reader.nullable(() => readExpiration(reader));
  const inReplyTo = reader.nullable(() => readMessageId(reader));
  const extensions = readExtensions(reader, bytes);
  const body = readPart(reader, MAX_PART_LEVELS, { parts: MAX_PARTS });
  return reader.finish({ salt, replaces, topicId, expires, inReplyTo, extensions, body });
}
