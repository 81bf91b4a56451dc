/*
 * Files on this machine: paths that are read and written, and the shelf as a folder of the profile. A piece is written under another name and
 * renamed once it is on the disk, so that one that is there is whole.
 */
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClientError } from "../errors.ts";
import type { FileSource, FileTarget, HeldFile, MediaPlatform, PieceShelf } from "../media/ports.ts";

const FOLDER = "media";
const CACHE_BYTES: number = 512 * 1024 * 1024;
const PART = ".part";
const NEW = ".new";
const OWNER_ONLY = 0o600;
const FOLDER_MODE = 0o700;

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** As ours: a full disk is the person's to know. */
function failed(error: unknown): ClientError {
  const isFull = ["ENOSPC", "EDQUOT", "EFBIG"].includes(codeOf(error));
  return new ClientError(isFull ? "client/no-space" : "client/store-failed", undefined, { cause: error });
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    throw failed(error);
  }
}

class FolderShelf implements PieceShelf {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(name: string, piece: number, bytes: Uint8Array): Promise<void> {
    const folder = join(this.#folder, name);
    const path = join(folder, String(piece));
    try {
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      const file = await open(`${path}${NEW}`, "w", OWNER_ONLY);
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(`${path}${NEW}`, path);
    } catch (error) {
      await rm(`${path}${NEW}`, { force: true });
      throw failed(error);
    }
  }

  async get(name: string, piece: number): Promise<Uint8Array | undefined> {
    const bytes = await unlessMissing(readFile(join(this.#folder, name, String(piece))));
    return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async pieces(name: string): Promise<readonly number[]> {
    const names = (await unlessMissing(readdir(join(this.#folder, name)))) ?? [];
    return names.map(Number).filter((piece) => Number.isSafeInteger(piece));
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async list(): Promise<readonly HeldFile[]> {
    const names = (await unlessMissing(readdir(this.#folder))) ?? [];
    const held: HeldFile[] = [];
    for (const name of names) {
      const folder = await unlessMissing(stat(join(this.#folder, name)));
      if (folder === undefined) continue;
      const pieces = (await unlessMissing(readdir(join(this.#folder, name)))) ?? [];
      const sizes = await Promise.all(pieces.map((piece) => unlessMissing(stat(join(this.#folder, name, piece)))));
      const sizeBytes = sizes.reduce((sum, size) => sum + (size?.size ?? 0), 0);
      held.push({ name, sizeBytes, usedAtMs: folder.mtimeMs });
    }
    return held;
  }
}

async function source(path: string): Promise<FileSource | undefined> {
  const file = await unlessMissing(open(path, "r"));
  if (file === undefined) return undefined;
  const facts = await file.stat();
  if (!facts.isFile()) {
    await file.close();
    return undefined;
  }
  return {
    sizeBytes: facts.size,
    read: async (at, sizeBytes) => {
      const bytes = new Uint8Array(sizeBytes);
      try {
        const { bytesRead } = await file.read(bytes, 0, sizeBytes, at);
        return bytes.subarray(0, bytesRead);
      } catch (error) {
        throw failed(error);
      }
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

async function target(path: string): Promise<FileTarget> {
  const part = `${path}${PART}`;
  if ((await unlessMissing(stat(path))) !== undefined) throw new ClientError("client/file-exists");
  const file = await open(part, "a+", OWNER_ONLY)
    .then(async (made) => {
      await made.close();
      return open(part, "r+");
    })
    .catch((error: unknown) => {
      throw failed(error);
    });
  const { size: sizeBytes } = await file.stat();
  return {
    sizeBytes,
    read: async (at, wanted) => {
      const bytes = new Uint8Array(wanted);
      const { bytesRead } = await file.read(bytes, 0, wanted, at);
      return bytes.subarray(0, bytesRead);
    },
    write: async (at, bytes) => {
      try {
        for (let done = 0; done < bytes.byteLength;) {
          const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
          done += bytesWritten;
        }
      } catch (error) {
        throw failed(error);
      }
    },
    finish: async (wholeBytes) => {
      try {
        await file.truncate(wholeBytes);
        await file.datasync();
        // A link and not a rename: whatever took the name meanwhile is not written over.
        await link(part, path);
        await unlink(part);
        await syncFolder(dirname(path));
      } catch (error) {
        throw codeOf(error) === "EEXIST" ? new ClientError("client/file-exists") : failed(error);
      }
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Media of a profile in a folder. */
export function nodeMedia(profileDir: string): MediaPlatform {
  const shelf = new FolderShelf(join(profileDir, FOLDER));
  return { shelf, cacheBytes: CACHE_BYTES, paths: { source, target } };
}
