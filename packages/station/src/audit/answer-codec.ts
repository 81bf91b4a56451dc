/* The bytes of an answer to an audit (K-41). */
import { MAP_PROOF_MAX_BYTES } from "@chapar/log";
import { MAX_ENTRY_BYTES, MAX_LEDGER_LEAF_BYTES, stationKey, type StationKey } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, type Sha256, type Signer, utf8 } from "@chapar/wire/bytes";
import {
  AUDIT_MAX_COUNT,
  AUDIT_NONCE_BYTES,
  type AuditDraw,
  type AuditQuestion,
  type AuditState,
  maxDraws,
} from "./terms.ts";

const VERSION = 1;
const LABEL = utf8("chapar audit answer v1");
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_PROOF_BYTES = 65_536;
const MAX_PATH = 64;
const STATES = ["bare", "here", "pruned", "expired", "removed", "missing"] as const;

/** Most bytes of an answer. */
export const AUDIT_MAX_BYTES: number =
  maxDraws(AUDIT_MAX_COUNT) * (MAP_PROOF_MAX_BYTES + 4096) + AUDIT_MAX_COUNT * (MAX_ENTRY_BYTES + 2 * MAX_PROOF_BYTES);

/** What an answer says. */
export interface AuditAnswer extends AuditQuestion {
  readonly station: StationKey;
  /** the published epoch: leaf and compact proof as the last leaf of its checkpoint */
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
  readonly draws: readonly AuditDraw[];
}

const signed = (body: Uint8Array, sha256: Sha256): Uint8Array => concatBytes(LABEL, sha256(body));

function writeState(out: ByteWriter, found: AuditState): void {
  out.u8(STATES.indexOf(found.state));
  if (found.state === "bare" || found.state === "missing") return;
  if (found.state !== "here") out.bytes(found.leafHash);
  out.list(found.path, (item, hash) => item.bytes(hash));
  if (found.state === "here") out.opaque(found.entry);
  if (found.state === "removed") out.opaque(found.leaf).opaque(found.proof);
}

function readState(reader: ByteReader): AuditState {
  const at = reader.offset;
  const state = STATES[reader.u8()];
  if (state === undefined) {
    reader.fail("wire/range", at);
    return { state: "missing" };
  }
  if (state === "bare" || state === "missing") return { state };
  const leafHash = state === "here" ? new Uint8Array(0) : reader.bytes(HASH_BYTES);
  const path = reader.list(MAX_PATH, (item) => item.bytes(HASH_BYTES));
  if (state === "here") return { state, path, entry: reader.opaque(MAX_ENTRY_BYTES) };
  if (state !== "removed") return { state, path, leafHash };
  const leaf = reader.opaque(MAX_LEDGER_LEAF_BYTES);
  return { state, path, leafHash, leaf, proof: reader.opaque(MAX_PROOF_BYTES) };
}

/** Signs an answer. @returns its bytes */
export async function signAuditAnswer(answer: AuditAnswer, signer: Signer, sha256: Sha256): Promise<Uint8Array> {
  const { station, nonce, count, leaf, proof, draws } = answer;
  const writer = new ByteWriter(65_536).u8(VERSION).bytes(station).bytes(nonce).u8(count).opaque(leaf).opaque(proof);
  writer.list(draws, (out, { key, mapProof, found }) => writeState(out.bytes(key).opaque(mapProof), found));
  const body = writer.finish();
  return concatBytes(body, await signer.sign(signed(body, sha256)));
}

/** An answer as read, and what its signature is over. */
export interface ReadAnswer {
  readonly answer: AuditAnswer;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads an answer; nothing in it is checked. @param bytes  untrusted */
export function readAuditAnswer(bytes: Uint8Array, sha256: Sha256): ReadAnswer | undefined {
  if (bytes.byteLength < SIGNATURE_BYTES || bytes.byteLength > AUDIT_MAX_BYTES) return undefined;
  const body = bytes.subarray(0, bytes.byteLength - SIGNATURE_BYTES);
  const reader = new ByteReader(body);
  if (reader.u8() !== VERSION) return undefined;
  const key = reader.bytes(HASH_BYTES);
  const fields = {
    nonce: reader.bytes(AUDIT_NONCE_BYTES),
    count: reader.u8(),
    leaf: reader.opaque(MAX_LEDGER_LEAF_BYTES),
    proof: reader.opaque(MAX_PROOF_BYTES),
    draws: reader.list(maxDraws(AUDIT_MAX_COUNT), (item) => ({
      key: item.bytes(HASH_BYTES),
      mapProof: item.opaque(MAP_PROOF_MAX_BYTES),
      found: readState(item),
    })),
  };
  const done = reader.finish(fields);
  if (!done.ok) return undefined;
  const signature = bytes.subarray(bytes.byteLength - SIGNATURE_BYTES);
  return { answer: { station: stationKey(key), ...done.value }, signed: signed(body, sha256), signature };
}
