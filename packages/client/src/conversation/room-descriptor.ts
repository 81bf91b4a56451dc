/*
 * What a room's creator puts into the group context, where every member and nobody else reads it and MLS keeps it the
 * same for all: where the room's log rests and how it begins, and the creator's op chain (F-5).
 *
 *   room = version u8 (1), hub StationRef (key[32], urls list<4> of text<256>), genesis opaque<87>, ops list<256> of opaque<8192>
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

const VERSION = 1;
const MAX_GENESIS_BYTES = 128;
const MAX_OPS = 256;
const MAX_OP_BYTES = 8192;

/** A room as its creator describes it. */
export interface RoomDescriptor {
  readonly hub: StationRef;
  /** the log's first entry */
  readonly genesis: Uint8Array;
  /** the creator's op chain */
  readonly ops: readonly Uint8Array[];
}

/** The context's bytes. */
export function encodeRoom(room: RoomDescriptor): Uint8Array {
  const writer = new ByteWriter(1024).u8(VERSION);
  writeStationRef(writer, room.hub);
  return writer
    .opaque(room.genesis)
    .list(room.ops, (to, op) => to.opaque(op))
    .finish();
}

/** Reads a context from a stranger's group; fields are copies. */
export function decodeRoom(bytes: Uint8Array): Decoded<RoomDescriptor> {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) reader.fail("wire/range", 0);
  const { key, urls } = readStationRef(reader);
  const genesis = reader.opaque(MAX_GENESIS_BYTES).slice();
  const ops = reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice());
  return reader.finish({ hub: { key: stationKey(key.slice()), urls }, genesis, ops });
}

/**
 * The log of a described room.
 *
 * @throws ClientError `client/bad-room` the genesis is not that of a room with this conversation's id
 */
export function roomLog(room: RoomDescriptor, conversation: Uint8Array, sha256: Sha256): LogId {
  const decoded = decodeEntry(room.genesis);
  if (!decoded.ok) throw new ClientError("client/bad-room", decoded.code);
  const genesis = decoded.value;
  const fits = genesis.kind === "genesis" && genesis.log === "room" && equalBytes(genesis.nonce, conversation);
  if (!fits) throw new ClientError("client/bad-room");
  return logIdOf(sha256, room.hub.key, room.genesis);
}
