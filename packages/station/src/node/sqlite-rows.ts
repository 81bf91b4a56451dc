/*
 * Between the port's values and SQLite's columns. Lists of byte strings (entries, ops) are one column: a varint count,
 * then each with its varint length, so a chunk of a thousand entries is one bound value.
 */
import { ledgerIdentityKey, ledgerSalt, logId, stationKey, type StationRef } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { Bug } from "../errors.ts";
import type { LogRecord, MirrorRecord, Write } from "../store/port.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { holeRow, readerRow, removalRow } from "./sqlite-hole-schema.ts";
import { LEAVING_NUMBER } from "./sqlite-leaving-schema.ts";
import { ledgerRowOf } from "./sqlite-ledger-schema.ts";
import type { CrossingRow } from "./row-memory.ts";

/** Numbers of the kinds of logs. */
const KINDS: readonly LogRecord["kind"][] = ["room", "inbox", "branch"];
const MAX_BYTES = 2 ** 30;

/** A row of `logs` as read. */
export interface LogRow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly kind: number;
  readonly genesis: Uint8Array;
  readonly epoch: number;
  readonly write_key: Uint8Array;
  readonly mirror: Uint8Array | null;
}

/** One change as the row that the writer runs. */
export function rowOf(write: Write): CrossingRow {
  switch (write.kind) {
    case "meta":
      return { change: "meta", values: [write.name, write.value] };
    case "account":
      return { change: "account", values: [write.identity, write.ops, write.ops.length, ledgerKeyOf(write.ops)] };
    case "key-package": {
      const { sequence, suite, given, bytes } = write.package;
      return {
        change: "package",
        values: [write.identity, write.device, sequence, given ? 1 : 0, bytes, suite],
      };
    }
    case "key-package.drop":
      return { change: "dropPackage", values: [write.identity, write.device, write.sequence] };
    case "key-package.drop-all":
      return { change: "dropPackages", values: [write.identity, write.device] };
    case "log": {
      const { record } = write;
      const mirror = record.mirror === undefined ? null : packMirror(record.mirror);
      const kind = KINDS.indexOf(record.kind);
      return {
        change: "log",
        values: [record.log, kind, record.genesis, record.epoch, record.writeKey, mirror],
      };
    }
    case "chunk": {
      const { log, first, entries, range, head, leaves } = write.chunk;
      return {
        change: "chunk",
        values: [log, first, entries.length, range, head, leaves, entries],
      };
    }
    case "hole":
      return holeRow(write.log, write.hole);
    case "reader":
      return readerRow(write.log, write.reader);
    case "removal":
      return removalRow(write.removal);
    case "removal.done":
      return { change: "removalDone", values: [write.log, write.index] };
    case "read-key":
      return { change: "readKey", values: [write.log, write.key, write.from] };
    case "revocation":
      return { change: "revocation", values: [write.log, write.at] };
    case "blob":
      return { change: "blob", values: [write.hash, write.bytes, write.lock ?? null] };
    case "blob.drop":
      return { change: "dropBlob", values: [write.hash] };
    case "blob.seal":
      return { change: "sealBlob", values: [write.hash] };
    case "reader.drop":
      return { change: "dropReader", values: [write.log, write.key] };
    case "leaving": {
      const { what, id, dueMs } = write.leaving;
      return { change: "leaving", values: [LEAVING_NUMBER[what], id, dueMs] };
    }
    case "leaving.done":
      return { change: "leavingDone", values: [LEAVING_NUMBER[write.leaving.what], write.leaving.id] };
    case "peer": {
      const { ref, region } = write.peer;
      return { change: "peer", values: [ref.key, JSON.stringify(ref.urls), region] };
    }
    case "ledger-leaf":
    case "ledger-tile":
    case "ledger-map":
    case "witness-head":
    case "witness-checkpoint":
      return ledgerRowOf(write);
    default:
      return write satisfies never;
  }
}

/** An account's key in the map of identities (S-3). */
export function ledgerKeyOf([genesis]: readonly Uint8Array[]): Uint8Array {
  if (genesis === undefined) throw new Bug("an account without ops");
  return ledgerIdentityKey(ledgerSalt(genesis, nodeSha256), nodeSha256);
}

/** The byte strings of a packed value, as views; from `skip` on. */
export function unpackList(packed: Uint8Array, skip = 0): Uint8Array[] {
  const reader = new ByteReader(packed);
  const decoded = reader.finish(reader.list(MAX_BYTES, (item) => item.opaque(MAX_BYTES)));
  if (!decoded.ok) throw new Bug("a stored list does not decode");
  return skip === 0 ? decoded.value : decoded.value.slice(skip);
}

function packMirror(mirror: MirrorRecord): Uint8Array {
  const writer = new ByteWriter(512).bytes(mirror.hub.key).list(mirror.hub.urls, (out, url) => out.text(url));
  writer.opaque(mirror.read.key).opaque(mirror.read.signature);
  return writer.optional(mirror.grant, (out, grant) => out.index(grant.epoch).opaque(grant.signature)).finish();
}

function unpackMirror(packed: Uint8Array): MirrorRecord {
  const reader = new ByteReader(packed);
  const key = reader.bytes(32);
  const urls = reader.list(16, (item) => item.text(2048));
  const read = { key: reader.opaque(64), signature: reader.opaque(64) };
  const grant = reader.optional((item) => ({ epoch: item.index(), signature: item.opaque(64) }));
  const decoded = reader.finish({ read, grant });
  if (!decoded.ok) throw new Bug("a stored mirror does not decode");
  return { hub: { key: stationKey(key), urls }, ...decoded.value };
}

/** What a row of `logs` says. */
export function logRecordOf(row: LogRow): LogRecord {
  return {
    log: logId(row.id),
    kind: KINDS[row.kind] ?? "inbox",
    genesis: row.genesis,
    epoch: row.epoch,
    writeKey: row.write_key,
    mirror: row.mirror === null ? undefined : unpackMirror(row.mirror),
  };
}

/** A row of `peers` as a station reference. */
export function stationRefOf(row: { readonly key: Uint8Array; readonly urls: string }): StationRef {
  const urls: unknown = JSON.parse(row.urls);
  if (!Array.isArray(urls)) throw new Bug("stored peer addresses do not parse");
  return { key: stationKey(row.key), urls: urls.filter((url) => typeof url === "string") };
}
