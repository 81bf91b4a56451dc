/*
 * The first reading of a file that is to be sent: every chunk is sealed and named, so that the letter can say what it is about. Small files
 * stay in the store, in the letter's own transaction. Of large ones that lie at a path only the names stay (C-91), they are read
 * again when they leave; of others the sealed pieces go to the shelf.
 */
import {
  isE2eError,
  MANIFEST_HASHES,
  MAX_FILE_BYTES,
  newFileSecret,
  sealFile,
  type SealedChunk,
  type SealedFile,
  shapeOf,
} from "@chapar/e2e";
import type { BlobHash } from "@chapar/wire";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { FileOrigin } from "../media-api.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import { HeldPieces, PieceWriter } from "./held.ts";
import { letGo } from "./letting-go.ts";
import type { FileSource, MediaPlatform } from "./ports.ts";
import { packHashes, uploadListShelf, uploadShelf } from "./rows.ts";

/** Files up to this size are kept in the store: sealed chunks of a photo or a voice message. */
export const SMALL_FILE_BYTES: number = 1024 * 1024;
const READ_BYTES: number = 1024 * 1024;

/** A sealed file that is ready to be queued. */
export interface ReadyFile {
  readonly file: SealedFile;
  /** what has to be at the home before the letter may leave */
  readonly names: readonly BlobHash[];
  /** Puts what is kept of it into the letter's transaction. */
  keep(draft: Draft): void;
  /** Lets go of what was kept beside the store: the letter is not written. */
  drop(): Promise<void>;
}

interface Opened {
  readonly sizeBytes: number;
  readonly path: string | undefined;
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** How many bytes there are, before anything is read. @throws ClientError `client/file-gone` · `client/no-paths` */
export async function sizeOf(origin: FileOrigin, platform: MediaPlatform): Promise<number> {
  if ("bytes" in origin) return origin.bytes.byteLength;
  if ("blob" in origin) return origin.blob.size;
  await using source = await sourceAt(origin.path, platform);
  return source.sizeBytes;
}

/** Opens a path to be read. @throws ClientError `client/file-gone` · `client/no-paths` */
export async function sourceAt(path: string, { paths }: MediaPlatform): Promise<FileSource> {
  if (paths === undefined) throw new ClientError("client/no-paths");
  const source = await paths.source(path);
  if (source === undefined) throw new ClientError("client/file-gone");
  return source;
}

async function open(origin: FileOrigin, platform: MediaPlatform): Promise<Opened> {
  if ("bytes" in origin) {
    const { bytes } = origin;
    return { sizeBytes: bytes.byteLength, path: undefined, pieces: () => [bytes], close: async () => undefined };
  }
  if ("path" in origin) {
    const source = await sourceAt(origin.path, platform);
    const { sizeBytes } = source;
    const read = (at: number, size: number): Promise<Uint8Array> => source.read(at, size);
    const close = async (): Promise<void> => source[Symbol.asyncDispose]();
    return { sizeBytes, path: origin.path, pieces: () => inPieces(sizeBytes, read), close };
  }
  const { blob } = origin;
  const read = async (at: number, size: number): Promise<Uint8Array> => {
    try {
      return new Uint8Array(await blob.slice(at, at + size).arrayBuffer());
    } catch (error) {
      // A File whose file was changed or deleted since it was chosen cannot be read any more.
      throw new ClientError("client/file-gone", undefined, { cause: error });
    }
  };
  return {
    sizeBytes: blob.size,
    path: undefined,
    pieces: () => inPieces(blob.size, read),
    close: async () => undefined,
  };
}

async function* inPieces(
  sizeBytes: number,
  read: (at: number, size: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes;) {
    const piece = await read(at, Math.min(READ_BYTES, sizeBytes - at));
    if (piece.byteLength === 0) return;
    at += piece.byteLength;
    // Whoever takes pieces copies what it needs of one before it asks for the next.
    yield piece;
    letGo(piece);
  }
}

/**
 * Reads and seals one file.
 *
 * @param progress  told of bytes that were sealed
 * @throws ClientError `client/too-large` · `client/file-changed` · `client/file-gone` · `client/no-space`; the signal's reason
 */
export async function readyFile(
  member: Member,
  platform: MediaPlatform,
  origin: FileOrigin,
  options: { readonly signal: AbortSignal; readonly progress: (bytes: number) => void },
): Promise<ReadyFile> {
  const opened = await open(origin, platform);
  const { sizeBytes, path } = opened;
  const secret = newFileSecret(member.crypto);
  const held = new HeldPieces(platform.shelf, { ...secret, sizeBytes }, member.sha256);
  try {
    if (sizeBytes > MAX_FILE_BYTES) throw new ClientError("client/too-large");
    const isSmall = sizeBytes <= SMALL_FILE_BYTES;
    const small: SealedChunk[] = [];
    const hashes: BlobHash[] = [];
    const { chunks } = shapeOf(sizeBytes);
    const pieces = new PieceWriter(held, chunks);
    let sealedBytes = 0;
    const put: Parameters<typeof sealFile>[1] = async (chunk, { of, index }) => {
      if (of === "file") hashes.push(chunk.hash);
      if (hashes.length > chunks) throw new ClientError("client/file-changed");
      if (isSmall) return void small.push(chunk);
      if (path !== undefined) return letGo(chunk.bytes);
      return of === "file" ? pieces.put(index, chunk.bytes) : held.putList(of, index, chunk.bytes);
    };
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of opened.pieces()) {
        yield piece;
        options.progress((sealedBytes += piece.byteLength));
      }
    };
    const file = await sealFile(counted(), put, member.crypto, { signal: options.signal, secret }).catch(
      (error: unknown) => {
        throw isE2eError(error, "e2e/too-large") ? new ClientError("client/file-changed") : error;
      },
    );
    if (file.sizeBytes !== sizeBytes) throw new ClientError("client/file-changed");
    const drop = (): Promise<void> => held.remove();
    if (isSmall) {
      const keep = (draft: Draft): void => {
        for (const chunk of small) draft.put("blob", chunk.hash, chunk.bytes);
      };
      return { file, names: small.map(({ hash }) => hash), keep, drop };
    }
    return { file, names: [file.hash], keep: (draft) => keepUpload(draft, file, path, hashes), drop };
  } catch (error) {
    await held.remove();
    throw error;
  } finally {
    await opened.close();
  }
}

function keepUpload(draft: Draft, file: SealedFile, path: string | undefined, hashes: readonly BlobHash[]): void {
  const { key, nonce, sizeBytes, hash } = file;
  uploadShelf.put(draft, hash, { key, nonce, sizeBytes, path });
  for (let first = 0; first < hashes.length; first += MANIFEST_HASHES) {
    const packed = packHashes(hashes.slice(first, first + MANIFEST_HASHES));
    uploadListShelf.put(draft, concatKey(hash, first / MANIFEST_HASHES), { hashes: packed });
  }
}

/** Takes away what is kept of an upload. */
export function forgetUpload(draft: Draft, root: Uint8Array, sizeBytes: number): void {
  uploadShelf.remove(draft, root);
  const lists = Math.ceil(shapeOf(sizeBytes).chunks / MANIFEST_HASHES);
  for (let list = 0; list < lists; list++) uploadListShelf.remove(draft, concatKey(root, list));
}
