/*
 * One file on its way to the home: which chunks are missing is asked of the home each time, so there is nothing to keep of how far it
 * came. What is sealed again is compared with the name it has in the manifest before it leaves (C-91).
 */
import {
  CHUNK_CAPACITY_BYTES,
  FileSealer,
  MANIFEST_HASHES,
  type SealedChunk,
  sealManifests,
  shapeOf,
} from "@chapar/e2e";
import type { BlobHash } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { rememberPut } from "../leaving/locks.ts";
import { concatKey } from "../store/keys.ts";
import { missingOf, putChunk } from "./asking.ts";
import type { ChunkLink } from "./bulk-road.ts";
import { HeldPieces } from "./held.ts";
import { letGo } from "./letting-go.ts";
import type { MediaPlatform } from "./ports.ts";
import { unpackHashes, uploadListShelf, type UploadRow } from "./rows.ts";
import { sourceAt } from "./sealing.ts";
import { Window } from "./window.ts";

/** Chunks asked about at once. */
const ASKED = 512;

/** What uploading needs beside the link. */
export interface UploadContext {
  readonly member: Member;
  readonly platform: MediaPlatform;
  readonly signal: AbortSignal;
  /** told of bytes of the file that are at the home */
  readonly progress: (bytes: number) => void;
}

/** Makes a file's chunks again. */
interface Chunks extends AsyncDisposable {
  /** @throws ClientError `client/file-gone` · `client/file-changed` */
  at(index: number, hash: BlobHash): Promise<SealedChunk>;
}

/**
 * Opens the chunks of a file that is being sent, from its path or the shelf.
 *
 * @throws ClientError `client/file-gone` · `client/file-changed` · `client/no-paths`
 */
export async function chunksOf(member: Member, platform: MediaPlatform, row: UploadRow): Promise<Chunks> {
  const { chunks } = shapeOf(row.sizeBytes);
  if (row.path === undefined) {
    const held = new HeldPieces(platform.shelf, row, member.sha256);
    return {
      at: async (index, hash) => {
        const bytes = await held.chunk(index);
        if (bytes === undefined) throw new ClientError("client/file-gone");
        if (!equalBytes(member.sha256(bytes), hash)) throw new ClientError("client/file-changed");
        return { hash, bytes };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const source = await sourceAt(row.path, platform);
  const sealer = new FileSealer(row, member.crypto);
  return {
    at: async (index, hash) => {
      const last = index === chunks - 1;
      const at = index * CHUNK_CAPACITY_BYTES;
      const sizeBytes = last ? row.sizeBytes - at : CHUNK_CAPACITY_BYTES;
      const plain = await source.read(at, sizeBytes);
      if (plain.byteLength !== sizeBytes || source.sizeBytes !== row.sizeBytes)
        throw new ClientError("client/file-changed");
      const chunk = await sealer.chunk(index, last, plain);
      letGo(plain);
      if (!equalBytes(chunk.hash, hash)) throw new ClientError("client/file-changed");
      return chunk;
    },
    [Symbol.asyncDispose]: async () => source[Symbol.asyncDispose](),
  };
}

/**
 * Brings a file to the home, whatever of it is there already.
 *
 * @param root  the file's name
 * @throws ClientError `client/file-gone` · `client/file-changed`; WireError of the station; the signal's reason
 */
export async function uploadFile(
  { link, window }: ChunkLink,
  root: BlobHash,
  row: UploadRow,
  { member, platform, signal, progress }: UploadContext,
): Promise<void> {
  const { clock, store, crypto } = member;
  const { chunks } = shapeOf(row.sizeBytes);
  await using made = await chunksOf(member, platform, row);
  const all: BlobHash[] = [];
  let done = 0;
  const count = (more: number): void => progress(Math.min(row.sizeBytes, (done += more) * CHUNK_CAPACITY_BYTES));
  for (let list = 0; list * MANIFEST_HASHES < chunks; list++) {
    const packed = await uploadListShelf.get(store, concatKey(root, list));
    if (packed === undefined) throw new ClientError("client/bad-profile");
    const hashes = unpackHashes(packed.hashes);
    for (let first = 0; first < hashes.length; first += ASKED) {
      const asked = hashes.slice(first, first + ASKED);
      const missing = await missingOf(link, asked, clock, signal);
      count(asked.length - missing.length);
      const under = new Window(window);
      for (const at of missing) {
        signal.throwIfAborted();
        const hash = asked[at];
        if (hash === undefined) continue;
        // Made before it is handed over, so that no more is in memory than the window holds.
        const chunk = await made.at(list * MANIFEST_HASHES + first + at, hash);
        await under.add(async () => {
          await putChunk(link, chunk, member, signal);
          count(1);
        });
        await link.drained();
      }
      await under.drained();
    }
    all.push(...hashes);
  }
  const manifests: BlobHash[] = [];
  const put = (chunk: SealedChunk): Promise<void> => {
    manifests.push(chunk.hash);
    return putChunk(link, chunk, member, signal);
  };
  const named = await sealManifests(row, row.sizeBytes, all, put, crypto);
  if (!equalBytes(named.hash, root)) throw new ClientError("client/bad-profile");
  await rememberPut(member, [...all, ...manifests]);
}
