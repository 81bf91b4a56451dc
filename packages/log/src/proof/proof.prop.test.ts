import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flipBit, leafHashes, nth, testHasher } from "../testing/index.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { consistencyProof, earlierRootOf, verifyConsistency } from "./consistency.ts";
import { inclusionProof, inclusionProofLength, rootFromInclusion, verifyInclusion } from "./inclusion.ts";

const hasher = testHasher();
const MAX = 200;
const leaves = leafHashes(MAX, hasher);
const tree = new MemoryTree(hasher);
for (const leaf of leaves) tree.append(leaf);

const place = fc
  .integer({ min: 1, max: MAX })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));
const pair = fc
  .integer({ min: 1, max: MAX })
  .chain((size2) => fc.record({ size2: fc.constant(size2), size1: fc.integer({ min: 1, max: size2 }) }));
const bit = fc.nat({ max: 255 });

describe("proofs of random trees", () => {
  it("L-6 inclusion proofs verify, and no flipped bit, lost, added or moved hash does", async () => {
    await fc.assert(
      fc.asyncProperty(place, bit, fc.nat(), async ({ size, index }, at, which) => {
        const proof = await inclusionProof(index, size, tree.reader, hasher);
        const leafHash = nth(leaves, index);
        const root = tree.root(size);
        const claim = { index, size, leafHash, proof };
        expect(proof).toHaveLength(inclusionProofLength(index, size));
        expect(verifyInclusion(claim, root, hasher)).toBe(true);
        expect(verifyInclusion({ ...claim, leafHash: flipBit(leafHash, at) }, root, hasher)).toBe(false);
        expect(verifyInclusion(claim, flipBit(root, at), hasher)).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...proof, root] }, root, hasher)).toBe(false);
        if (proof.length > 0) {
          const n = which % proof.length;
          expect(verifyInclusion({ ...claim, proof: proof.with(n, flipBit(nth(proof, n), at)) }, root, hasher)).toBe(
            false,
          );
          expect(verifyInclusion({ ...claim, proof: proof.with(n, nth(proof, n).subarray(1)) }, root, hasher)).toBe(
            false,
          );
          expect(verifyInclusion({ ...claim, proof: proof.toSpliced(n, 1) }, root, hasher)).toBe(false);
          expect(verifyInclusion({ ...claim, index: (index + 1) % size }, root, hasher)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("L-7 consistency proofs verify, and no flipped bit, lost or added hash does", async () => {
    await fc.assert(
      fc.asyncProperty(pair, bit, fc.nat(), async ({ size1, size2 }, at, which) => {
        const proof = await consistencyProof(size1, size2, tree.reader, hasher);
        const root1 = tree.root(size1);
        const root2 = tree.root(size2);
        const claim = { size1, size2, root1, proof };
        expect(verifyConsistency(claim, root2, hasher)).toBe(true);
        expect(verifyConsistency({ ...claim, root1: flipBit(root1, at) }, root2, hasher)).toBe(false);
        expect(verifyConsistency(claim, flipBit(root2, at), hasher)).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, root1] }, root2, hasher)).toBe(false);
        if (proof.length > 0) {
          const n = which % proof.length;
          expect(verifyConsistency({ ...claim, proof: proof.with(n, flipBit(nth(proof, n), at)) }, root2, hasher)).toBe(
            false,
          );
          expect(verifyConsistency({ ...claim, proof: proof.toSpliced(n, 1) }, root2, hasher)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("L-6 L-7 a proof cut short does not prove an inner node to be the root", async () => {
    const proof = await consistencyProof(1, 8, tree.reader, hasher);
    const claim = { size1: 1, size2: 8, root1: tree.root(1) };
    expect(verifyConsistency({ ...claim, proof }, tree.root(8), hasher)).toBe(true);
    expect(verifyConsistency({ ...claim, proof: proof.slice(0, 1) }, tree.root(2), hasher)).toBe(false);
    expect(verifyConsistency({ ...claim, proof: proof.slice(0, 2) }, tree.root(4), hasher)).toBe(false);
    const short = { index: 0, size: 8, leafHash: nth(leaves, 0), proof: proof.slice(0, 1) };
    expect(verifyInclusion(short, tree.root(2), hasher)).toBe(false);
  });

  it("L-2 L-6 L-7 refuse sizes and indexes outside the tree without throwing", () => {
    const root = tree.root();
    const leafHash = nth(leaves, 0);
    for (const index of [-1, 1, 1.5, Number.NaN, 2 ** 64]) {
      expect(rootFromInclusion({ index, size: 1, leafHash, proof: [] }, hasher)).toMatchObject({
        code: "log/out-of-range",
      });
    }
    for (const [size1, size2] of [
      [0, 0],
      [0, 1],
      [2, 1],
      [1, 2 ** 60],
    ] as const) {
      expect(verifyConsistency({ size1, size2, root1: root, proof: [] }, root, hasher)).toBe(false);
    }
  });

  it("L-7 the earlier root that a proof is about comes out of it, but for a perfect tree", async () => {
    for (let size2 = 2; size2 <= 20; size2++) {
      for (let size1 = 1; size1 < size2; size1++) {
        const proof = await consistencyProof(size1, size2, tree.reader, hasher);
        const isPerfect = Number.isInteger(Math.log2(size1));
        expect(earlierRootOf({ size1, size2 }, proof, hasher)).toEqual(isPerfect ? undefined : tree.root(size1));
      }
    }
    expect(earlierRootOf({ size1: 3, size2: 2 }, [], hasher)).toBeUndefined();
    expect(earlierRootOf({ size1: 3, size2: 3 }, [], hasher)).toBeUndefined();
  });

  it("L-6 L-7 makers refuse what is not there", async () => {
    await expect(inclusionProof(5, 5, tree.reader, hasher)).rejects.toMatchObject({ code: "log/out-of-range" });
    await expect(consistencyProof(0, 5, tree.reader, hasher)).rejects.toMatchObject({ code: "log/out-of-range" });
    await expect(inclusionProof(0, MAX + 1, tree.reader, hasher)).rejects.toMatchObject({ code: "log/out-of-range" });
  });
});
