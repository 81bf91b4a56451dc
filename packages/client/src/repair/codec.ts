/*
 * What members say to each other to give back what a station withholds (protocol/9-rule-r.md §7), as the frames of knocks into
 * inboxes:
 *
 *   frame    = u8 2 ‖ tag[16] ‖ nonce[12] ‖ AES-256-GCM(request | page | letters | let-in | moved), AAD = tag
 *   request  = u8 1, kind u8 0, conversation[20], log[32], from varint, to varint, wants list<64> of
 *              (device[32], from varint, to varint), inbox[32], StationRef
 *   page     = u8 1, kind u8 1, log[32], first varint, entries list<2048> of opaque, head opaque<1024>
 *   letters  = u8 1, kind u8 2, log[32], device[32], letters list<256> of (index varint, opaque<66560>)
 *   let-in   = u8 1, kind u8 3, conversation[20], device[32], ops list<256> of opaque<2048>, package opaque<16384>
 *   moved    = u8 1, kind u8 4, conversation[20], ops list<256> of opaque<2048>
 *
 * The tag says which epoch's secret opens it, to those who have the secret and to nobody else.
 */
import type { CryptoPort } from "@chapar/e2e";
import {
  type ConversationId,
  conversationId,
  type LogId,
  logId,
  MAX_ENTRIES,
  MAX_ENTRY_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_OP_BYTES,
  MAX_OPS,
  MAX_STATEMENT_BYTES,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, type Decoded } from "@chapar/wire/bytes";
import { repairTag, TAG_BYTES } from "./tag.ts";
import { REPAIR_FRAME } from "../sync/knock-frames.ts";

const VERSION = 1;
const KINDS = ["request", "page", "letters", "let-in", "moved"] as const;
const NONCE_BYTES = 12;
const HASH_BYTES = 32;
const CONVERSATION_BYTES = 20;
const MAX_LETTERS = 256;
/** Ranges of letters that one request names. */
export const MAX_WANTS = 64;
const MAX_LETTER_BYTES = 66_560;

/** Letters of a device that somebody wants, by sequence: `from` to `to - 1`. */
export interface Wanted {
  readonly device: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** A member asks for entries `from` to `to - 1` of a room, and for letters. */
export interface RepairRequest {
  readonly kind: "request";
  readonly conversation: ConversationId;
  readonly log: LogId;
  readonly from: number;
  readonly to: number;
  readonly wants: readonly Wanted[];
  /** where the answer is to go, and the station it rests at */
  readonly inbox: LogId;
  readonly home: StationRef;
}

/** Entries as they stand in the log, with a head that the log's station signed. */
export interface RepairPage {
  readonly kind: "page";
  readonly log: LogId;
  readonly first: number;
  readonly entries: readonly Uint8Array[];
  readonly head: Uint8Array;
}

/** Letters of one device, opened, and the indexes of their entries. */
export interface RepairLetters {
  readonly kind: "letters";
  readonly log: LogId;
  readonly device: Uint8Array;
  readonly letters: readonly { readonly index: number; readonly letter: Uint8Array }[];
}

/** A device asks to be taken into the group of a conversation (10-devices.md D-44). */
export interface RepairLetIn {
  readonly kind: "let-in";
  readonly conversation: ConversationId;
  readonly device: Uint8Array;
  /** the chain that lists the device */
  readonly ops: readonly Uint8Array[];
  readonly package: Uint8Array;
}

/** A member tells that their home is another now (15-moving.md M-11). */
export interface RepairMoved {
  readonly kind: "moved";
  readonly conversation: ConversationId;
  readonly ops: readonly Uint8Array[];
}

/** What a member says. */
export type RepairMessage = RepairRequest | RepairPage | RepairLetters | RepairLetIn | RepairMoved;

/** Bytes of a message. */
export function encodeRepair(message: RepairMessage): Uint8Array {
  const writer = new ByteWriter(1024).u8(VERSION).u8(KINDS.indexOf(message.kind));
  if (message.kind === "request") {
    writer.bytes(message.conversation).bytes(message.log).varint(message.from).varint(message.to);
    writer.list(message.wants, (into, { device, from, to }) => into.bytes(device).varint(from).varint(to));
    writer.bytes(message.inbox);
    writeStationRef(writer, message.home);
  } else if (message.kind === "page") {
    writer.bytes(message.log).varint(message.first);
    writer.list(message.entries, (to, entry) => to.opaque(entry)).opaque(message.head);
  } else if (message.kind === "let-in") {
    writer.bytes(message.conversation).bytes(message.device);
    writer.list(message.ops, (to, op) => to.opaque(op)).opaque(message.package);
  } else if (message.kind === "moved") {
    writer.bytes(message.conversation).list(message.ops, (to, op) => to.opaque(op));
  } else {
    writer.bytes(message.log).bytes(message.device);
    writer.list(message.letters, (to, { index, letter }) => to.varint(index).opaque(letter));
  }
  return writer.finish();
}

function readId(reader: ByteReader, sizeBytes: number): Uint8Array {
  const bytes = reader.bytes(sizeBytes);
  return reader.failed ? new Uint8Array(sizeBytes) : bytes.slice();
}

function readRequest(reader: ByteReader): RepairRequest {
  const conversation = conversationId(readId(reader, CONVERSATION_BYTES));
  const log = logId(readId(reader, HASH_BYTES));
  const from = reader.varint();
  const to = reader.varint();
  const wants = reader.list(MAX_WANTS, (out) => {
    const device = readId(out, HASH_BYTES);
    return { device, from: out.varint(), to: out.varint() };
  });
  const inbox = logId(readId(reader, HASH_BYTES));
  const { key, urls } = readStationRef(reader);
  const home = { key: stationKey(reader.failed ? new Uint8Array(HASH_BYTES) : key.slice()), urls };
  return { kind: "request", conversation, log, from, to, wants, inbox, home };
}

function readPage(reader: ByteReader): RepairPage {
  const log = logId(readId(reader, HASH_BYTES));
  const first = reader.varint();
  const entries = reader.list(MAX_ENTRIES, (from) => from.opaque(MAX_ENTRY_BYTES).slice());
  return { kind: "page", log, first, entries, head: reader.opaque(MAX_STATEMENT_BYTES).slice() };
}

function readLetters(reader: ByteReader): RepairLetters {
  const log = logId(readId(reader, HASH_BYTES));
  const device = readId(reader, HASH_BYTES);
  const letters = reader.list(MAX_LETTERS, (from) => ({
    index: from.varint(),
    letter: from.opaque(MAX_LETTER_BYTES).slice(),
  }));
  return { kind: "letters", log, device, letters };
}

function readLetIn(reader: ByteReader): RepairLetIn {
  const conversation = conversationId(readId(reader, CONVERSATION_BYTES));
  const device = readId(reader, HASH_BYTES);
  const ops = reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice());
  return { kind: "let-in", conversation, device, ops, package: reader.opaque(MAX_KEY_PACKAGE_BYTES).slice() };
}

