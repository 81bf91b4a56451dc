/*
 * The shelf of a browser: the origin's private file system, a folder for each file and a file for each piece. IndexedDB would keep every piece
 * twice while it is written and seal it once more; here a piece becomes visible when it is closed, whole or not at all, and reading
 * one takes no more memory than itself. What lies there is sealed under keys in the letters.
 */
import { ClientError, isClientError } from "../errors.ts";
import type { HeldFile, MediaPlatform, PieceShelf } from "../media/ports.ts";

const CACHE_BYTES: number = 1024 * 1024 * 1024;

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : "";
}

function failed(error: unknown): ClientError {
  const code = nameOf(error) === "QuotaExceededError" ? "client/no-space" : "client/store-failed";
  return new ClientError(code, undefined, { cause: error });
}

/** What is not there is undefined; everything else that fails is ours. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (nameOf(error) === "NotFoundError") return undefined;
    throw isClientError(error) ? error : failed(error);
  }
}

/**
 * Pieces of a folder. Others write and let go while it is read: what is gone by then, and what the browser has there while a piece is being
 * written, is passed over (F-144).
 */
async function* piecesIn(folder: FileSystemDirectoryHandle): AsyncGenerator<{ piece: number; file: File }> {
  const handles = folder.values();
  for (;;) {
    const next = await unlessMissing(handles.next());
    if (next === undefined || next.done === true) return;
    const piece = Number(next.value.name);
    if (next.value.kind !== "file" || !Number.isSafeInteger(piece)) continue;
    const file = await unlessMissing(next.value.getFile());
    // One that was made and never closed is empty: it is as if it were not there.
    if (file !== undefined && file.size > 0) yield { piece, file };
  }
}

class OpfsShelf implements PieceShelf {
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async put(name: string, piece: number, bytes: Uint8Array): Promise<void> {
    try {
      const folder = await this.#root.getDirectoryHandle(name, { create: true });
      const file = await folder.getFileHandle(String(piece), { create: true });
      const writable = await file.createWritable();
      await writable.write(bytes as Uint8Array<ArrayBuffer>);
      await writable.close();
    } catch (error) {
      throw failed(error);
    }
  }

  async get(name: string, piece: number): Promise<Uint8Array | undefined> {
    const folder = await unlessMissing(this.#root.getDirectoryHandle(name));
    const handle = folder && (await unlessMissing(folder.getFileHandle(String(piece))));
    const file = handle && (await unlessMissing(handle.getFile()));
    if (file === undefined || file.size === 0) return undefined;
    const bytes = await unlessMissing(file.arrayBuffer());
    return bytes && new Uint8Array(bytes);
  }

  async pieces(name: string): Promise<readonly number[]> {
    const folder = await unlessMissing(this.#root.getDirectoryHandle(name));
    if (folder === undefined) return [];
    const found: number[] = [];
    for await (const { piece } of piecesIn(folder)) found.push(piece);
    return found;
  }

  async remove(name: string): Promise<void> {
    await unlessMissing(this.#root.removeEntry(name, { recursive: true }));
  }

  async list(): Promise<readonly HeldFile[]> {
    const held: HeldFile[] = [];
    for await (const folder of this.#root.values()) {
      if (folder.kind !== "directory") continue;
      let sizeBytes = 0;
      let usedAtMs = 0;
      for await (const { file } of piecesIn(folder)) {
        sizeBytes += file.size;
        usedAtMs = Math.max(usedAtMs, file.lastModified);
      }
      held.push({ name: folder.name, sizeBytes, usedAtMs });
    }
    return held;
  }
}

/** Media of a browser's profile. @throws ClientError `client/store-failed` where the browser has no private file system */
export async function webMedia(name: string): Promise<MediaPlatform> {
  try {
    const origin = await navigator.storage.getDirectory();
    const media = await origin.getDirectoryHandle("chapar-media", { create: true });
    const root = await media.getDirectoryHandle(name, { create: true });
    return { shelf: new OpfsShelf(root), cacheBytes: CACHE_BYTES, paths: undefined };
  } catch (error) {
    throw failed(error);
  }
}
