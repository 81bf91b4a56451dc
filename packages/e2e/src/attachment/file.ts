/*
 * A whole file as sealed chunks: sealed as a stream, read as a stream or at any place, with a few chunks in memory whatever
 * the file's size. A file of one chunk is named by that chunk; a larger one by its manifest or the root of its manifests.
 * Layout: protocol/5-content.md §5.
 */
import type { BlobHash } from "@chapar/wire";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import {
  CHUNK_CAPACITY_BYTES,
  type ChunkCrypto,
  type ChunkKey,
  chunkKey,
  FILE_KEY_BYTES,
  FILE_NONCE_BYTES,
  openChunk,
  sealChunk,
  type SealedChunk,
} from "./chunk.ts";
import { type FileSecret, type FileShape, MANIFEST_HASHES, Manifests, MAX_FILE_BYTES, shapeOf } from "./manifest.ts";

/** Manifests that a reader holds beside the root: chunks under way at once may lie in two. */
const HELD_MANIFESTS = 2;

/** Everything needed to fetch and open a file; secret, travels inside a message. */
export interface SealedFile extends FileSecret {
  /** the file's only chunk, its manifest, or the root of its manifests */
  readonly hash: BlobHash;
  /** bytes of the file; says which of these `hash` is (`shapeOf`) */
  readonly sizeBytes: number;
}

/** Where a sealed chunk belongs: among the file's own, or among its lists. */
export interface PutPlace {
  readonly of: "file" | "manifest" | "root";
  readonly index: number;
}

/** Keeps a sealed chunk; sealing waits for it, so an uploader sets the pace. */
export type PutChunk = (chunk: SealedChunk, place: PutPlace) => void | Promise<void>;
/** Brings the bytes of a chunk; what it brings is not trusted. */
export type GetChunk = (hash: BlobHash, place: PutPlace) => Uint8Array | Promise<Uint8Array>;
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

/** A key and nonce for one new file. */
export function newFileSecret(crypto: Pick<CryptoPort, "random">): FileSecret {
  return { key: crypto.random(FILE_KEY_BYTES), nonce: crypto.random(FILE_NONCE_BYTES) };
}

/** Seals the chunks of a file at any place, the same bytes to the same chunk (C-91). */
export class FileSealer {
  readonly #key: ChunkKey;
  readonly #crypto: ChunkCrypto;

  constructor(secret: FileSecret, crypto: ChunkCrypto) {
    this.#key = chunkKey(secret.key, secret.nonce, "chapar attachment v1", crypto);
    this.#crypto = crypto;
  }

  /** @param plain  exactly `CHUNK_CAPACITY_BYTES` unless it is the last */
  async chunk(index: number, last: boolean, plain: Uint8Array): Promise<SealedChunk> {
    return sealChunk(this.#key, { index, last }, plain, this.#crypto);
  }
}

/**
 * Seals the lists of a file whose chunks are sealed, and hands them to `put`, the root last.
 *
 * @param hashes  of all chunks, in order
 * @returns what names the file
 * Cost: one sealed chunk for 2,047 hashes.
 */
export async function sealManifests(
  secret: FileSecret,
  sizeBytes: number,
  hashes: readonly BlobHash[],
  put: PutChunk,
  crypto: ChunkCrypto,
): Promise<SealedFile> {
  const shape = shapeOf(sizeBytes);
  const [only] = hashes;
  if (only === undefined || hashes.length !== shape.chunks)
    throw new RangeError("a file has as many chunks as its size");
  const named = (hash: BlobHash): SealedFile => ({ key: secret.key, nonce: secret.nonce, hash, sizeBytes });
  if (shape.levels === 0) return named(only);
  const manifests = new Manifests(secret, sizeBytes, crypto);
  const listed: BlobHash[] = [];
  for (let index = 0; index < shape.manifests; index++) {
    const first = index * MANIFEST_HASHES;
    const chunk = await manifests.seal(index, hashes.slice(first, first + MANIFEST_HASHES));
    await put(chunk, { of: "manifest", index });
    listed.push(chunk.hash);
  }
  const [manifest] = listed;
  if (shape.levels === 1 && manifest !== undefined) return named(manifest);
  const root = await manifests.sealRoot(listed);
  await put(root, { of: "root", index: 0 });
  return named(root.hash);
}

/**
 * Seals a file and hands every sealed chunk to `put`: the file's in order, then its manifests, the root last.
 *
 * @param options.secret  a new one by default; one that was used before only for the same bytes
 * @returns what a message has to carry for others to open it
 * @throws E2eError `e2e/too-large` above `MAX_FILE_BYTES` · whatever `bytes` or `put` throws · the signal's reason
 * Cost: one AES-256-GCM and one SHA-256 over the file; 128 KiB of memory and 32 bytes a chunk.
 * @see protocol/5-content.md C-20 to C-23, C-90
 */
export async function sealFile(
  bytes: FileBytes,
  put: PutChunk,
  crypto: ChunkCrypto & Pick<CryptoPort, "random">,
  options: { readonly signal?: AbortSignal; readonly secret?: FileSecret } = {},
): Promise<SealedFile> {
  const secret = options.secret ?? newFileSecret(crypto);
  const sealer = new FileSealer(secret, crypto);
  const hashes: BlobHash[] = [];
  let sizeBytes = 0;
  for await (const { plain, last } of inChunks(bytes)) {
    options.signal?.throwIfAborted();
    sizeBytes += plain.byteLength;
    if (sizeBytes > MAX_FILE_BYTES) throw e2eError("e2e/too-large");
    const index = hashes.length;
    const chunk = await sealer.chunk(index, last, plain);
    await put(chunk, { of: "file", index });
    hashes.push(chunk.hash);
  }
  return sealManifests(secret, sizeBytes, hashes, put, crypto);
}

/** Reads a file at any place. Finds each chunk's hash by itself, and asks for each list once while it reads on (C-92). */
export class FileReader {
  readonly shape: FileShape;
  readonly #file: SealedFile;
  readonly #get: GetChunk;
  readonly #crypto: ChunkCrypto;
  readonly #key: ChunkKey;
  readonly #manifests: Manifests;
  readonly #lists = new Map<number, Promise<readonly BlobHash[]>>();
  #root: Promise<readonly BlobHash[]> | undefined;

