/*
 * A whole file as a stream of sealed chunks, with one chunk in memory at a time whatever the file's size. A file of one chunk
 * is named by that chunk; a larger one by its manifest, the sealed list of its chunks' hashes. Layout:
 * protocol/5-content.md §5.
 */
import { type BlobHash, blobHash } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import {
  CHUNK_CAPACITY_BYTES,
  type ChunkCrypto,
  chunkKey,
  FILE_KEY_BYTES,
  FILE_NONCE_BYTES,
  openChunk,
  sealChunk,
  type SealedChunk,
} from "./chunk.ts";

const MANIFEST_VERSION = 1;
const MANIFEST_HEAD_BYTES = 9;
const HASH_BYTES = 32;
const FIRST_AND_LAST = { index: 0, last: true } as const;

/** Chunks of the largest file: as many hashes as one manifest chunk holds. */
export const MAX_FILE_CHUNKS: number = Math.floor((CHUNK_CAPACITY_BYTES - MANIFEST_HEAD_BYTES) / HASH_BYTES);
/** Bytes of the largest file: 128 MiB less the chunks' size fields. */
export const MAX_FILE_BYTES: number = MAX_FILE_CHUNKS * CHUNK_CAPACITY_BYTES;

/** Everything needed to fetch and open a file; secret, travels inside a message. */
export interface SealedFile {
  /** 32 bytes, for this file only */
  readonly key: Uint8Array;
  /** 12 bytes */
  readonly nonce: Uint8Array;
  /** the file's only chunk, or its manifest */
  readonly hash: BlobHash;
  readonly manifest: boolean;
  /** bytes of the file */
  readonly sizeBytes: number;
}

/** Keeps a sealed chunk; sealing waits for it, so an uploader sets the pace. */
export type PutChunk = (chunk: SealedChunk) => void | Promise<void>;
/** Brings the bytes of a chunk; what it brings is not trusted. */
export type GetChunk = (hash: BlobHash) => Uint8Array | Promise<Uint8Array>;
/** A file's bytes in pieces of any size. */
export type FileBytes = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Pieces of any size as chunks: all full but the last, which is told as such and may be empty only when it is alone. */
async function* inChunks(bytes: FileBytes): AsyncGenerator<{ readonly plain: Uint8Array; readonly last: boolean }> {
  const held = new Uint8Array(CHUNK_CAPACITY_BYTES);
  let size = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength;) {
      if (size === CHUNK_CAPACITY_BYTES) {
        yield { plain: held, last: false };
        size = 0;
      }
      const part = piece.subarray(at, at + CHUNK_CAPACITY_BYTES - size);
      held.set(part, size);
      size += part.byteLength;
      at += part.byteLength;
    }
  }
  yield { plain: held.subarray(0, size), last: true };
}

function encodeManifest(sizeBytes: number, hashes: readonly BlobHash[]): Uint8Array {
  const writer = new ByteWriter(MANIFEST_HEAD_BYTES + hashes.length * HASH_BYTES).u8(MANIFEST_VERSION).index(sizeBytes);
  for (const hash of hashes) writer.bytes(hash);
  return writer.finish();
}

/** The hashes of a manifest, when it is what the message said. @throws E2eError `e2e/bad-manifest` */
function decodeManifest(bytes: Uint8Array, sizeBytes: number): BlobHash[] {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const stated = reader.index();
  const count = Math.ceil(sizeBytes / CHUNK_CAPACITY_BYTES);
  const fits = !reader.failed && version === MANIFEST_VERSION && stated === sizeBytes && count >= 2;
  if (!fits || reader.remaining !== count * HASH_BYTES) throw e2eError("e2e/bad-manifest");
  return Array.from({ length: count }, () => blobHash(reader.bytes(HASH_BYTES).slice()));
}

/**
 * Seals a file and hands every sealed chunk to `put`, in order, the manifest last.
 *
 * @returns what a message has to carry for others to open it
 * @throws E2eError `e2e/too-large` above `MAX_FILE_BYTES` · whatever `bytes` or `put` throws · the signal's reason
 * Cost: one AES-256-GCM and one SHA-256 over the file; 128 KiB of memory and 32 bytes a chunk.
 * @see protocol/5-content.md C-20 to C-23
 */
export async function sealFile(
  bytes: FileBytes,
  put: PutChunk,
  crypto: ChunkCrypto & Pick<CryptoPort, "random">,
  options: { readonly signal?: AbortSignal } = {},
): Promise<SealedFile> {
  const key = crypto.random(FILE_KEY_BYTES);
  const nonce = crypto.random(FILE_NONCE_BYTES);
  const fileKey = chunkKey(key, nonce, "chapar attachment v1", crypto);
  const hashes: BlobHash[] = [];
  let sizeBytes = 0;
  for await (const { plain, last } of inChunks(bytes)) {
    options.signal?.throwIfAborted();
    if (hashes.length >= MAX_FILE_CHUNKS) throw e2eError("e2e/too-large");
    const chunk = await sealChunk(fileKey, { index: hashes.length, last }, plain, crypto);
    await put(chunk);
    hashes.push(chunk.hash);
    sizeBytes += plain.byteLength;
  }
  const [only] = hashes;
  if (hashes.length === 1 && only !== undefined) return { key, nonce, hash: only, manifest: false, sizeBytes };
  const manifestKey = chunkKey(key, nonce, "chapar manifest v1", crypto);
  const manifest = await sealChunk(manifestKey, FIRST_AND_LAST, encodeManifest(sizeBytes, hashes), crypto);
  await put(manifest);
  return { key, nonce, hash: manifest.hash, manifest: true, sizeBytes };
}

async function hashesOf(file: SealedFile, get: GetChunk, crypto: ChunkCrypto): Promise<readonly BlobHash[]> {
  if (!file.manifest) return [file.hash];
  const key = chunkKey(file.key, file.nonce, "chapar manifest v1", crypto);
  const plain = await openChunk(key, FIRST_AND_LAST, file.hash, await get(file.hash), crypto);
  return decodeManifest(plain, file.sizeBytes);
}

/**
 * Fetches and opens a file, in order, one chunk at a time.
 *
 * Pieces handed on before an error are to be thrown away: the file is whole only when the iteration ends without one.
 * @throws E2eError `e2e/bad-chunk` · `e2e/truncated-file` · `e2e/bad-manifest` · whatever `get` throws · the signal's reason
 * Cost: one AES-256-GCM and one SHA-256 over the file; 128 KiB of memory and 32 bytes a chunk.
 * @see protocol/5-content.md C-21, C-22
 */
export async function* openFile(
  file: SealedFile,
  get: GetChunk,
  crypto: ChunkCrypto,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const key = chunkKey(file.key, file.nonce, "chapar attachment v1", crypto);
  const hashes = await hashesOf(file, get, crypto);
  let sizeBytes = 0;
  for (const [index, hash] of hashes.entries()) {
    options.signal?.throwIfAborted();
    const plain = await openChunk(key, { index, last: index === hashes.length - 1 }, hash, await get(hash), crypto);
    sizeBytes += plain.byteLength;
    if (sizeBytes > file.sizeBytes) throw e2eError("e2e/bad-manifest");
    yield plain;
  }
  if (sizeBytes !== file.sizeBytes) throw e2eError("e2e/bad-manifest");
}
