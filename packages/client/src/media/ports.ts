/*
 * What media asks of the platform: a shelf of sealed pieces beside the store, and paths where there are any. The store is not the
 * place for gigabytes: each of its rows is sealed once more, written twice and read whole.
 */

const LARGE_BYTES: number = 64 * 1024 * 1024;

/**
 * Sealed chunks to a piece, which is kept when all of it is here: of half a mebibyte, a minute of a line of 64 kbit/s; of files above 64 MiB,
 * which nobody waits for on such a line, of four, so that there are not too many.
 */
export const pieceChunks = (sizeBytes: number): number => (sizeBytes <= LARGE_BYTES ? 8 : 64);

/** A file of which pieces are on the shelf. */
export interface HeldFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** when a piece was written last */
  readonly usedAtMs: number;
}

/**
 * Pieces of sealed files. What is on it says nothing without the keys in the letters: pieces are sealed chunks one after the other, and
 * names are hashes over the keys.
 *
 * @throws ClientError `client/no-space` when the medium is full · `client/store-failed` when it fails
 */
export interface PieceShelf {
  /** Keeps a piece, whole or not at all; durable when it resolves. */
  put(name: string, piece: number, bytes: Uint8Array): Promise<void>;
  get(name: string, piece: number): Promise<Uint8Array | undefined>;
  /** which pieces of a file are here */
  pieces(name: string): Promise<readonly number[]>;
  remove(name: string): Promise<void>;
  list(): Promise<readonly HeldFile[]>;
}

/** A file that is read to be sent. */
export interface FileSource extends AsyncDisposable {
  readonly sizeBytes: number;
  /** @returns the caller's own bytes, fewer only at the end */
  read(at: number, sizeBytes: number): Promise<Uint8Array>;
}

/** A file that is being written. Until `finish` it has another name. */
export interface FileTarget extends AsyncDisposable {
  /** bytes that an earlier run left */
  readonly sizeBytes: number;
  /** @returns the caller's own bytes */
  read(at: number, sizeBytes: number): Promise<Uint8Array>;
  write(at: number, bytes: Uint8Array): Promise<void>;
  /** Gives the file its name, durably. @param sizeBytes  what is beyond is cut off @throws ClientError `client/file-exists` */
  finish(sizeBytes: number): Promise<void>;
}

/** The platform's part of media. */
export interface MediaPlatform {
  readonly shelf: PieceShelf;
  /** bytes that the shelf may take for what can be fetched again */
  readonly cacheBytes: number;
  /** undefined where there are no paths */
  readonly paths:
    | {
        /** @returns undefined when nothing is there */
        source(path: string): Promise<FileSource | undefined>;
        target(path: string): Promise<FileTarget>;
      }
    | undefined;
}
