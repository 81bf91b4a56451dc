/* What every HashReader must do: hold each perfect subtree's root of the tree it was filled with. */
import { describe, expect, it } from "vitest";
import { consistencyProof, verifyConsistency } from "../proof/consistency.ts";
import { inclusionProof, verifyInclusion } from "../proof/inclusion.ts";
import type { HashReader } from "../tree/hash-reader.ts";
import { leafHashes, naiveRoot } from "./naive-tree.ts";
import { nth } from "./nth.ts";
import { testHasher } from "./primitives.ts";

/** Makes a reader over a log of these leaf hashes. */
export type HashReaderMaker = (leaves: readonly Uint8Array[]) => Promise<HashReader>;

/** Runs the conformance suite of the HashReader port. */
export function describeHashReader(name: string, make: HashReaderMaker): void {
  const hasher = testHasher();

  describe(`HashReader ${name}`, () => {
    it.each([1, 2, 5, 255, 256, 257, 700])("holds what proofs in a log of %i entries need", async (size) => {
      const leaves = leafHashes(size, hasher);
      const read = await make(leaves);
      const root = naiveRoot(leaves, hasher);
      for (const index of new Set([0, size >> 1, size - 1])) {
        const proof = await inclusionProof(index, size, read, hasher);
        expect(verifyInclusion({ index, size, leafHash: nth(leaves, index), proof }, root, hasher)).toBe(true);
        const size1 = index + 1;
        const root1 = naiveRoot(leaves.slice(0, size1), hasher);
        const between = await consistencyProof(size1, size, read, hasher);
        expect(verifyConsistency({ size1, size2: size, root1, proof: between }, root, hasher)).toBe(true);
      }
    });

    it("fails for what it does not hold", async () => {
      const read = await make(leafHashes(5, hasher));
      for (const [level, index] of [
        [0, 5],
        [2, 1],
        [3, 0],
      ] as const) {
        await expect((async () => read(level, index))()).rejects.toBeDefined();
      }
    });
  });
}
