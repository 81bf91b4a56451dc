/*
 * Entries: what a log holds. The bytes of an entry are what is hashed into the tree and what is stored; a station reads
 * the header (`peekEntry`), never the frame. Layout: protocol/1-wire.md §5.
 */
import { ByteReader, ByteWriter, concatBytes, utf8, type Decoded, type Sha256 } from "../bytes/index.ts";
import { ID_SIZE_BYTES, logId, type LogId, type StationKey } from "../ids.ts";
import {
  BUCKETS_BYTES,
  MAX_COMMIT_FRAME_BYTES,
  MAX_ENTRY_BYTES,
  MAX_KNOCK_FRAME_BYTES,
  MAX_MESSAGE_FRAME_BYTES,
} from "../limits.ts";

const ENTRY_VERSION = 1;
const KEY_BYTES = 32;
/** Numbers of the kinds, and of what a genesis begins. */
const KINDS: readonly Entry["kind"][] = ["genesis", "message", "commit", "knock"];
const LOGS: readonly GenesisEntry["log"][] = ["room", "inbox", "branch"];

/** Index 0 of every log; the log's id is the hash of its station's key and these bytes. */
export interface GenesisEntry {
  readonly kind: "genesis";
  readonly log: "room" | "inbox" | "branch";
  /** 20 bytes: a room's conversation id; for an inbox 20 random bytes; for a branch zeros */
  readonly nonce: Uint8Array;
  /** Ed25519 public key of epoch 0's writers; all zeros for an inbox, which anyone may write to within limits */
  readonly writeKey: Uint8Array;
  /** Ed25519 public key of readers */
  readonly readKey: Uint8Array;
  /** of a branch alone: the room whose letters it takes while the hub is out of reach, and the epoch of these (J-1) */
  readonly of?: BranchOf | undefined;
}

/** What a branch is of. */
export interface BranchOf {
  readonly room: LogId;
  readonly epoch: number;
}

/** A sealed message: one MLS PrivateMessage, exactly one bucket long. */
export interface MessageEntry {
  readonly kind: "message";
  readonly epoch: number;
  readonly frame: Uint8Array;
}

/** A change of the group, and the keys of the epoch it begins. */
export interface CommitEntry {
  readonly kind: "commit";
  /** the epoch it ends */
  readonly epoch: number;
  readonly nextWriteKey: Uint8Array;
  readonly nextReadKey: Uint8Array;
  /** read keys of earlier epochs read up to this entry and no further (someone was removed) */
  readonly revokesReaders: boolean;
  readonly frame: Uint8Array;
}

/** A welcome or first contact left in an inbox. */
export interface KnockEntry {
  readonly kind: "knock";
  readonly frame: Uint8Array;
}

/** What a log holds at an index. */
export type Entry = GenesisEntry | MessageEntry | CommitEntry | KnockEntry;

/** All that a station needs to know of an entry: everything but the frame, which it only counts. */
export type EntryHeader =
  | GenesisEntry
  | (Omit<MessageEntry, "frame"> & { readonly frameBytes: number })
  | (Omit<CommitEntry, "frame"> & { readonly frameBytes: number })
  | (Omit<KnockEntry, "frame"> & { readonly frameBytes: number });

/** An entry of ours must pass our own decoder; what does not fit is a bug and throws. */
function checkFrame(frame: Uint8Array, maxBytes: number): Uint8Array {
  if (frame.byteLength > maxBytes) throw new RangeError(`a frame of ${frame.byteLength} bytes, above ${maxBytes}`);
  return frame;
}

function exactly(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new RangeError(`not ${sizeBytes} bytes: ${bytes.byteLength}`);
  return bytes;
}

/**
 * The bytes of an entry, as they are hashed, stored and sent.
 *
 * @throws RangeError for a frame that is not one bucket long (messages) or above its limit, or a key of another size
 */
