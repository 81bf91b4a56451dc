/* Merkle maps against the plainest possible tree, and every proof against its root. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import { testSha256 } from "../testing/primitives.ts";
import {
  compareKeys,
  createMapHasher,
  EMPTY_NODE,
  keyBit,
  type MapEntry,
  type MapNode,
  mapSubtree,
} from "./map-hash.ts";
import { decodeMapProof, encodeMapProof, mapRoot, openMapProof } from "./map-proof.ts";
import { MerkleMap } from "./merkle-map.ts";

const hasher = createMapHasher(testSha256);

/** Keys that often share a long beginning, as nobody's luck but an attacker's work makes them. */
const key = fc.tuple(fc.nat(3), fc.nat(20), fc.nat(255)).map(([kind, short, last]) => {
  const bytes = kind === 0 ? new Uint8Array(32) : testSha256(Uint8Array.of(short));
  bytes[kind === 0 ? 31 : 1] = last;
  return bytes;
});
const entry: fc.Arbitrary<MapEntry> = fc.record({ key, value: fc.uint8Array({ maxLength: 40 }) });
const entries = fc.array(entry, { maxLength: 40 }).map((all) => {
  const byKey = new Map(all.map((one) => [toHex(one.key), one]));
  return [...byKey.values()].sort((a, b) => compareKeys(a.key, b.key));
});

/** Straight from the words of the page. */
function naive(all: readonly MapEntry[], depth: number): Uint8Array {
  if (all.length === 0) return new Uint8Array(32);
  if (all.length === 1) return testSha256(Uint8Array.of(2, ...all[0]!.key, ...all[0]!.value));
  const side = (bit: 0 | 1): Uint8Array =>
    naive(
      all.filter((one) => keyBit(one.key, depth) === bit),
      depth + 1,
    );
  return testSha256(Uint8Array.of(3, ...side(0), ...side(1)));
}

function mapOf(all: readonly MapEntry[], bits: number): { map: MerkleMap; buckets: Map<number, MapEntry[]> } {
  const map = new MerkleMap(hasher, bits);
  const buckets = new Map<number, MapEntry[]>();
  for (const one of all) {
    const bucket = map.bucketOf(one.key);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), one]);
  }
  map.update(buckets);
  return { map, buckets };
}

describe("a Merkle map", () => {
  it("S-13 has the root of its entries, in however many buckets and in whatever order they came", () => {
    fc.assert(
      fc.property(entries, fc.constantFrom(0, 1, 4, 9), fc.nat(), (all, bits, cut) => {
        const root = naive(all, 0);
        expect(mapSubtree(all, 0, hasher).hash).toEqual(root);
        expect(mapOf(all, bits).map.root()).toEqual(root);
        // In two steps, the second changing values of the first.
        const at = all.length === 0 ? 0 : cut % all.length;
        const { map, buckets } = mapOf(
          all.slice(0, at).map((one) => ({ ...one, value: Uint8Array.of(9, 9) })),
          bits,
        );
        const copy = map.copy();
        const before = copy.root();
        const changed = new Map<number, MapEntry[]>();
        for (const one of all) {
          const bucket = map.bucketOf(one.key);
          changed.set(bucket, [...(changed.get(bucket) ?? []), one]);
        }
        for (const bucket of buckets.keys()) if (!changed.has(bucket)) changed.set(bucket, []);
        map.update(changed);
        expect(map.root()).toEqual(root);
        expect(copy.root()).toEqual(before);
      }),
    );
  });

  it("S-14 proves what a key has and that another has nothing, in one spelling, and refuses every turned bit", async () => {
    await fc.assert(
      fc.asyncProperty(entries, key, fc.constantFrom(0, 3, 8), fc.nat(), async (all, other, bits, flip) => {
        const { map, buckets } = mapOf(all, bits);
        const root = map.root();
        for (const asked of [...all.slice(0, 5).map((one) => one.key), other]) {
          const proof = await map.prove(asked, (bucket) => buckets.get(bucket) ?? []);
          const bytes = encodeMapProof(proof, asked);
          const wanted = all.find((one) => equalBytes(one.key, asked))?.value;
          expect(openMapProof(bytes, asked, root, hasher)).toEqual({ ok: true, value: wanted });
          const bent = bytes.slice();
          const bit = flip % (8 * bent.byteLength);
          bent[bit >> 3]! ^= 0x80 >> (bit & 7);
          expect(openMapProof(bent, asked, root, hasher).ok).toBe(false);
          expect(openMapProof(Uint8Array.of(...bytes, 0), asked, root, hasher)).toMatchObject({
            code: "wire/trailing",
          });
          expect(openMapProof(bytes, asked, testSha256(root), hasher)).toMatchObject({ code: "log/bad-root" });
        }
      }),
    );
  });

  it("S-14 answers any bytes with a value or a code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), key, (bytes, asked) => {
        const decoded = decodeMapProof(bytes, asked);
        if (decoded.ok) expect(encodeMapProof(decoded.value, asked)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("S-14 refuses siblings of another size, and an end that is not on the key's path", () => {
    const asked = new Uint8Array(32);
    const far = new Uint8Array(32).fill(0xff);
    const siblings = [testSha256(asked)];
    expect(mapRoot({ end: undefined, siblings: [new Uint8Array(31)] }, asked, hasher)).toMatchObject({ ok: false });
    expect(mapRoot({ end: { key: far, value: far }, siblings }, asked, hasher)).toMatchObject({ ok: false });
    const bytes = encodeMapProof({ end: { key: far, value: far }, siblings }, asked);
    expect(decodeMapProof(bytes, asked)).toMatchObject({ code: "log/bad-proof" });
    const lone: MapNode = mapSubtree([{ key: asked, value: far }], 0, hasher);
    expect(lone.kind).toBe("leaf");
    // An entry below an empty sibling would stand higher.
    const low = encodeMapProof({ end: { key: asked, value: far }, siblings: [EMPTY_NODE.hash] }, asked);
    expect(decodeMapProof(low, asked)).toMatchObject({ code: "log/bad-proof" });
  });
});
