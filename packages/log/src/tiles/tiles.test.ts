import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consistencyProof, verifyConsistency } from "../proof/consistency.ts";
import { inclusionProof, verifyInclusion } from "../proof/inclusion.ts";
import { flipBit, leafHashes, nth, testHasher } from "../testing/index.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { decodeEntryBundle, encodeEntryBundle, verifyEntryBundle } from "./bundle.ts";
import { formatTilePath, mayPrune, parseTilePath, type TileAt, tilesBetween, tileWidth } from "./path.ts";
import { buildTile, decodeTile, hashFullTile, tileHashReader, verifyFullTile, verifyTiles } from "./tile.ts";

const hasher = testHasher();
const SIZE = 1300;
const tree = new MemoryTree(hasher);
const leaves = leafHashes(SIZE, hasher);
for (const leaf of leaves) tree.append(leaf);

describe("tile paths", () => {
  it("L-48 are those of the specification", () => {
    expect(formatTilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(formatTilePath({ level: "entries", index: 0, width: 7 })).toBe("tile/entries/000.p/7");
    expect(formatTilePath({ level: 63, index: 999, width: 255 })).toBe("tile/63/999.p/255");
    const index = fc.oneof(fc.nat({ max: 2000 }), fc.maxSafeNat());
    const level = fc.oneof(fc.nat({ max: 63 }), fc.constant("entries" as const));
    fc.assert(
      fc.property(fc.record({ level, index, width: fc.integer({ min: 1, max: 256 }) }), (tile) => {
        expect(parseTilePath(formatTilePath(tile))).toEqual({ ok: true, value: tile });
      }),
    );
  });

  it.each([
    "tile/64/000",
    "tile/00/000",
    "tile/0/0",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "/tile/0/000",
    "tile/0/000/",
    "tile/entry/000",
    "tile/0/x999/x999/x999/x999/x999/999",
    "",
    "tile/0/..",
    "tile/-1/000",
  ])("L-48 refuse %s", (path) => expect(parseTilePath(path)).toMatchObject({ ok: false, code: "log/bad-tile" }));
});

function count(tiles: TileAt[], level: number, isFull: boolean): number {
  return tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull).length;
}

describe("tiles of a tree", () => {
  it("L-49 a tree of 70,000 leaves and one of 256 have the tiles the specification counts", () => {
    const large = tilesBetween(0, 70_000);
    expect([count(large, 0, true), count(large, 0, false), count(large, 1, true), count(large, 1, false)]).toEqual([
      273, 1, 1, 1,
    ]);
    expect(large.slice(-3)).toEqual([
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect(tileWidth(0, 273, 70_000)).toBe(112);
    expect(tilesBetween(0, 256)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect(tilesBetween(250, 257).map(formatTilePath)).toEqual(["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
    expect(tilesBetween(5, 5)).toEqual([]);
  });

  it("L-50 only full tiles below the minimum index, and partial ones that were filled, may go", () => {
    expect(mayPrune({ level: 0, index: 0, width: 256 }, 255, 1000)).toBe(false);
    expect(mayPrune({ level: 0, index: 0, width: 256 }, 256, 1000)).toBe(true);
    expect(mayPrune({ level: "entries", index: 1, width: 256 }, 512, 1000)).toBe(true);
    expect(mayPrune({ level: 1, index: 0, width: 256 }, 65_535, 70_000)).toBe(false);
    expect(mayPrune({ level: 0, index: 3, width: 9 }, 0, 1000)).toBe(false);
    expect(mayPrune({ level: 0, index: 3, width: 9 }, 0, 1024)).toBe(true);
  });

  it("L-51 L-52 proofs made from tiles verify at any size, each tile fetched once", async () => {
    const size = fc.integer({ min: 1, max: SIZE });
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (at, a, b) => {
        const fetched: string[] = [];
        const read = tileHashReader(
          at,
          async (tile) => (fetched.push(formatTilePath(tile)), buildTile(tile, tree.reader)),
          hasher,
        );
        const index = a % at;
        const size1 = 1 + (b % at);
        expect(await verifyTiles(at, tree.root(at), read, hasher)).toBe(true);
        const proof = await inclusionProof(index, at, read, hasher);
        expect(verifyInclusion({ index, size: at, leafHash: nth(leaves, index), proof }, tree.root(at), hasher)).toBe(
          true,
        );
        const between = await consistencyProof(size1, at, read, hasher);
        expect(
          verifyConsistency({ size1, size2: at, root1: tree.root(size1), proof: between }, tree.root(at), hasher),
        ).toBe(true);
        expect(new Set(fetched).size).toBe(fetched.length);
      }),
      { numRuns: 40 },
    );
  });

  it("L-51 a full tile hashes to its parent's hash, and a flipped one does not", async () => {
    const bytes = await buildTile({ level: 0, index: 2, width: 256 }, tree.reader);
    const parent = await tree.reader(8, 2);
    expect(verifyFullTile(bytes, parent, hasher)).toBe(true);
    expect(verifyFullTile(flipBit(bytes, 77), parent, hasher)).toBe(false);
    expect(verifyFullTile(bytes.subarray(32), parent, hasher)).toBe(false);
    expect(decodeTile(bytes, 255)).toMatchObject({ ok: false, code: "log/bad-tile" });
    expect(() => hashFullTile([parent], hasher)).toThrow("log/bad-argument");
  });

  it("L-52 tiles that lie are seen, and tiles of another width or beyond the tree are refused", async () => {
    const lie = tileHashReader(SIZE, async (tile) => flipBit(await buildTile(tile, tree.reader), 5), hasher);
    expect(await verifyTiles(SIZE, tree.root(), lie, hasher)).toBe(false);
    const narrow = tileHashReader(SIZE, async (tile) => (await buildTile(tile, tree.reader)).subarray(32), hasher);
    await expect(verifyTiles(SIZE, tree.root(), narrow, hasher)).rejects.toMatchObject({ code: "log/bad-tile" });
    const read = tileHashReader(300, (tile) => buildTile(tile, tree.reader), hasher);
    await expect(read(0, 300)).rejects.toMatchObject({ code: "log/out-of-range" });
    await expect(read(9, 0)).rejects.toMatchObject({ code: "log/out-of-range" });
    expect(await verifyTiles(0, hasher.empty(), read, hasher)).toBe(true);
  });
});

describe("entry bundles", () => {
  it("L-53 round-trip, hash to their tile, refuse trailing bytes, never throw", () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(entries, fc.uint8Array({ maxLength: 90 }), (all, junk) => {
        const bytes = encodeEntryBundle(all);
        expect(decodeEntryBundle(bytes, all.length)).toEqual({ ok: true, value: all });
        expect(decodeEntryBundle(Uint8Array.of(...bytes, 0), all.length)).toMatchObject({ code: "wire/trailing" });
        expect(decodeEntryBundle(bytes, all.length + 1)).toMatchObject({ code: "wire/truncated" });
        const hashes = all.map((entry) => hasher.leaf(entry));
        expect(verifyEntryBundle(all, hashes, hasher)).toBe(true);
        expect(verifyEntryBundle(all, hashes.with(0, hasher.empty()), hasher)).toBe(false);
        expect(verifyEntryBundle(all, hashes.slice(1), hasher)).toBe(false);
        expect(verifyEntryBundle(all, [...hashes, hasher.empty()], hasher)).toBe(false);
        const decoded = decodeEntryBundle(junk, 3);
        if (decoded.ok) expect(encodeEntryBundle(decoded.value)).toEqual(junk);
      }),
    );
    expect(() => encodeEntryBundle([])).toThrow("log/bad-argument");
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow("log/bad-argument");
  });
});
