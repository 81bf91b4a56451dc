/*
 * The bytes of hash tiles, and proofs from them. A tile stands for the subtree of height 8 above its hashes; levels in
 * between are hashed when asked for. Tiles come from strangers: a tree is believed only when its tiles lead to the root
 * of a verified checkpoint, and every tile but the right edge's is also checked against the hash that its parent holds.
 */
import { equalBytes } from "@chapar/wire/bytes";
import { LogError, refuseAt, type TextDecoded } from "../errors.ts";
import { HASH_BYTES, type TreeHasher } from "../tree/hash.ts";
import type { HashReader } from "../tree/hash-reader.ts";
import { readRange } from "../tree/ranges.ts";
import { type TileAt, TILE_WIDTH, tileWidth } from "./path.ts";

const TILE_HEIGHT = 8;

/** Fetches the bytes of a hash tile; rejects when the log does not have it. */
export type TileFetcher = (tile: TileAt) => Uint8Array | Promise<Uint8Array>;

/** Splits a tile's bytes into its hashes. @returns `log/bad-tile` unless it is exactly as wide as asked · L-51 */
export function decodeTile(bytes: Uint8Array, width: number): TextDecoded<Uint8Array[]> {
  if (bytes.byteLength !== width * HASH_BYTES) {
    return refuseAt("log/bad-tile", Math.min(bytes.byteLength, width * HASH_BYTES));
  }
  const hashes = Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  return { ok: true, value: hashes };
}

/** Bytes of a tile from the log's own stored hashes. @param tile  of a hash level, not entries */
export async function buildTile(tile: TileAt, read: HashReader): Promise<Uint8Array<ArrayBuffer>> {
  if (tile.level === "entries") throw new LogError("log/bad-argument", "bundles are not built from hashes");
  const level = tile.level * TILE_HEIGHT;
  const first = tile.index * TILE_WIDTH;
  const bytes = new Uint8Array(tile.width * HASH_BYTES);
  const hashes = await Promise.all(Array.from({ length: tile.width }, async (_, i) => read(level, first + i)));
  hashes.forEach((hash, i) => bytes.set(hash, i * HASH_BYTES));
  return bytes;
}

/** The hash of a full tile: what its parent tile holds for it. @see tlog-tiles · L-51 */
export function hashFullTile(hashes: readonly Uint8Array[], hasher: TreeHasher): Uint8Array {
  if (hashes.length !== TILE_WIDTH) throw new LogError("log/bad-argument", "only full tiles are hashed upwards");
  return foldPerfect(hashes, hasher);
}

/** Whether a full tile is the one its parent's hash speaks of. @see L-51 */
export function verifyFullTile(bytes: Uint8Array, parentHash: Uint8Array, hasher: TreeHasher): boolean {
  const hashes = decodeTile(bytes, TILE_WIDTH);
  return hashes.ok && equalBytes(hashFullTile(hashes.value, hasher), parentHash);
}

/**
 * Reads stored hashes out of the tiles of a log at one size, for `inclusionProof` and `consistencyProof`.
 *
 * Each tile is fetched once and kept for the reader's life. Nothing is believed: check the proof against a signed root,
 * or the tiles with `verifyTiles` first. Rejects with LogError `log/bad-tile` for a tile of another width.
 * @param size  of a verified checkpoint: partial tiles are asked for at its width
 * @see L-52
 */
export function tileHashReader(size: number, fetchTile: TileFetcher, hasher: TreeHasher): HashReader {
  const cache = new Map<string, Promise<Uint8Array[]>>();
  const load = async (level: number, index: number): Promise<Uint8Array[]> => {
    const width = tileWidth(level, index, size);
    if (width === 0) throw new LogError("log/out-of-range", `no tile ${level}/${index} at size ${size}`);
    const hashes = decodeTile(await fetchTile({ level, index, width }), width);
    if (!hashes.ok) throw new LogError("log/bad-tile", `tile ${level}/${index} is not ${width} hashes`);
    return hashes.value;
  };
  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const height = level - tileLevel * TILE_HEIGHT;
    const first = index * 2 ** height;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const key = `${tileLevel}/${tileIndex}`;
    const loading = cache.get(key) ?? load(tileLevel, tileIndex);
    cache.set(key, loading);
    const from = first - tileIndex * TILE_WIDTH;
    const parts = (await loading).slice(from, from + 2 ** height);
    if (parts.length !== 2 ** height) throw new LogError("log/out-of-range", `no node ${level}/${index} at this size`);
    return foldPerfect(parts, hasher);
  };
}

function foldPerfect(hashes: readonly Uint8Array[], hasher: TreeHasher): Uint8Array {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  const half = hashes.length / 2;
  return hasher.node(foldPerfect(hashes.slice(0, half), hasher), foldPerfect(hashes.slice(half), hasher));
}

/** Whether the tiles of a log lead to the root of a checkpoint at `size`: its right edge is authentic. @see L-52 */
export async function verifyTiles(
  size: number,
  root: Uint8Array,
  read: HashReader,
  hasher: TreeHasher,
): Promise<boolean> {
  if (size === 0) return equalBytes(root, hasher.empty());
  return equalBytes(await readRange(0, size, read, hasher), root);
}