  /** @param get  brings lists, and chunks in `chunk` when they are not given */
  constructor(file: SealedFile, get: GetChunk, crypto: ChunkCrypto) {
    this.shape = shapeOf(file.sizeBytes);
    this.#file = file;
    this.#get = get;
    this.#crypto = crypto;
    this.#key = chunkKey(file.key, file.nonce, "chapar attachment v1", crypto);
    this.#manifests = new Manifests(file, file.sizeBytes, crypto);
  }

  /** The name of a chunk. @throws E2eError `e2e/bad-chunk` · `e2e/bad-manifest` · `e2e/truncated-file`; whatever `get` throws */
  async hashOf(index: number): Promise<BlobHash> {
    if (this.shape.levels === 0) return this.#file.hash;
    const list = await this.#list(Math.floor(index / MANIFEST_HASHES));
    const hash = list[index % MANIFEST_HASHES];
    if (hash === undefined) throw new RangeError("a chunk beyond the file's end");
    return hash;
  }

  /** Opens a chunk. @param sealed  its bytes, when the caller has them; untrusted @throws as `hashOf` */
  async chunk(index: number, sealed?: Uint8Array): Promise<Uint8Array> {
    const hash = await this.hashOf(index);
    const last = index === this.shape.chunks - 1;
    const bytes = sealed ?? (await this.#get(hash, { of: "file", index }));
    const plain = await openChunk(this.#key, { index, last }, hash, bytes, this.#crypto);
    const wanted = last ? this.#file.sizeBytes - index * CHUNK_CAPACITY_BYTES : CHUNK_CAPACITY_BYTES;
    if (plain.byteLength !== wanted) throw e2eError("e2e/bad-manifest");
    return plain;
  }

  async #list(index: number): Promise<readonly BlobHash[]> {
    let list = this.#lists.get(index);
    if (list === undefined) {
      list = this.#load(index);
      const [oldest] = this.#lists.keys();
      if (oldest !== undefined && this.#lists.size >= HELD_MANIFESTS) this.#lists.delete(oldest);
      this.#lists.set(index, list);
      // What could not be had now may be there the next time.
      list.catch(() => this.#lists.delete(index));
    }
    return await list;
  }

  async #load(index: number): Promise<readonly BlobHash[]> {
    const { hash } = this.#file;
    if (this.shape.levels === 1)
      return await this.#manifests.open(index, hash, await this.#get(hash, { of: "manifest", index }));
    this.#root ??= this.#loadRoot();
    const listed = (await this.#root)[index];
    if (listed === undefined) throw new RangeError("a manifest beyond the file's end");
    return await this.#manifests.open(index, listed, await this.#get(listed, { of: "manifest", index }));
  }

  async #loadRoot(): Promise<readonly BlobHash[]> {
    const { hash } = this.#file;
    try {
      return await this.#manifests.openRoot(hash, await this.#get(hash, { of: "root", index: 0 }));
    } catch (error) {
      this.#root = undefined;
      throw error;
    }
  }
}

/**
 * Fetches and opens a file, in order, one chunk at a time.
 *
 * Pieces handed on before an error are to be thrown away: the file is whole only when the iteration ends without one.
 * @throws E2eError `e2e/bad-chunk` · `e2e/truncated-file` · `e2e/bad-manifest` · whatever `get` throws · the signal's reason
 * Cost: one AES-256-GCM and one SHA-256 over the file; 128 KiB of memory, and two manifests and the root.
 * @see protocol/5-content.md C-21, C-22
 */
export async function* openFile(
  file: SealedFile,
  get: GetChunk,
  crypto: ChunkCrypto,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const reader = new FileReader(file, get, crypto);
  for (let index = 0; index < reader.shape.chunks; index++) {
    options.signal?.throwIfAborted();
    yield await reader.chunk(index);
  }
}
