/* Files in memory: a shelf, and paths that a test fills and reads. */
import { ClientError } from "../errors.ts";
import type { FileSource, FileTarget, HeldFile, MediaPlatform, PieceShelf } from "../media/ports.ts";

/** A shelf and a disk that outlive the engines over them. */
export class MemoryMedia implements MediaPlatform {
  readonly files = new Map<string, Uint8Array>();
  readonly held = new Map<string, Map<number, Uint8Array>>();
  cacheBytes = Number.MAX_SAFE_INTEGER;
  /** told before a piece or a part of a file is written; what it throws ends the write */
  onWrite: () => void = () => undefined;
  #uses = 0;
  readonly #used = new Map<string, number>();

  readonly shelf: PieceShelf = {
    put: async (name, piece, bytes) => {
      this.onWrite();
      const pieces = this.held.get(name) ?? new Map<number, Uint8Array>();
      pieces.set(piece, bytes.slice());
      this.held.set(name, pieces);
      this.#used.set(name, ++this.#uses);
    },
    get: async (name, piece) => this.held.get(name)?.get(piece),
    pieces: async (name) => [...(this.held.get(name)?.keys() ?? [])],
    remove: async (name) => void this.held.delete(name),
    list: async () =>
      [...this.held].map(([name, pieces]): HeldFile => {
        const sizeBytes = [...pieces.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
        return { name, sizeBytes, usedAtMs: this.#used.get(name) ?? 0 };
      }),
  };

  readonly paths: NonNullable<MediaPlatform["paths"]> = {
    source: async (path): Promise<FileSource | undefined> => {
      const bytes = this.files.get(path);
      if (bytes === undefined) return undefined;
      return {
        sizeBytes: bytes.byteLength,
        read: async (at, sizeBytes) => (this.files.get(path) ?? new Uint8Array(0)).slice(at, at + sizeBytes),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
    target: async (path): Promise<FileTarget> => {
      if (this.files.has(path)) throw new ClientError("client/file-exists");
      const part = `${path}.part`;
      const now = (): Uint8Array => this.files.get(part) ?? new Uint8Array(0);
      return {
        sizeBytes: now().byteLength,
        read: async (at, sizeBytes) => now().slice(at, at + sizeBytes),
        write: async (at, bytes) => {
          this.onWrite();
          const grown = new Uint8Array(Math.max(now().byteLength, at + bytes.byteLength));
          grown.set(now());
          grown.set(bytes, at);
          this.files.set(part, grown);
        },
        finish: async (sizeBytes) => {
          this.files.set(path, now().slice(0, sizeBytes));
          this.files.delete(part);
        },
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
}
