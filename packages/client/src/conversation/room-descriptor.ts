/*
 * What stands in a group context, where every member and nobody else reads it and MLS keeps it the same for all: where the room's log
 * rests and how it begins; of two people's conversation the creator's op chain (F-5), of a group its state (F-60).
 *
 *   room = version u8 (1), hub StationRef (key[32], urls list<4> of text<256>), genesis opaque<87>, ops list<256> of opaque<8192>
 *        | version u8 (2), hub StationRef, genesis opaque<87>, state (groups/group-state.ts)
 *        | version u8 (3 or 4), the fields of 1 or 2, before log[32], read varint (protocol/15-moving.md)
 */
import {
  decodeEntry,
  logId,
  logIdOf,
  type LogId,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, type Decoded, equalBytes, type Sha256 } from "@chapar/wire/bytes";
import { ClientError } from "../errors.ts";
import { type GroupState, readGroupState, writeGroupState } from "../groups/group-state.ts";

const OF_TWO = 1;
const OF_MANY = 2;
/** What is added to a version when the room is continued. */
const CONTINUED = 2;
const LOG_BYTES = 32;
const MAX_GENESIS_BYTES = 128;
const MAX_OPS = 256;
const MAX_OP_BYTES = 8192;

/** The log that a room's log continues. */
export interface BeforeLog {
  readonly log: LogId;
  /** how many of its entries the mover had verified */
  readonly read: number;
}

/** A room as its context describes it. */
export interface RoomDescriptor {
  readonly hub: StationRef;
  /** the log's first entry */
  readonly genesis: Uint8Array;
  /** of two people's conversation: the creator's op chain; empty of a group */
  readonly ops: readonly Uint8Array[];
  /** undefined: a conversation of two people */
  readonly group: GroupState | undefined;
  /** undefined: the first log of the room */
  readonly before?: BeforeLog | undefined;
}

/** The context's bytes. */
export function encodeRoom(room: RoomDescriptor): Uint8Array {
  const { before } = room;
  const version = (room.group === undefined ? OF_TWO : OF_MANY) + (before === undefined ? 0 : CONTINUED);
  const writer = new ByteWriter(1024).u8(version);
  writeStationRef(writer, room.hub);
  writer.opaque(room.genesis);
  if (room.group === undefined) writer.list(room.ops, (to, op) => to.opaque(op));
  else writeGroupState(writer, room.group);
  if (before !== undefined) writer.bytes(before.log).varint(before.read);
  return writer.finish();
}

/** Reads a context from a stranger's group; fields are copies. */
export function decodeRoom(bytes: Uint8Array): Decoded<RoomDescriptor> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const isContinued = version > CONTINUED;
  const kind = isContinued ? version - CONTINUED : version;
  if (kind !== OF_TWO && kind !== OF_MANY) reader.fail("wire/range", 0);
  const { key, urls } = readStationRef(reader);
  const hub = { key: stationKey(key.slice()), urls };
  const genesis = reader.opaque(MAX_GENESIS_BYTES).slice();
  const group = kind === OF_MANY ? readGroupState(reader) : undefined;
  const ops = kind === OF_MANY ? [] : reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice());
  return reader.finish({ hub, genesis, ops, group, before: isContinued ? readBefore(reader) : undefined });
}

function readBefore(reader: ByteReader): BeforeLog {
  const bytes = reader.bytes(LOG_BYTES);
  return { log: logId(reader.failed ? new Uint8Array(LOG_BYTES) : bytes.slice()), read: reader.varint() };
}

/**
 * The log of a described room.
 *
 * @throws ClientError `client/bad-room` the genesis is not that of a room with this conversation's id
 */
export function roomLog(room: RoomDescriptor, conversation: Uint8Array, sha256: Sha256): LogId {
  const nonce = describedConversation(room);
  if (nonce === undefined || !equalBytes(nonce, conversation)) throw new ClientError("client/bad-room");
  return logIdOf(sha256, room.hub.key, room.genesis);
}

/** The conversation that a room is of; undefined when its genesis is none of a room. */
export function describedConversation(room: RoomDescriptor): Uint8Array | undefined {
  const decoded = decodeEntry(room.genesis);
  if (!decoded.ok || decoded.value.kind !== "genesis" || decoded.value.log !== "room") return undefined;
  return decoded.value.nonce;
}
