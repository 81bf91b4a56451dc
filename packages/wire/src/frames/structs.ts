/*
 * The fields that many frames share: ids, the lists of ops and entries, and the records of types.ts that have a name.
 */
import { ID_SIZE_BYTES, type BlobHash, type DeviceId, type IdentityId, type LogId, type StationKey } from "../ids.ts";
import {
  MAX_ENTRIES,
  MAX_ENTRY_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_LEDGER_LEAF_BYTES,
  MAX_LEDGER_PROOF_BYTES,
  MAX_OP_BYTES,
  MAX_OPS,
  MAX_ROUTES,
  MAX_STATEMENT_BYTES,
  MAX_URL_BYTES,
  MAX_URLS,
} from "../limits.ts";
import { fixed, list, opaque, optional, struct, varint, type Field, type Struct } from "./fields.ts";
import {
  readRegion,
  readRouteUrl,
  readStationRef,
  writeRegion,
  writeRouteUrl,
  writeStationRef,
} from "../identity/station-ref.ts";
import type { LoggedLeaf, ReadProof, StationRef, TakenKeys, WriteProof } from "./types.ts";

export const identity: Field<IdentityId> = fixed(ID_SIZE_BYTES.identity);
export const device: Field<DeviceId> = fixed(ID_SIZE_BYTES.device);
export const station: Field<StationKey> = fixed(ID_SIZE_BYTES.station);
export const log: Field<LogId> = fixed(ID_SIZE_BYTES.log);
export const blob: Field<BlobHash> = fixed(ID_SIZE_BYTES.blob);
/** Random bytes that a proof signs. */
export const nonce: Field<Uint8Array> = fixed(32);
/** An Ed25519 signature. */
export const signature: Field<Uint8Array> = fixed(64);
/** A log's index or size, or an epoch. */
export const index: Field<number> = varint();

export const ops: Field<readonly Uint8Array[]> = list(opaque(MAX_OP_BYTES), MAX_OPS);
export const entry: Field<Uint8Array> = opaque(MAX_ENTRY_BYTES);
export const entries: Field<readonly Uint8Array[]> = list(entry, MAX_ENTRIES);
/** A receipt or signed head. */
export const statement: Field<Uint8Array> = opaque(MAX_STATEMENT_BYTES);
export const keyPackage: Field<Uint8Array> = opaque(MAX_KEY_PACKAGE_BYTES);
/** Number of an MLS cipher suite (RFC 9420 §17.1). */
export const suite: Field<number> = varint(0, 0xffff);

/** As in ops and invites: one codec, one idea of what a URL is. */
export const stationRef: Struct<StationRef> = {
  name: "StationRef",
  layout: " StationRef",
  fields: `key[${ID_SIZE_BYTES.station}], urls list<${MAX_URLS}> of text<${MAX_URL_BYTES}> (a scheme, then printable ASCII)`,
  write: writeStationRef,
  read: readStationRef,
};
/** Further routes to a station, best first. */
export const routes: Field<readonly string[]> = list(
  {
    layout: ` text<${MAX_URL_BYTES}> (a scheme, then printable ASCII)`,
    write: (writer, url) => writeRouteUrl(writer, url),
    read: readRouteUrl,
  },
  MAX_ROUTES,
);
/** ISO 3166-1 alpha-2. */
export const region: Field<string> = { layout: "[2] A-Z", write: writeRegion, read: readRegion };
/** The station a request is passed on to; none means the one asked. */
export const at: Field<StationRef | undefined> = optional(stationRef);
export const readProof: Struct<ReadProof> = struct<ReadProof>("ReadProof", { key: fixed(32), signature });
export const writeProof: Struct<WriteProof> = struct<WriteProof>("WriteProof", { epoch: index, signature });
export const takenKeys: Struct<TakenKeys> = struct<TakenKeys>("TakenKeys", { device, package: keyPackage });
export const loggedLeaf: Struct<LoggedLeaf> = struct<LoggedLeaf>("LoggedLeaf", {
  leaf: opaque(MAX_LEDGER_LEAF_BYTES),
  proof: opaque(MAX_LEDGER_PROOF_BYTES),
});

/** Those that the protocol's page describes below its table. */
export const NAMED_STRUCTS: readonly Pick<Struct<unknown>, "name" | "fields">[] = [
  stationRef,
  readProof,
  writeProof,
  takenKeys,
  loggedLeaf,
];
