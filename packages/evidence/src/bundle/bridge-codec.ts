/* Hashes of a proof, and a bridge: a hash of a tree and its proof (§4). `hashes = list<64> of [32]`, `bridge = other[32], hashes`. */
import type { TreeBridge } from "@chapar/log";
import { MAX_PROOF_HASHES } from "@chapar/wire";
import type { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { hash, HASH_BYTES } from "../words/outer.ts";

/** Writes a list of hashes. @throws EvidenceError `evidence/bad-argument` for one that is not 32 bytes */
export function writeHashes(writer: ByteWriter, hashes: readonly Uint8Array[]): void {
  writer.list(hashes, (to, one) => to.bytes(hash(one)));
}

/** Reads a list of hashes. */
export function readHashes(reader: ByteReader): Uint8Array[] {
  return reader.list(MAX_PROOF_HASHES, (from) => from.bytes(HASH_BYTES));
}

/** Writes an optional bridge. */
export function writeBridge(writer: ByteWriter, bridge: TreeBridge | undefined): void {
  writer.optional(bridge, (to, { other, proof }) => writeHashes(to.bytes(hash(other)), proof));
}

/** Reads an optional bridge. */
export function readBridge(reader: ByteReader): TreeBridge | undefined {
  return reader.optional((from) => ({ other: from.bytes(HASH_BYTES), proof: readHashes(from) }));
}
