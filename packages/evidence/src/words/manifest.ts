/*
 * Manifests (E-11, E-14, E-15): what a station has of a range of a log, and of what it has not, why.
 *
 *   log[32], reader optional [32], timeMs varint, size varint, root[32], first varint, ack opaque<256>,
 *   tombstones list<64> of (offset varint, generation varint, ledgerIndex varint), items list<256> of (status u8, leafHash[32])
 */
import { type LogId, logId, MAX_ACK_BYTES, MAX_MANIFEST_BYTES, MAX_MANIFEST_ITEMS, stationKey } from "@chapar/wire";
import type { ByteReader, ByteWriter, Signer } from "@chapar/wire/bytes";
import { isGeneration } from "../claims/generation.ts";
import { type EvidenceDecoded, EvidenceError, refuseAt } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import { ITEM_STATUSES, type ItemStatus, type Manifest, type ManifestItem, type TombstonePlace } from "../types.ts";
import { decodeWord, hash, HASH_BYTES, readKey, signWord, verifyWord, type WordForm } from "./outer.ts";

/** Most removed items of one manifest: a station ends one before the next. */
export const MAX_TOMBSTONES = 64;

/** What a station says in a manifest. */
export type ManifestFields = Omit<Manifest, "kind" | "station" | "signature">;

const FORM: WordForm<ManifestFields, ManifestFields> = {
  number: 1,
  label: "chapar manifest v1",
  maxBytes: MAX_MANIFEST_BYTES,
  write,
  read,
};

function write(writer: ByteWriter, fields: ManifestFields): void {
  writer.bytes(hash(fields.log)).optional(fields.reader, (to, key) => to.bytes(hash(key)));
  writer.varint(fields.timeMs).varint(fields.size).bytes(hash(fields.root)).varint(fields.first).opaque(fields.ack);
  writer.list(fields.tombstones, (to, one) => to.varint(one.offset).varint(one.generation).varint(one.ledgerIndex));
  writer.list(fields.items, (to, item) => to.u8(ITEM_STATUSES.indexOf(item.status)).bytes(hash(item.leafHash)));
}

function read(reader: ByteReader): ManifestFields {
  const log = readLog(reader);
  return {
    log,
    reader: reader.optional((from) => from.bytes(HASH_BYTES)),
    timeMs: reader.varint(),
    size: reader.varint(),
    root: reader.bytes(HASH_BYTES),
    first: reader.varint(),
    ack: reader.opaque(MAX_ACK_BYTES),
    tombstones: reader.list(MAX_TOMBSTONES, readTombstone),
    items: reader.list(MAX_MANIFEST_ITEMS, readItem),
  };
}

/** A log id from a reader; zeros after it failed. */
export function readLog(reader: ByteReader): LogId {
  const bytes = reader.bytes(HASH_BYTES);
  return logId(reader.failed ? new Uint8Array(HASH_BYTES) : bytes);
}

function readTombstone(reader: ByteReader): TombstonePlace {
  const offset = reader.varint();
  const at = reader.offset;
  const generation = reader.varint();
  if (!isGeneration(generation)) reader.fail("wire/range", at);
  return { offset, generation, ledgerIndex: reader.varint() };
}

function readItem(reader: ByteReader): ManifestItem {
  const at = reader.offset;
  const status: ItemStatus | undefined = ITEM_STATUSES[reader.u8()];
  if (status === undefined) reader.fail("wire/range", at);
  return { status: status ?? "present", leafHash: reader.bytes(HASH_BYTES) };
}

/** Whether its parts fit each other: items below the size, one tombstone for each removed item, an ack only of a reader. */
function isSound(fields: ManifestFields): boolean {
  const { first, items, size, tombstones, reader, ack } = fields;
  if (first + items.length > size || (reader === undefined && ack.byteLength > 0)) return false;
  const removed = items.flatMap((item, offset) => (item.status === "removed" ? [offset] : []));
  return removed.length === tombstones.length && removed.every((offset, i) => tombstones[i]?.offset === offset);
}

/**
 * Signs a manifest.
 *
 * @param fields  one tombstone for each removed item, by rising offset; at most 256 items and 64 tombstones
 * @returns its bytes: at most 224, 33 for each item, the ack, and 3 to 18 for each tombstone
 * @throws EvidenceError `evidence/bad-argument` for fields that do not fit each other
 * @see E-11, E-14
 */
export async function signManifest(fields: ManifestFields, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const isSmall = fields.items.length <= MAX_MANIFEST_ITEMS && fields.tombstones.length <= MAX_TOMBSTONES;
  if (!isSmall || fields.ack.byteLength > MAX_ACK_BYTES || !isSound(fields))
    throw new EvidenceError("evidence/bad-argument", "not a manifest");
  return signWord(FORM, fields, signer);
}

/**
 * Decodes a manifest; its signature and its ack are not checked.
 *
 * @param bytes  untrusted; the value keeps views of it
 * @returns `evidence/malformed` another kind, or parts that do not fit each other; a `wire/` code for other bytes
 */
export function decodeManifest(bytes: Uint8Array): EvidenceDecoded<Manifest> {
  const decoded = decodeWord(FORM, bytes);
  if (!decoded.ok) return decoded;
  const { signer, signature, ...fields } = decoded.value;
  if (!isSound(fields)) return refuseAt("evidence/malformed", 0);
  return { ok: true, value: { kind: "manifest", station: readKey(signer), ...fields, signature } };
}

/** Whether the station that a manifest names signed it. Cost: one signature check. */
export function verifyManifest(manifest: Manifest, ports: Pick<EvidencePorts, "verify">): Promise<boolean> {
  return verifyWord(FORM, manifest, { signer: stationKey(manifest.station), signature: manifest.signature }, ports);
}
