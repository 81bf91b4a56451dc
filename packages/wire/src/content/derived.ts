/*
 * What a message does not say but its reader knows: draft-ietf-mimi-content-08 §3.6 (MessageDerivedValues), as values and
 * as the draft's CBOR. The engine fills it from the MLS group and the hub's receipt; here are its codec and the checks of
 * a message against it.
 */
import { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import type { ContentCode, ContentDecoded } from "./codes.ts";
import { MAX_EXTENSION_LEVELS } from "./limits.ts";
import type { MimiContent } from "./mimi.ts";
import { readMessageId } from "./mimi-decode.ts";

const ITEMS = 7;
const U32_MAX = 0xffff_ffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
/** First bytes of `#6.1001`, the extended time of RFC 9581 §3. */
const EXTENDED_TIME_HEAD: readonly number[] = [0xd9, 0x03, 0xe9];
const MAP_MAJOR = 5;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
const SECOND_MS = 1000;

/** Milliseconds since 1970, or an RFC 9581 extended time as its CBOR. */
export type AcceptedTime =
  | { readonly kind: "ms"; readonly timeMs: bigint }
  | { readonly kind: "extended"; readonly value: Uint8Array };

/** The implied fields of one message. */
export interface DerivedValues {
  /** 32 bytes */
  readonly messageId: Uint8Array;
  readonly hubAccepted: AcceptedTime;
  readonly mlsGroupId: Uint8Array;
  readonly senderLeafIndex: number;
  readonly senderClientUrl: string;
  readonly senderUserUrl: string;
  readonly roomUrl: string;
}

/** Writes the fields as the draft's `MessageDerivedValues`. @throws RangeError on a leaf index of 2^32 or more */
export function encodeDerivedValues(values: DerivedValues): Uint8Array<ArrayBuffer> {
  if (values.senderLeafIndex > U32_MAX) throw new RangeError("a leaf index of 2^32 or more");
  const writer = new CborWriter().array(ITEMS).bytes(values.messageId);
  if (values.hubAccepted.kind === "ms") writer.uint(values.hubAccepted.timeMs);
  else writer.raw(values.hubAccepted.value);
  writer.bytes(values.mlsGroupId).uint(values.senderLeafIndex);
  return writer.text(values.senderClientUrl).text(values.senderUserUrl).text(values.roomUrl).finish();
}

function readTime(reader: CborReader, bytes: Uint8Array): AcceptedTime {
  const start = reader.offset;
  if (!EXTENDED_TIME_HEAD.every((byte, at) => bytes[start + at] === byte))
    return { kind: "ms", timeMs: reader.uint(U64_MAX) };
  if ((bytes[start + EXTENDED_TIME_HEAD.length] ?? 0) >> 5 !== MAP_MAJOR) reader.fail("content/bad-shape", start);
  return { kind: "extended", value: reader.raw(MAX_EXTENSION_LEVELS) };
}

/** Reads `MessageDerivedValues` from untrusted bytes. Codes as `decodeMimi`. */
export function decodeDerivedValues(bytes: Uint8Array): ContentDecoded<DerivedValues> {
  const reader = new CborReader(bytes);
  if (reader.array() !== ITEMS) reader.fail("content/bad-shape", 0);
  return reader.finish({
    messageId: readMessageId(reader),
    hubAccepted: readTime(reader, bytes),
    mlsGroupId: reader.bytes(),
    senderLeafIndex: reader.number(U32_MAX),
    senderClientUrl: reader.text(),
    senderUserUrl: reader.text(),
    roomUrl: reader.text(),
  });
}

/** What the group and the hub say of a message when it is checked. */
export interface Circumstances {
  readonly senderUri: string;
  readonly roomUri: string;
  /** when the hub accepted it, ms since 1970 */
  readonly acceptedMs: number;
}

/**
 * Why a decoded message is not to be believed where it arrived; undefined when it is.
 *
 * @returns `content/false-header` when it names another sender or room than the group does · `content/implausible-expiry`
 * when its expiry is more than a year away from when it was accepted
 * @see draft-ietf-mimi-content-08 §8.1 · protocol/5-content.md C-5
 */
export function contentFault(
  content: MimiContent,
  { senderUri, roomUri, acceptedMs }: Circumstances,
): ContentCode | undefined {
  const { extensions, expires } = content;
  if (extensions.senderUri !== undefined && extensions.senderUri !== senderUri) return "content/false-header";
  if (extensions.roomUri !== undefined && extensions.roomUri !== roomUri) return "content/false-header";
  if (expires === undefined) return undefined;
  const awayMs = expires.relative ? expires.time * SECOND_MS : Math.abs(expires.time * SECOND_MS - acceptedMs);
  return awayMs > YEAR_MS ? "content/implausible-expiry" : undefined;
}
