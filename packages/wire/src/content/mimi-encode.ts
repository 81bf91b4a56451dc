/*
 * MIMI content to bytes: draft-ietf-mimi-content-08 in deterministic CBOR. Input is ours: a value the draft does not allow
 * is a bug and throws RangeError. Round trip: what `decodeMimi` accepted is written back byte for byte.
 */
import { utf8 } from "../bytes/index.ts";
import { CborReader } from "./cbor-reader.ts";
import { cborText, CborWriter } from "./cbor-writer.ts";
import {
  MAX_CONTENT_BYTES,
  MAX_EXTENSION_KEY_BYTES,
  MAX_EXTENSION_LEVELS,
  MAX_PART_LEVELS,
  MAX_PARTS,
  MAX_TOPIC_BYTES,
} from "./limits.ts";
import {
  type Extensions,
  type ExternalPart,
  MESSAGE_ID_BYTES,
  type MimiContent,
  type NestedPart,
  type PartSemantics,
  SALT_BYTES,
} from "./mimi.ts";

/** Numbers of the part semantics, as their place. */
export const SEMANTICS: readonly PartSemantics[] = ["choose-one", "single-unit", "process-all"];
/** Numbers of the cardinalities, as their place. */
export const CARDINALITIES: readonly NestedPart["kind"][] = ["null", "single", "external", "multi"];
/** Items of each cardinality's array. */
export const PART_ITEMS: Readonly<Record<NestedPart["kind"], number>> = { null: 3, single: 5, external: 15, multi: 5 };
/** Keys of the registered extensions (§7.2.1). */
export const EXTENSION_KEYS = { senderUri: 1, roomUri: 2 } as const;

function within(value: number, max: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${what} is not in 0..${max}`);
  return value;
}

function exact(bytes: Uint8Array, sizeBytes: number, what: string): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new RangeError(`${what} has ${bytes.byteLength} bytes, not ${sizeBytes}`);
  return bytes;
}

function extensionPairs(extensions: Extensions): (readonly [number | string, Uint8Array])[] {
  const pairs: (readonly [number | string, Uint8Array])[] = [];
  if (extensions.senderUri !== undefined) pairs.push([EXTENSION_KEYS.senderUri, cborText(extensions.senderUri)]);
  if (extensions.roomUri !== undefined) pairs.push([EXTENSION_KEYS.roomUri, cborText(extensions.roomUri)]);
  for (const { key, value } of extensions.others) {
    const sizeBytes = typeof key === "string" ? utf8(key).byteLength : 1;
    if (sizeBytes < 1 || sizeBytes > MAX_EXTENSION_KEY_BYTES) throw new RangeError("an extension's key");
    const reader = new CborReader(value);
    if (!reader.finish(reader.raw(MAX_EXTENSION_LEVELS - 1)).ok) throw new RangeError("an extension's CBOR");
    pairs.push([key, value]);
  }
  return pairs;
}

function writeExternal(writer: CborWriter, part: ExternalPart): void {
  writer.text(part.contentType).text(part.url);
  writer.uint(within(part.expires, 0xffff_ffff, "expires"));
  writer.uint(BigInt.asUintN(64, part.size));
  writer.uint(within(part.encAlg, 0xffff, "encAlg"));
  writer.bytes(part.key).bytes(part.nonce).bytes(part.aad);
  writer.uint(within(part.hashAlg, 0xff, "hashAlg")).bytes(part.contentHash);
  writer.text(part.description).text(part.filename);
}

function writePart(writer: CborWriter, part: NestedPart, levels: number): number {
  if (levels < 1) throw new RangeError(`parts nested more than ${MAX_PART_LEVELS} deep`);
  writer.array(PART_ITEMS[part.kind]);
  writer.uint(within(part.disposition, 0xff, "disposition")).text(part.language);
  writer.uint(CARDINALITIES.indexOf(part.kind));
  if (part.kind === "single") writer.text(part.contentType).bytes(part.content);
  if (part.kind === "external") writeExternal(writer, part);
  if (part.kind !== "multi") return 1;
  if (part.parts.length < 2) throw new RangeError("too few parts");
  writer.uint(SEMANTICS.indexOf(part.semantics)).array(part.parts.length);
  return part.parts.reduce((count, nested) => count + writePart(writer, nested, levels - 1), 1);
}

/** Writes one message. @throws RangeError on what the draft or protocol/5-content.md §5 does not allow */
export function encodeMimi(content: MimiContent): Uint8Array<ArrayBuffer> {
  if (content.topicId.byteLength > MAX_TOPIC_BYTES)
    throw new RangeError(`a topic of more than ${MAX_TOPIC_BYTES} bytes`);
  const writer = new CborWriter();
  writer.array(7).bytes(exact(content.salt, SALT_BYTES, "salt"));
  writer.nullable(content.replaces, (out, id) => out.bytes(exact(id, MESSAGE_ID_BYTES, "replaces")));
  writer.bytes(content.topicId);
  writer.nullable(content.expires, (out, { relative, time }) =>
    out
      .array(2)
      .bool(relative)
      .uint(within(time, 0xffff_ffff, "expiration time")),
  );
  writer.nullable(content.inReplyTo, (out, id) => out.bytes(exact(id, MESSAGE_ID_BYTES, "inReplyTo")));
  writer.map(extensionPairs(content.extensions));
  if (writePart(writer, content.body, MAX_PART_LEVELS) > MAX_PARTS)
    throw new RangeError(`more than ${MAX_PARTS} parts`);
  const bytes = writer.finish();
  if (bytes.byteLength > MAX_CONTENT_BYTES) throw new RangeError(`content of more than ${MAX_CONTENT_BYTES} bytes`);
  return bytes;
}