function readMoved(reader: ByteReader): RepairMoved {
  const conversation = conversationId(readId(reader, CONVERSATION_BYTES));
  return {
    kind: "moved",
    conversation,
    ops: reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice()),
  };
}

/** Reads what a member said; never throws. Fields are copies. */
export function decodeRepair(bytes: Uint8Array): Decoded<RepairMessage> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const kind = KINDS[reader.u8()];
  if (!reader.failed && (version !== VERSION || kind === undefined)) reader.fail("wire/range", 0);
  if (kind === "page") return reader.finish(readPage(reader));
  if (kind === "letters") return reader.finish(readLetters(reader));
  if (kind === "let-in") return reader.finish(readLetIn(reader));
  if (kind === "moved") return reader.finish(readMoved(reader));
  return reader.finish(readRequest(reader));
}

/** The tag of a knock's frame; undefined when it is none of these. */
export function tagOf(frame: Uint8Array): Uint8Array | undefined {
  const isRepair = frame[0] === REPAIR_FRAME && frame.byteLength > 1 + TAG_BYTES + NONCE_BYTES;
  return isRepair ? frame.subarray(1, 1 + TAG_BYTES) : undefined;
}

/** The frame of a knock. */
export async function sealRepair(message: RepairMessage, secret: Uint8Array, crypto: CryptoPort): Promise<Uint8Array> {
  const tag = repairTag(secret, (bytes) => crypto.sha256(bytes));
  const nonce = crypto.random(NONCE_BYTES);
  const sealed = await crypto.aeadSeal(secret, nonce, tag, encodeRepair(message));
  return concatBytes(Uint8Array.of(REPAIR_FRAME), tag, nonce, sealed);
}

/** What a frame says under the secret of its tag; undefined when it was not sealed under it, or says nothing. */
export async function openRepair(
  frame: Uint8Array,
  secret: Uint8Array,
  crypto: CryptoPort,
): Promise<RepairMessage | undefined> {
  const tag = tagOf(frame);
  if (tag === undefined) return undefined;
  const nonce = frame.subarray(1 + TAG_BYTES, 1 + TAG_BYTES + NONCE_BYTES);
  const plain = await crypto.aeadOpen(secret, nonce, tag, frame.subarray(1 + TAG_BYTES + NONCE_BYTES));
  const decoded = plain && decodeRepair(plain);
  return decoded?.ok === true ? decoded.value : undefined;
}
