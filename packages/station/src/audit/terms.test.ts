import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMapHasher, type MapEntry, MerkleMap } from "@chapar/log";
import { toHex } from "@chapar/wire/bytes";
import { drawIndex, drawTarget, isDrawn } from "./terms.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const nonces = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** Keys that share long beginnings, as hashes seldom do. */
const keys = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(0, 1, 128, 255), fc.constantFrom(0, 1, 255), nonces)
    .map(([a, b, tail]) => Uint8Array.of(a, b, ...tail.subarray(2))),
  { minLength: 1, maxLength: 40, selector: toHex },
);

describe("draws of an audit", () => {
  it("K-40 a target draws exactly one log of a map, as the log's own map proof shows", async () => {
    const hasher = createMapHasher(sha256);
    await fc.assert(
      fc.asyncProperty(keys, nonces, async (all, nonce) => {
        const entries: MapEntry[] = all
          .toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1))
          .map((key) => ({ key, value: key }));
        const map = new MerkleMap(hasher, 0);
        map.update(new Map([[0, entries]]));
        const target = drawTarget(nonce, 0, sha256);
        const proofs = await Promise.all(all.map((key) => map.prove(key, () => entries)));
        expect(all.filter((key, i) => isDrawn(target, key, proofs[i]?.siblings ?? []))).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it("K-40 an entry is drawn among all but the genesis, and other draws are others", () => {
    fc.assert(
      fc.property(nonces, fc.integer({ min: 2, max: 1_000_000 }), (nonce, size) => {
        const index = drawIndex(nonce, 0, size, sha256);
        expect(index).toBeGreaterThanOrEqual(1);
        expect(index).toBeLessThan(size);
        expect(drawTarget(nonce, 1, sha256)).not.toEqual(drawTarget(nonce, 0, sha256));
      }),
    );
    expect(drawIndex(new Uint8Array(32), 0, 1, sha256)).toBeUndefined();
    const drawn = Array.from({ length: 200 }, (_, draw) => drawIndex(new Uint8Array(32), draw, 5, sha256));
    expect(new Set(drawn)).toEqual(new Set([1, 2, 3, 4]));
  });
});
