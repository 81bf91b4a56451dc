import { toHex } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leafHashes, naiveRoot, testHasher, testSha256 } from "../testing/index.ts";
import { bitAt, bitLength, forkHeight, onesCount, shiftRight, trailingZeros } from "./bits.ts";
import { CompactRange } from "./compact-range.ts";
import { MemoryTree } from "./memory-tree.ts";

const hasher = testHasher();
const safe = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(),
  fc.nat({ max: 52 }).map((place) => 2 ** place),
);

const binary = (value: bigint): string => (value === 0n ? "" : value.toString(2));

describe("bits up to 2^53 - 1", () => {
  it("agree with BigInt", () => {
    fc.assert(
      fc.property(safe, safe, fc.nat({ max: 60 }), (a, b, places) => {
        expect(bitLength(a)).toBe(binary(BigInt(a)).length);
        expect(onesCount(a)).toBe(binary(BigInt(a)).replaceAll("0", "").length);
        expect(forkHeight(a, b)).toBe(binary(BigInt(a) ^ BigInt(b)).length);
        expect(shiftRight(a, places)).toBe(Number(BigInt(a) >> BigInt(places)));
        expect(bitAt(a, places)).toBe(Number((BigInt(a) >> BigInt(places)) & 1n));
        if (a > 0) expect(trailingZeros(a)).toBe(/0*$/.exec(binary(BigInt(a)))?.[0].length);
      }),
    );
  });
});

describe("trees", () => {
  it("L-1 leaf, node and empty hashes are those of RFC 6962", () => {
    expect(toHex(hasher.empty())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(toHex(hasher.leaf(new Uint8Array(0)))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    // Root of the two leaves "" and 0x00: the RFC's reference tree of size 2.
    const node = hasher.node(hasher.leaf(new Uint8Array(0)), hasher.leaf(new Uint8Array(1)));
    expect(toHex(node)).toBe("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    expect(toHex(hasher.leaf(new Uint8Array(5000)))).toBe(toHex(testSha256(new Uint8Array(5001))));
  });

  it("L-4 a compact range has the root of the naive tree at every size", () => {
    const leaves = leafHashes(130, hasher);
    const range = new CompactRange(hasher);
    const tree = new MemoryTree(hasher);
    expect(range.root()).toEqual(naiveRoot([], hasher));
    leaves.forEach((leaf, i) => {
      range.append(leaf);
      tree.append(leaf);
      const expected = naiveRoot(leaves.slice(0, i + 1), hasher);
      expect(range.root()).toEqual(expected);
      expect(tree.root()).toEqual(expected);
    });
    for (const size of [0, 1, 2, 77, 128, 129])
      expect(tree.root(size)).toEqual(naiveRoot(leaves.slice(0, size), hasher));
  });

  it("L-4 a compact range costs one node hash an append, amortised", () => {
    let nodes = 0;
    const counting = { ...hasher, nodeAt: (b: Uint8Array, l: number, r: number) => (nodes++, hasher.nodeAt(b, l, r)) };
    const range = new CompactRange(counting);
    for (const leaf of leafHashes(1024, hasher)) range.append(leaf);
    expect(nodes).toBe(1023);
    expect(range.encode().byteLength).toBe(2 + 32);
  });

  it("L-5 a stored range goes on as if it had never stopped, and clones do not disturb each other", () => {
    fc.assert(
      fc.property(fc.nat({ max: 70 }), fc.nat({ max: 70 }), (before, after) => {
        const leaves = leafHashes(before + after, hasher);
        const range = new CompactRange(hasher);
        for (const leaf of leaves.slice(0, before)) range.append(leaf);
        const clone = range.clone();
        const stored = CompactRange.decode(range.encode(), hasher);
        if (!stored.ok) throw new Error(stored.code);
        for (const leaf of leaves.slice(before)) {
          stored.value.append(leaf);
          clone.append(leaf);
        }
        expect(stored.value.root()).toEqual(naiveRoot(leaves, hasher));
        expect(clone.encode()).toEqual(stored.value.encode());
        expect(range.size).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it("L-5 refuses stored ranges with missing or extra bytes and never throws", () => {
    const range = new CompactRange(hasher);
    for (const leaf of leafHashes(11, hasher)) range.append(leaf);
    const bytes = range.encode();
    expect(CompactRange.decode(bytes.subarray(0, -1), hasher)).toMatchObject({ ok: false, code: "wire/truncated" });
    expect(CompactRange.decode(new Uint8Array([...bytes, 0]), hasher)).toMatchObject({
      ok: false,
      code: "wire/trailing",
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        const decoded = CompactRange.decode(junk, hasher);
        if (decoded.ok) expect(decoded.value.encode()).toEqual(junk);
      }),
    );
  });

  it("L-4 refuses hashes that are not 32 bytes long", () => {
    expect(() => new CompactRange(hasher).append(new Uint8Array(31))).toThrow("log/bad-argument");
    expect(() => new MemoryTree(hasher).append(new Uint8Array(33))).toThrow("log/bad-argument");
    expect(() => hasher.node(new Uint8Array(32), new Uint8Array(0))).toThrow("log/bad-argument");
  });
});
