/*
 * What stands in a group context, where every member and nobody else reads it and MLS keeps it the same for all: where the room's log
 * rests and how it begins; of two people's conversation the creator's op chain (F-5), of a group its state (F-60).
 *
 *   room = version u8 (1), hub StationRef (key[32], urls list<4> of text<256>), genesis opaque<87>, ops list<256> of opaque<8192>
 *        | version u8 (2), hub StationRef, genesis opaque<87>, state (groups/group-state.ts)
 */
import {
  decodeEntry,
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
const MAX_GENESIS_BYTES = 128;
const MAX_OPS = 256;
const MAX_OP_BYTES = 8192;

/** A room as its context describes it. */
export interface RoomDescriptor {
  readonly hub: StationRef;
  /** the log's first entry */
  readonly genesis: Uint8Array;
  /** of two people's conversation: the creator's op chain; empty of a group */
  readonly ops: readonly Uint8Array[];
  /** undefined: a conversation of two people */
  readonly group: GroupState | undefined;
}

/** The context's bytes. */
export function encodeRoom(room: RoomDescriptor): Uint8Array {
  const writer = new ByteWriter(1024).u8(room.group === undefined ? OF_TWO : OF_MANY);
  writeStationRef(writer, room.hub);
  writer.opaque(room.genesis);
  if (room.group === undefined) return writer.list(room.ops, (to, op) => to.opaque(op)).finish();
  writeGroupState(writer, room.group);
  return writer.finish();
}

/** Reads a context from a stranger's group; fields are copies. */
export function decodeRoom(bytes: Uint8Array): Decoded<RoomDescriptor> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== OF_TWO && version !== OF_MANY) reader.fail("wire/range", 0);
  const { key, urls } = readStationRef(reader);
  const hub = { key: stationKey(key.slice()), urls };
  const genesis = reader.opaque(MAX_GENESIS_BYTES).slice();
  if (version === OF_MANY) return reader.finish({ hub, genesis, ops: [], group: readGroupState(reader) });
  const ops = reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice());
  return reader.finish({ hub, genesis, ops, group: undefined });
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
