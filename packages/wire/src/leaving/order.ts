/*
 * What somebody who leaves orders of a station (protocol/15-moving.md §4): the chain that says so, and what shows that the rest is theirs. Signed by
 * a live device for one link, so that nobody orders it again.
 */
import { ByteReader, ByteWriter, type Decoded, type Sha256 } from "../bytes/index.ts";
import {
  blobHash,
  deviceId,
  type BlobHash,
  type DeviceId,
  ID_SIZE_BYTES,
  identityId,
  type IdentityId,
} from "../ids.ts";
import { logId, type LogId, type StationKey } from "../ids.ts";
import { MAX_ENTRY_BYTES, MAX_OP_BYTES, MAX_OPS } from "../limits.ts";

const VERSION = 1;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Things of one kind in one order; of more there are several orders. */
const MAX_THINGS = 2048;
/** Such things that one order holds beside the longest chain. */
export const LEAVE_THINGS = 1024;

/** A reader key that needs nothing more: signed with it for this link. */
export interface LeavingReader {
  readonly log: LogId;
  /** 32 bytes */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

/** A chunk, and what hashes to its lock. */
export interface LeavingBlob {
  readonly hash: BlobHash;
  /** 32 bytes */
  readonly key: Uint8Array;
}

/** What is ordered. */
export interface LeaveOrder {
  readonly identity: IdentityId;
  readonly device: DeviceId;
  /** the whole chain, with the tombstone or with another home */
  readonly ops: readonly Uint8Array[];
  readonly readers: readonly LeavingReader[];
  /** logs of backups, opened for writing on this link */
  readonly backups: readonly LogId[];
  readonly blobs: readonly LeavingBlob[];
  /** nothing more follows: the station does the whole of it now */
  readonly isLast: boolean;
}

function body(order: LeaveOrder): Uint8Array {
  return new ByteWriter(4096)
    .u8(VERSION)
    .bytes(order.identity)
    .bytes(order.device)
    .list(order.ops, (to, op) => to.opaque(op))
    .list(order.readers, (to, { log, key, signature }) => to.bytes(log).bytes(key).bytes(signature))
    .list(order.backups, (to, log) => to.bytes(log))
    .list(order.blobs, (to, { hash, key }) => to.bytes(hash).bytes(key))
    .u8(order.isLast ? 1 : 0)
    .finish();
}

/** What the device signs for an order. */
export function leaveMessage(station: StationKey, nonce: Uint8Array, order: LeaveOrder, sha256: Sha256): Uint8Array {
  const writer = new ByteWriter(192).text("chapar leave v1").bytes(station).bytes(nonce);
  return writer.bytes(sha256(body(order))).finish();
}

/** What a reader key signs when it needs nothing more of a log. */
export function readerLeavesMessage(station: StationKey, nonce: Uint8Array, log: LogId): Uint8Array {
  return new ByteWriter(192).text("chapar reader leaves v1").bytes(station).bytes(nonce).bytes(log).finish();
}

/** Bytes of an order. @throws RangeError for one that is too long */
export function encodeLeaveOrder(order: LeaveOrder, signature: Uint8Array): Uint8Array {
  const bytes = new ByteWriter(4096).bytes(body(order)).bytes(signature).finish();
  if (bytes.byteLength > MAX_ENTRY_BYTES) throw new RangeError("an order above its limit");
  return bytes;
}

function flag(reader: ByteReader): boolean {
  const at = reader.offset;
  const value = reader.u8();
  if (!reader.failed && value > 1) reader.fail("wire/range", at);
  return value === 1;
}

/** Ids of bytes that a reader gave, which are short only after it failed. */
const sized = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteLength === size ? bytes : new Uint8Array(size);

/** Reads an order; no signature is checked. @param bytes  untrusted */
export function decodeLeaveOrder(bytes: Uint8Array): Decoded<LeaveOrder & { readonly signature: Uint8Array }> {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION && !reader.failed) reader.fail("wire/range", 0);
  const log = (from: ByteReader): LogId => logId(sized(from.bytes(KEY_BYTES), KEY_BYTES).slice());
  const order = {
    identity: identityId(sized(reader.bytes(ID_SIZE_BYTES.identity), ID_SIZE_BYTES.identity).slice()),
    device: deviceId(sized(reader.bytes(KEY_BYTES), KEY_BYTES).slice()),
    ops: reader.list(MAX_OPS, (from) => from.opaque(MAX_OP_BYTES).slice()),
    readers: reader.list(MAX_THINGS, (from) => ({
      log: log(from),
      key: from.bytes(KEY_BYTES).slice(),
      signature: from.bytes(SIGNATURE_BYTES).slice(),
    })),
    backups: reader.list(MAX_THINGS, log),
    blobs: reader.list(MAX_THINGS, (from) => ({
      hash: blobHash(sized(from.bytes(KEY_BYTES), KEY_BYTES).slice()),
      key: from.bytes(KEY_BYTES).slice(),
    })),
    isLast: flag(reader),
    signature: reader.bytes(SIGNATURE_BYTES).slice(),
  };
  return reader.finish(order);
}
