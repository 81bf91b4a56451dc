/*
 * The station log's tree as C2SP tiles in the store. In memory is only the right edge: one tile that is not full for each
 * level. Appending fills it and hands full tiles upward; nothing but the edge is ever written again.
 */
import {
  type CompactRange,
  encodeEntryBundle,
  HASH_BYTES,
  hashFullTile,
  inclusionProof,
  consistencyProof,
  decodeTile,
  parseTilePath,
  TILE_WIDTH,
  tileHashReader,
  tileWidth,
  verifyTiles,
  type HashReader,
  type TreeHasher,
} from "@chapar/log";
import { Bug, stationError } from "../errors.ts";
import type { LedgerReads, LedgerWrite } from "../store/ledger-port.ts";

interface EdgeTile {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** The log after some leaves that are not durable yet. */
export interface StagedLeaves {
  readonly writes: readonly LedgerWrite[];
  readonly edge: readonly EdgeTile[];
  readonly range: CompactRange;
}

const EMPTY = new Uint8Array(0);

/** The tree and the leaves of a station log. */
export class TileLog {
  readonly #reads: LedgerReads;
  readonly #hasher: TreeHasher;
  /** by level, from 0: the tile that the next hash goes into */
  #edge: readonly EdgeTile[];
  #range: CompactRange;

  private constructor(reads: LedgerReads, hasher: TreeHasher, edge: EdgeTile[], range: CompactRange) {
    this.#reads = reads;
    this.#hasher = hasher;
    this.#edge = edge;
    this.#range = range;
  }

  /** Opens a log from the compact range of its leaves. @throws StationError `station/ledger-damaged` tiles are missing or too short */
  static async open(reads: LedgerReads, hasher: TreeHasher, range: CompactRange): Promise<TileLog> {
    const { size } = range;
    const edge: EdgeTile[] = [];
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const index = Math.floor(size / TILE_WIDTH ** (level + 1));
      const widthBytes = HASH_BYTES * tileWidth(level, index, size);
      const stored = widthBytes === 0 ? EMPTY : await reads.tile(level, index);
      if (stored === undefined || stored.byteLength < widthBytes) throw stationError("station/ledger-damaged");
      edge.push({ index, bytes: stored.slice(0, widthBytes) });
    }
    return new TileLog(reads, hasher, edge, range);
  }

  /** Leaves that are durable. */
  get size(): number {
    return this.#range.size;
  }

  /** Root of what is durable. */
  get root(): Uint8Array {
    return this.#range.root();
  }

  /** Works out an append; changes nothing. */
  stage(leaves: readonly Uint8Array[]): StagedLeaves {
    const edge = [...this.#edge];
    const range = this.#range.clone();
    const writes: LedgerWrite[] = [];
    const open = new Set<number>();
    const push = (level: number, hash: Uint8Array): void => {
      const held = edge[level] ?? { index: 0, bytes: EMPTY };
      const bytes = new Uint8Array(held.bytes.byteLength + HASH_BYTES);
      bytes.set(held.bytes);
      bytes.set(hash, held.bytes.byteLength);
      open.add(level);
      if (bytes.byteLength < TILE_WIDTH * HASH_BYTES) {
        edge[level] = { index: held.index, bytes };
        return;
      }
      writes.push({ kind: "ledger-tile", level, index: held.index, bytes });
      edge[level] = { index: held.index + 1, bytes: EMPTY };
      const hashes = decodeTile(bytes, TILE_WIDTH);
      if (!hashes.ok) throw new Bug("a full tile does not decode");
      push(level + 1, hashFullTile(hashes.value, this.#hasher));
    };
    for (const [i, leaf] of leaves.entries()) {
      const hash = this.#hasher.leaf(leaf);
      writes.push({ kind: "ledger-leaf", index: this.size + i, leaf });
      range.append(hash);
      push(0, hash);
    }
    for (const level of open) {
      const tile = edge[level];
      if (tile !== undefined && tile.bytes.byteLength > 0)
        writes.push({ kind: "ledger-tile", level, index: tile.index, bytes: tile.bytes });
    }
    return { writes, edge, range };
  }

  /** The staged leaves are durable. */
  advance(staged: StagedLeaves): void {
    this.#edge = staged.edge;
    this.#range = staged.range;
  }

  /** Hashes of the tree at a size that the log has reached. */
  #hashes(size: number): HashReader {
    const fetchTile = async (tile: {
      level: number | "entries";
      index: number;
      width: number;
    }): Promise<Uint8Array> => {
      const stored = tile.level === "entries" ? undefined : await this.#reads.tile(tile.level, tile.index);
      if (stored === undefined) throw stationError("station/ledger-damaged");
      return stored.subarray(0, tile.width * HASH_BYTES);
    };
    return tileHashReader(size, fetchTile, this.#hasher);
  }

  /** Inclusion of a leaf in the tree of a size that the log has reached. */
  async inclusion(index: number, size: number): Promise<Uint8Array[]> {
    return await inclusionProof(index, size, this.#hashes(size), this.#hasher);
  }

  /** Consistency between two sizes that the log has reached, the first above 0. */
  async consistency(from: number, to: number): Promise<Uint8Array[]> {
    return await consistencyProof(from, to, this.#hashes(to), this.#hasher);
  }

  /** Whether the tree had this root at a size that it has reached. Cost: the right edge's tiles at that size */
  async holds(size: number, root: Uint8Array): Promise<boolean> {
    return size <= this.size && (await verifyTiles(size, root, this.#hashes(size), this.#hasher));
  }

  /** One leaf. @throws StationError `station/ledger-damaged` when it is not there */
  async leaf(index: number): Promise<Uint8Array> {
    const [leaf] = await this.#reads.leaves(index, 1);
    if (leaf === undefined) throw stationError("station/ledger-damaged");
    return leaf;
  }

  /** A tile or an entry bundle by its path below the log's prefix (S-20); undefined for what the log does not have. */
  async resource(path: string): Promise<Uint8Array | undefined> {
    const parsed = parseTilePath(path);
    if (!parsed.ok) return undefined;
    const { level, index, width } = parsed.value;
    if (width > tileWidth(level, index, this.size)) return undefined;
    if (level !== "entries") return (await this.#reads.tile(level, index))?.slice(0, width * HASH_BYTES);
    const leaves = await this.#reads.leaves(index * TILE_WIDTH, width);
    return leaves.length === width ? encodeEntryBundle(leaves) : undefined;
  }
}
