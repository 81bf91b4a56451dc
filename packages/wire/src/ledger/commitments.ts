/*
 * How things are named in a station log without being told. An identity's salt is a hash of its genesis op, which has three
 * random keys in it: whoever holds the chain finds its commitments, whoever only holds the log (or the 20 bytes of the id)
 * finds nothing, and no station can choose a second name for a person. When a chain is deleted everywhere, nobody can tell any
 * more whose its commitments were.
 */
import { ByteReader, ByteWriter, concatBytes, utf8, type Decoded, type Sha256 } from "../bytes/index.ts";
import { opHash } from "../identity/op.ts";
import { ID_SIZE_BYTES, idText, parseIdText, stationKey, type LogId, type StationKey } from "../ids.ts";

const SALT_LABEL = utf8("chapar ledger salt v1");
const IDENTITY_LABEL = utf8("chapar ledger identity v1");
const OP_LABEL = utf8("chapar ledger op v1");
const LOG_LABEL = utf8("chapar ledger log v1");
const HASH_BYTES = 32;

/**
 * The origin line of a station's log, and the name of the key that signs it.
 *
 * @param generation  from 1: how often the log was begun anew after a restoration, and once (E-3)
 */
export function ledgerOrigin(station: StationKey, generation = 1): string {
  return generation === 1 ? `${idText(station)}/ledger` : `${idText(station)}/ledger.${generation}`;
}

/** Whose log an origin names, and which generation of it; undefined for one that no station's log has. @param origin  untrusted */
export function parseLedgerOrigin(
  origin: string,
): { readonly station: StationKey; readonly generation: number } | undefined {
  const [, name = "", digits = "1"] = /^([a-z2-7]{52})\/ledger(?:\.([1-9][0-9]{0,8}))?$/.exec(origin) ?? [];
  const key = parseIdText(name, ID_SIZE_BYTES.station);
  const generation = Number(digits);
  // One spelling for each: the first generation has no number.
  if (key === undefined || ledgerOrigin(stationKey(key), generation) !== origin) return undefined;
  return { station: stationKey(key), generation };
}

/** What an identity's map key and commitments are salted with: 32 bytes. */
export function ledgerSalt(genesis: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(SALT_LABEL, genesis));
}

/** An identity's key in the map of identities. */
export function ledgerIdentityKey(salt: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(IDENTITY_LABEL, salt));
}

/** The commitment to an op: to all before it as well, for an op names the hash of its predecessor (I-4). */
export function opCommitment(salt: Uint8Array, seq: number, op: Uint8Array, sha256: Sha256): Uint8Array {
  const place = new ByteWriter(4).u32(seq).finish();
  return sha256(concatBytes(OP_LABEL, salt, place, opHash(op, sha256)));
}

/** A log's key in the map of heads: existence of a room is told only to those who hold its id (W-11). */
export function ledgerLogKey(log: LogId, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(LOG_LABEL, log));
}

/** What the map of identities has for one: how many ops there are, and the commitment to the last. */
export interface LedgerIdentity {
  /** 1 or more */
  readonly opCount: number;
  readonly commitment: Uint8Array;
}

/** What the map of heads has for a log. */
export interface LedgerHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** What the map must have for a chain of ops, in order, at least one. */
export function ledgerIdentityOf(ops: readonly Uint8Array[], sha256: Sha256): LedgerIdentity {
  const [genesis] = ops;
  const last = ops.at(-1);
  if (genesis === undefined || last === undefined) throw new RangeError("a chain without ops");
  const commitment = opCommitment(ledgerSalt(genesis, sha256), ops.length - 1, last, sha256);
  return { opCount: ops.length, commitment };
}

/** Bytes of a value of the map of identities. */
export function encodeLedgerIdentity(value: LedgerIdentity): Uint8Array {
  return new ByteWriter(36).u32(value.opCount).bytes(value.commitment).finish();
}

/** Reads a value of the map of identities. @param bytes  untrusted */
export function decodeLedgerIdentity(bytes: Uint8Array): Decoded<LedgerIdentity> {
  const reader = new ByteReader(bytes);
  const opCount = reader.u32();
  if (!reader.failed && opCount === 0) reader.fail("wire/range", 0);
  return reader.finish({ opCount, commitment: reader.bytes(HASH_BYTES) });
}

/** Bytes of a value of the map of heads. */
export function encodeLedgerHead(value: LedgerHead): Uint8Array {
  return new ByteWriter(40).index(value.size).bytes(value.root).finish();
}

/** Reads a value of the map of heads. @param bytes  untrusted */
export function decodeLedgerHead(bytes: Uint8Array): Decoded<LedgerHead> {
  const reader = new ByteReader(bytes);
  return reader.finish({ size: reader.index(), root: reader.bytes(HASH_BYTES) });
}
