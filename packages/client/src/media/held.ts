/*
 * Sealed files on this device's shelf: a file's own chunks by pieces, its lists one by one behind them. A file is named by a hash
 * over its key, so that nothing on the shelf can be matched with what a station keeps.
 */
import { type FileSecret, SEALED_CHUNK_BYTES, shapeOf } from "@chapar/e2e";
import { concatBytes, type Sha256, toHex, utf8 } from "@chapar/wire/bytes";
import { pieceChunks, type PieceShelf } from "./ports.ts";

const LABEL = utf8("chapar shelf v1");
const NAME_CHARS = 32;
/** Where lists stand among the pieces: far behind any chunk. */
const LIST_PIECES = 1_000_000;
const ROOT_PIECE = 2_000_000;

/** The name of a file on the shelf. */
export function shelfName({ key, nonce }: FileSecret, sha256: Sha256): string {
  return toHex(sha256(concatBytes(LABEL, key, nonce))).slice(0, NAME_CHARS);
}

/** What a file on the shelf is known by. */
export interface HeldSecret extends FileSecret {
  readonly sizeBytes: number;
}

/** One file on the shelf. */
export class HeldPieces {
  readonly name: string;
  /** chunks to each of its pieces */
  readonly pieceChunks: number;
  readonly #chunks: number;
  readonly #shelf: PieceShelf;
  #last: { readonly piece: number; readonly bytes: Uint8Array } | undefined;

  constructor(shelf: PieceShelf, secret: HeldSecret, sha256: Sha256) {
    this.#shelf = shelf;
    this.#chunks = shapeOf(secret.sizeBytes).chunks;
    this.pieceChunks = pieceChunks(secret.sizeBytes);
    this.name = shelfName(secret, sha256);
  }

  /** The pieces of its own chunks that are here. */
  async pieces(): Promise<ReadonlySet<number>> {
    return new Set((await this.#shelf.pieces(this.name)).filter((piece) => piece < LIST_PIECES));
  }

  /** Whether all of a file's chunks are here. */
  async isWhole(): Promise<boolean> {
    return (await this.pieces()).size >= Math.ceil(this.#chunks / this.pieceChunks);
  }

  /** The chunks that are not here, in order. */
  async missing(): Promise<readonly number[]> {
    const here = await this.pieces();
    const all = Array.from({ length: this.#chunks }, (_, index) => index);
    return all.filter((index) => !here.has(Math.floor(index / this.pieceChunks)));
  }

  /** A sealed chunk; the piece around it stays in memory for the next one. */
  async chunk(index: number): Promise<Uint8Array | undefined> {
    const piece = Math.floor(index / this.pieceChunks);
    if (this.#last?.piece !== piece) {
      const bytes = await this.#shelf.get(this.name, piece);
      if (bytes === undefined) return undefined;
      this.#last = { piece, bytes };
    }
    const at = (index % this.pieceChunks) * SEALED_CHUNK_BYTES;
    const chunk = this.#last?.bytes.subarray(at, at + SEALED_CHUNK_BYTES);
    return chunk?.byteLength === SEALED_CHUNK_BYTES ? chunk : undefined;
  }

  async list(of: "manifest" | "root", index: number): Promise<Uint8Array | undefined> {
    return this.#shelf.get(this.name, of === "root" ? ROOT_PIECE : LIST_PIECES + index);
  }

  async putList(of: "manifest" | "root", index: number, bytes: Uint8Array): Promise<void> {
    await this.#shelf.put(this.name, of === "root" ? ROOT_PIECE : LIST_PIECES + index, bytes);
  }

  async putPiece(piece: number, bytes: Uint8Array): Promise<void> {
    await this.#shelf.put(this.name, piece, bytes);
  }

  async remove(): Promise<void> {
    this.#last = undefined;
    await this.#shelf.remove(this.name);
  }
}

/** Gathers sealed chunks that come in order into pieces; those of pieces that are here already may be left out. */
export class PieceWriter {
  readonly #held: HeldPieces;
  readonly #chunks: number;
  #parts: Uint8Array[] = [];

  /** @param chunks  of the whole file */
  constructor(held: HeldPieces, chunks: number) {
    this.#held = held;
    this.#chunks = chunks;
  }

  async put(index: number, sealed: Uint8Array): Promise<void> {
    this.#parts.push(sealed);
    const isLast = index === this.#chunks - 1;
    const { pieceChunks: most } = this.#held;
    if (this.#parts.length < most && !isLast) return;
    const bytes = concatBytes(...this.#parts);
    this.#parts = [];
    await this.#held.putPiece(Math.floor(index / most), bytes);
  }
}
