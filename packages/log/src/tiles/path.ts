/*
 * C2SP tlog-tiles: the names of a log's static resources, and which of them exist at a tree size.
 *
 *   tile/<L>/<N>[.p/<W>]          hashes: level L 0..63, index N as x001/x234/067, W 1..255 when partial
 *   tile/entries/<N>[.p/<W>]      entries
 *   checkpoint
 *
 * A tile holds 256 hashes, each the root of a full tile below; a tree's right edge is one partial tile a level.
 */
import { refuseAt, type TextDecoded } from "../errors.ts";

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;

const TILE_HEIGHT = 8;
const MAX_LEVEL = 63;

/** A hash tile or entry bundle by its place. */
export interface TileAt {
  /** 0..63, or "entries" for a bundle of the entries under a level-0 tile */
  readonly level: number | "entries";
  /** index within the level */
  readonly index: number;
  /** 256 when full, 1..255 when partial */
  readonly width: number;
}

function formatIndex(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  return (padded.match(/.{3}/g) ?? []).map((part, i, all) => (i < all.length - 1 ? `x${part}` : part)).join("/");
}

/** Path of a tile below the log's prefix, without a leading slash. @see tlog-tiles · L-48 */
export function formatTilePath(tile: TileAt): string {
  const partial = tile.width === TILE_WIDTH ? "" : `.p/${tile.width}`;
  return `tile/${tile.level}/${formatIndex(tile.index)}${partial}`;
}

/**
 * Parses a tile path; only the spelling that `formatTilePath` gives is taken.
 *
 * @returns `log/bad-tile`
 * @see tlog-tiles · L-48
 */
export function parseTilePath(path: string): TextDecoded<TileAt> {
  const parts = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path);
  const [, levelText, indexText, widthText] = parts ?? [];
  if (levelText === undefined || indexText === undefined) return refuseAt("log/bad-tile", 0);
  const level = levelText === "entries" ? levelText : Number(levelText);
  const index = Number(indexText.replaceAll(/[x/]/g, ""));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  const isSound = (level === "entries" || level <= MAX_LEVEL) && Number.isSafeInteger(index);
  if (!isSound || (widthText !== undefined && width >= TILE_WIDTH)) return refuseAt("log/bad-tile", 0);
  // A leading group x000, or a longer index than needed, would be a second spelling.
  return formatIndex(index) === indexText ? { ok: true, value: { level, index, width } } : refuseAt("log/bad-tile", 0);
}

/** Leaves that one hash of a level stands for. */
function span(level: number): number {
  return 2 ** (TILE_HEIGHT * level);
}

/** Width of a tile in a tree of `size` leaves: 0 when it does not exist, 256 when full. @see tlog-tiles, Partial Tiles · L-49 */
export function tileWidth(level: number | "entries", index: number, size: number): number {
  const hashes = Math.floor(size / span(level === "entries" ? 0 : level));
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/**
 * The hash tiles that appear or widen when a log grows, partial ones at the new size; its entry bundles are the level-0
 * tiles by another name.
 *
 * Cost: one item for each tile touched. @see L-49
 */
export function tilesBetween(oldSize: number, newSize: number): TileAt[] {
  const tiles: TileAt[] = [];
  for (let level = 0; level <= MAX_LEVEL && newSize >= span(level); level++) {
    const from = Math.floor(oldSize / span(level));
    const to = Math.floor(newSize / span(level));
    if (from === to) continue;
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
      tiles.push({ level, index, width: tileWidth(level, index, newSize) });
    }
  }
  return tiles;
}

/** The first leaf after those a full tile spans. */
function endIndex(tile: TileAt): number {
  return (tile.index + 1) * span(tile.level === "entries" ? 1 : tile.level + 1);
}

/**
 * Whether a log may stop serving a resource.
 *
 * Full tiles and bundles that end at or below the minimum index may go; a partial one may go once its full one is there
 * (at `size`) or has gone.
 * @see tlog-tiles, Pruning · L-50
 */
export function mayPrune(tile: TileAt, minIndex: number, size: number): boolean {
  if (endIndex(tile) <= minIndex) return true;
  return tile.width < TILE_WIDTH && tileWidth(tile.level, tile.index, size) === TILE_WIDTH;
}
