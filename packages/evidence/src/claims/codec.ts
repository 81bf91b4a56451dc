/*
 * Claims as bytes (§3):
 *
 *   leaf claim    leaf opaque<1200>, proof opaque<16384>
 *   map claim     leaf claim of an epoch, map proof opaque<16384>
 */
import { MAX_LEDGER_LEAF_BYTES, MAX_LEDGER_PROOF_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type { EvidenceDecoded } from "../errors.ts";
import type { LeafClaim, MapClaim } from "../types.ts";

/** Writes a leaf claim. */
export function writeLeafClaim(writer: ByteWriter, claim: LeafClaim): void {
  writer.opaque(claim.leaf).opaque(claim.proof);
}

/** Reads a leaf claim. */
export function readLeafClaim(reader: ByteReader): LeafClaim {
  return { leaf: reader.opaque(MAX_LEDGER_LEAF_BYTES), proof: reader.opaque(MAX_LEDGER_PROOF_BYTES) };
}

/** Bytes of a map claim. */
export function encodeMapClaim(claim: MapClaim): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(2048);
  writeLeafClaim(writer, claim.epoch);
  return writer.opaque(claim.mapProof).finish();
}

/** Decodes a map claim; nothing in it is checked. @param bytes  untrusted; the value keeps views of it */
export function decodeMapClaim(bytes: Uint8Array): EvidenceDecoded<MapClaim> {
  const reader = new ByteReader(bytes);
  const epoch = readLeafClaim(reader);
  return reader.finish({ epoch, mapProof: reader.opaque(MAX_LEDGER_PROOF_BYTES) });
}