export function encodeEntry(entry: Entry): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(entry.kind === "genesis" ? KEY_BYTES * 3 : entry.frame.byteLength + KEY_BYTES * 3);
  writer.u8(ENTRY_VERSION).u8(KINDS.indexOf(entry.kind));
  switch (entry.kind) {
    case "genesis":
      writer.u8(LOGS.indexOf(entry.log)).bytes(exactly(entry.nonce, ID_SIZE_BYTES.conversation));
      writer.bytes(exactly(entry.writeKey, KEY_BYTES)).bytes(exactly(entry.readKey, KEY_BYTES));
      if (entry.of !== undefined) writer.bytes(entry.of.room).index(entry.of.epoch);
      break;
    case "message":
      if (!BUCKETS_BYTES.includes(entry.frame.byteLength))
        throw new RangeError(`no bucket of ${entry.frame.byteLength} bytes`);
      writer.index(entry.epoch).opaque(entry.frame);
      break;
    case "commit":
      writer
        .index(entry.epoch)
        .bytes(exactly(entry.nextWriteKey, KEY_BYTES))
        .bytes(exactly(entry.nextReadKey, KEY_BYTES));
      writer.flag(entry.revokesReaders).opaque(checkFrame(entry.frame, MAX_COMMIT_FRAME_BYTES));
      break;
    case "knock":
      writer.opaque(checkFrame(entry.frame, MAX_KNOCK_FRAME_BYTES));
      break;
  }
  return writer.take();
}

/** The reader of each kind's body, after version and kind. */
const BODIES: Readonly<Record<Entry["kind"], (reader: ByteReader) => Entry>> = {
  genesis(reader) {
    const start = reader.offset;
    const log = LOGS[reader.u8()];
    if (log === undefined) reader.fail("wire/range", start);
    const nonce = reader.bytes(ID_SIZE_BYTES.conversation);
    const writeKey = reader.bytes(KEY_BYTES);
    const genesis = { kind: "genesis", log: log ?? "room", nonce, writeKey, readKey: reader.bytes(KEY_BYTES) } as const;
    if (log !== "branch") return genesis;
    return { ...genesis, of: { room: reader.bytes(KEY_BYTES) as LogId, epoch: reader.index() } };
  },
  message(reader) {
    const epoch = reader.index();
    const start = reader.offset;
    const frame = reader.opaque(MAX_MESSAGE_FRAME_BYTES);
    if (!BUCKETS_BYTES.includes(frame.byteLength)) reader.fail("wire/range", start);
    return { kind: "message", epoch, frame };
  },
  commit(reader) {
    const epoch = reader.index();
    const nextWriteKey = reader.bytes(KEY_BYTES);
    const nextReadKey = reader.bytes(KEY_BYTES);
    const revokesReaders = reader.flag();
    const frame = reader.opaque(MAX_COMMIT_FRAME_BYTES);
    return { kind: "commit", epoch, nextWriteKey, nextReadKey, revokesReaders, frame };
  },
  knock: (reader) => ({ kind: "knock", frame: reader.opaque(MAX_KNOCK_FRAME_BYTES) }),
};

/**
 * Reads an entry from untrusted bytes. Never throws.
 *
 * @returns the entry, its byte fields being views into `bytes`; a message whose frame is no bucket is `wire/range` (W-34)
 * Cost: O(1): nothing is copied or scanned.
 */
export function decodeEntry(bytes: Uint8Array): Decoded<Entry> {
  if (bytes.byteLength > MAX_ENTRY_BYTES) return { ok: false, code: "wire/too-long", offset: 0 };
  const reader = new ByteReader(bytes);
  if (reader.u8() !== ENTRY_VERSION) reader.fail("wire/range", 0);
  const kind = KINDS[reader.u8()];
  if (kind === undefined) reader.fail("wire/range", 1);
  return reader.finish(BODIES[kind ?? "knock"](reader));
}

/**
 * Reads and checks an entry as decodeEntry does, and answers everything but the frame: what a station may look at.
 * Never throws; keys are views into `bytes`.
 */
export function peekEntry(bytes: Uint8Array): Decoded<EntryHeader> {
  const decoded = decodeEntry(bytes);
  if (!decoded.ok) return decoded;
  return { ok: true, value: headerOf(decoded.value) };
}

/** Field by field: a station does this for every message, and taking one out of a spread costs more than all the rest. */
function headerOf(entry: Entry): EntryHeader {
  switch (entry.kind) {
    case "genesis":
      return entry;
    case "message":
      return { kind: "message", epoch: entry.epoch, frameBytes: entry.frame.byteLength };
    case "commit": {
      const { epoch, nextWriteKey, nextReadKey, revokesReaders, frame } = entry;
      return { kind: "commit", epoch, nextWriteKey, nextReadKey, revokesReaders, frameBytes: frame.byteLength };
    }
    case "knock":
      return { kind: "knock", frameBytes: entry.frame.byteLength };
    default:
      return entry satisfies never;
  }
}

/** The id of the log that a genesis entry begins at a station: nobody can make a second log with it (W-30). */
export function logIdOf(sha256: Sha256, station: StationKey, genesisBytes: Uint8Array): LogId {
  return logId(sha256(concatBytes(utf8("chapar log v1"), station, genesisBytes)));
}
