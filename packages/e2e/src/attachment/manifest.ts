/*
 * The lists of a file's chunks: none for a file of one chunk, one list up to 2,047 chunks, a tree of two levels above that.
 * What stands where follows from the size alone, so a list that leads elsewhere, back to itself or deeper cannot be written.
 * Layout: protocol/5-content.md C-23, C-90.
 */
import { type BlobHash, blobHash } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { e2eError } from "../errors.ts";
import {
  CHUNK_CAPACITY_BYTES,
  type ChunkCrypto,
  type ChunkKey,
  chunkKey,
  type ChunkPlace,
  openChunk,
  sealChunk,
  type SealedChunk,
} from "./chunk.ts";

const VERSION = 1;
const HEAD_BYTES = 9;
const HASH_BYTES = 32;
/** Each list is a file of one chunk; its index tells lists of one level apart. */
const onlyAt = (index: number): ChunkPlace => ({ index, last: true });

/** Hashes that one manifest holds. */
export const MANIFEST_HASHES: number = Math.floor((CHUNK_CAPACITY_BYTES - HEAD_BYTES) / HASH_BYTES);
/** Bytes of the largest file: 4 GiB (C-90). */
export const MAX_FILE_BYTES: number = 2 ** 32;

/** What chunks and lists of one file are sealed with. */
export interface FileSecret {
  /** 32 bytes, for this file only */
  readonly key: Uint8Array;
  /** 12 bytes */
  readonly nonce: Uint8Array;
}

/** What a file of a size is made of. */
export interface FileShape {
  /** 1 or more */
  readonly chunks: number;
  /** lists of chunks: 0 for a file of one chunk */
  readonly manifests: number;
  /** lists above each other: 0, 1, or 2 with a root */
  readonly levels: 0 | 1 | 2;
}

/** Follows from the size. @param sizeBytes  0 to `MAX_FILE_BYTES` */
export function shapeOf(sizeBytes: number): FileShape {
  const chunks = Math.max(1, Math.ceil(sizeBytes / CHUNK_CAPACITY_BYTES));
  const manifests = chunks === 1 ? 0 : Math.ceil(chunks / MANIFEST_HASHES);
  return { chunks, manifests, levels: manifests > 1 ? 2 : manifests === 1 ? 1 : 0 };
}

/** How many hashes the manifest at an index lists. */
export function hashesIn(shape: FileShape, index: number): number {
  return Math.min(MANIFEST_HASHES, shape.chunks - index * MANIFEST_HASHES);
}

function encode(sizeBytes: number, hashes: readonly BlobHash[]): Uint8Array {
  const writer = new ByteWriter(HEAD_BYTES + hashes.length * HASH_BYTES).u8(VERSION).index(sizeBytes);
  for (const hash of hashes) writer.bytes(hash);
  return writer.finish();
}

function decode(bytes: Uint8Array, sizeBytes: number, count: number): readonly BlobHash[] {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const stated = reader.index();
  const fits = !reader.failed && version === VERSION && stated === sizeBytes;
  if (!fits || reader.remaining !== count * HASH_BYTES) throw e2eError("e2e/bad-manifest");
  return Array.from({ length: count }, () => blobHash(reader.bytes(HASH_BYTES).slice()));
}

/** Seals and opens the lists of one file. */
export class Manifests {
  readonly #sizeBytes: number;
  readonly #shape: FileShape;
  readonly #secret: FileSecret;
  readonly #crypto: ChunkCrypto;
  #listKey: ChunkKey | undefined;

  constructor(secret: FileSecret, sizeBytes: number, crypto: ChunkCrypto) {
    this.#secret = secret;
    this.#sizeBytes = sizeBytes;
    this.#shape = shapeOf(sizeBytes);
    this.#crypto = crypto;
  }

  #key(): ChunkKey {
    const { key, nonce } = this.#secret;
    return (this.#listKey ??= chunkKey(key, nonce, "chapar manifest v1", this.#crypto));
  }

  #rootKey(): ChunkKey {
    return chunkKey(this.#secret.key, this.#secret.nonce, "chapar tree v1", this.#crypto);
  }

  /** Seals the manifest at an index. @param hashes  of its chunks, as many as `hashesIn` says @throws RangeError for another number */
  async seal(index: number, hashes: readonly BlobHash[]): Promise<SealedChunk> {
    if (hashes.length !== hashesIn(this.#shape, index)) throw new RangeError("a manifest lists all of its chunks");
    return sealChunk(this.#key(), onlyAt(index), encode(this.#sizeBytes, hashes), this.#crypto);
  }

  /** Seals the root. @param hashes  of all manifests */
  async sealRoot(hashes: readonly BlobHash[]): Promise<SealedChunk> {
    if (hashes.length !== this.#shape.manifests) throw new RangeError("a root lists all manifests");
    return sealChunk(this.#rootKey(), onlyAt(0), encode(this.#sizeBytes, hashes), this.#crypto);
  }

  /** Opens a fetched manifest. @throws E2eError `e2e/bad-chunk` · `e2e/bad-manifest` · `e2e/truncated-file` */
  async open(index: number, hash: BlobHash, sealed: Uint8Array): Promise<readonly BlobHash[]> {
    const plain = await openChunk(this.#key(), onlyAt(index), hash, sealed, this.#crypto);
    return decode(plain, this.#sizeBytes, hashesIn(this.#shape, index));
  }

  /** Opens a fetched root. @throws as `open` */
  async openRoot(hash: BlobHash, sealed: Uint8Array): Promise<readonly BlobHash[]> {
    const plain = await openChunk(this.#rootKey(), onlyAt(0), hash, sealed, this.#crypto);
    return decode(plain, this.#sizeBytes, this.#shape.manifests);
  }
}
