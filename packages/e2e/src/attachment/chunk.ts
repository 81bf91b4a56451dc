/*
 * One chunk of a sealed file. STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): the nonce carries the chunk's index and
 * whether it is the last, under a key for this file only, so a chunk opens in its own place and nowhere else.
 * Layout: protocol/5-content.md §5.
 */
import { BLOB_CHUNK_BYTES, type BlobHash, blobHash } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes, utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";

const SIZE_FIELD_BYTES = 3;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_PREFIX_BYTES = 7;
const MAX_INDEX = 0xffff_ffff;
const CHUNK_LABEL = utf8("chapar chunk v1");

/** Bytes of a file that one chunk holds. */
export const CHUNK_CAPACITY_BYTES: number = BLOB_CHUNK_BYTES - SIZE_FIELD_BYTES;
/** Bytes of every sealed chunk. */
export const SEALED_CHUNK_BYTES: number = BLOB_CHUNK_BYTES + TAG_BYTES;
/** Bytes of a file's key and of its nonce. */
export const FILE_KEY_BYTES = 32;
/** Bytes of a file's nonce: the salt of its chunk keys. */
export const FILE_NONCE_BYTES = 12;

/** The primitives chunks are sealed with. */
export type ChunkCrypto = Pick<CryptoPort, "sha256" | "hkdfExtract" | "hkdfExpand" | "aeadSeal" | "aeadOpen">;

/** What a key is for: the file's own chunks, the lists of their hashes, or the list of these. */
export type ChunkUse = "chapar attachment v1" | "chapar manifest v1" | "chapar tree v1";

/** Where a chunk stands in its file. */
export interface ChunkPlace {
  readonly index: number;
  readonly last: boolean;
}

/** A chunk as a station keeps it. */
export interface SealedChunk {
  /** SHA-256 of `bytes`: the blob's name */
  readonly hash: BlobHash;
  /** `SEALED_CHUNK_BYTES` */
  readonly bytes: Uint8Array;
}

/** The key of one file's chunks. */
export interface ChunkKey {
  readonly bytes: Uint8Array;
}

/** Derives the key of a file's chunks. @throws RangeError on a key or nonce of another length */
export function chunkKey(fileKey: Uint8Array, fileNonce: Uint8Array, use: ChunkUse, crypto: ChunkCrypto): ChunkKey {
  if (fileKey.byteLength !== FILE_KEY_BYTES || fileNonce.byteLength !== FILE_NONCE_BYTES)
    throw new RangeError("a file key has 32 bytes and a file nonce 12");
  const extracted = crypto.hkdfExtract("sha256", fileNonce, fileKey);
  return { bytes: crypto.hkdfExpand("sha256", extracted, utf8(use), KEY_BYTES) };
}

function nonceOf({ index, last }: ChunkPlace): Uint8Array {
  if (index > MAX_INDEX) throw new RangeError("a chunk index of 2^32 or more");
  return new ByteWriter(FILE_NONCE_BYTES).bytes(new Uint8Array(NONCE_PREFIX_BYTES)).u32(index).flag(last).finish();
}

/**
 * Seals one chunk. The same key and place must never seal two different chunks.
 *
 * @param plain  at most `CHUNK_CAPACITY_BYTES`; exactly that unless it is the last
 * Cost: one AES-256-GCM over 64 KiB, one SHA-256.
 */
export async function sealChunk(
  key: ChunkKey,
  place: ChunkPlace,
  plain: Uint8Array,
  crypto: ChunkCrypto,
): Promise<SealedChunk> {
  if (plain.byteLength > CHUNK_CAPACITY_BYTES || (!place.last && plain.byteLength < CHUNK_CAPACITY_BYTES))
    throw new RangeError("every chunk but the last is full");
  const padded = new Uint8Array(BLOB_CHUNK_BYTES);
  padded.set([plain.byteLength >> 16, (plain.byteLength >> 8) & 0xff, plain.byteLength & 0xff]);
  padded.set(plain, SIZE_FIELD_BYTES);
  const bytes = await crypto.aeadSeal(key.bytes, nonceOf(place), CHUNK_LABEL, padded);
  // Given back at once: collectors let some sixty megabytes of such gather.
  padded.buffer.transfer(0);
  return { hash: blobHash(crypto.sha256(bytes)), bytes };
}

async function unsealed(
  key: ChunkKey,
  place: ChunkPlace,
  sealed: Uint8Array,
  crypto: ChunkCrypto,
): Promise<Uint8Array | undefined> {
  return await crypto.aeadOpen(key.bytes, nonceOf(place), CHUNK_LABEL, sealed);
}

/**
 * Opens one chunk fetched by its hash.
 *
 * @param sealed  untrusted
 * @returns the file's bytes in it
 * @throws E2eError `e2e/bad-chunk` not the bytes of that hash, damaged, or of another place or file · `e2e/truncated-file`
 * meant as the last but its file goes on · `e2e/bad-manifest` its file ends here but the list goes on
 */
export async function openChunk(
  key: ChunkKey,
  place: ChunkPlace,
  hash: BlobHash,
  sealed: Uint8Array,
  crypto: ChunkCrypto,
): Promise<Uint8Array> {
  if (sealed.byteLength !== SEALED_CHUNK_BYTES || !equalBytes(crypto.sha256(sealed), hash))
    throw e2eError("e2e/bad-chunk");
  const padded = await unsealed(key, place, sealed, crypto);
  if (padded === undefined) {
    const other = await unsealed(key, { ...place, last: !place.last }, sealed, crypto);
    if (other === undefined) throw e2eError("e2e/bad-chunk");
    throw e2eError(place.last ? "e2e/truncated-file" : "e2e/bad-manifest");
  }
  const reader = new ByteReader(padded);
  const sizeBytes = reader.u8() * 0x1_0000 + reader.u16();
  const plain = reader.bytes(sizeBytes);
  const full = sizeBytes === CHUNK_CAPACITY_BYTES;
  if (reader.failed || (!place.last && !full) || reader.rest().some((byte) => byte !== 0))
    throw e2eError("e2e/bad-chunk");
  return plain;
}
