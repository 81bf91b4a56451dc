/*
 * C2SP entry bundles: the entries under one level-0 tile, each `u16 length || bytes`, nothing between or after. Every
 * entry hashes to the tile's hash in its place.
 */
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import { LogError, type LogDecoded } from "../errors.ts";
import type { TreeHasher } from "../tree/hash.ts";
import { TILE_WIDTH } from "./path.ts";

/** Most bytes of an entry in a bundle. */
export const BUNDLE_MAX_ENTRY_BYTES = 65_535;

/** Bytes of a bundle of 1 to 256 entries. @throws LogError `log/bad-argument` */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const isSound = entries.every((entry) => entry.byteLength <= BUNDLE_MAX_ENTRY_BYTES);
  if (!isSound || entries.length === 0 || entries.length > TILE_WIDTH) {
    throw new LogError("log/bad-argument", "not a bundle");
  }
  const writer = new ByteWriter(4096);
  for (const entry of entries) writer.u16(entry.byteLength).bytes(entry);
  return writer.finish();
}

/**
 * Decodes a bundle that must hold `width` entries.
 *
 * @returns views into `bytes`; a `wire/` code when there are fewer entries or anything follows them
 * @see tlog-tiles, Log entries · L-53
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): LogDecoded<Uint8Array[]> {
  const reader = new ByteReader(bytes);
  const entries: Uint8Array[] = [];
  for (let i = 0; i < width && !reader.failed; i++) entries.push(reader.bytes(reader.u16()));
  return reader.finish(entries);
}

/** Whether each entry hashes to the level-0 tile's hash in its place. @see L-53 */
export function verifyEntryBundle(
  entries: readonly Uint8Array[],
  leafHashes: readonly Uint8Array[],
  hasher: TreeHasher,
): boolean {
  if (entries.length !== leafHashes.length) return false;
  return entries.every((entry, i) => equalBytes(hasher.leaf(entry), leafHashes[i] ?? new Uint8Array(0)));
}
