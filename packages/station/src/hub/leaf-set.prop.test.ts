import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LeafSet } from "./leaf-set.ts";

/** Leaf hashes that collide in the bits the table looks at, as somebody who grinds them would make. */
const leaf = fc.tuple(fc.nat(3), fc.nat(40)).map(([first, last]) => {
  const bytes = new Uint8Array(32);
  bytes[3] = first;
  bytes[31] = last;
  return bytes;
});

describe("LeafSet", () => {
  it("W-32 finds exactly what was added and not truncated, at its first index, like a list would", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(leaf, { selector: (bytes) => bytes.join(), maxLength: 120 }),
        fc.nat(120),
        (leaves, cut) => {
          const start = leaves.slice(0, 10);
          const set = new LeafSet(Uint8Array.from(start.flatMap((bytes) => [...bytes])));
          for (const bytes of leaves.slice(10)) set.add(bytes);
          expect(leaves.map((bytes) => set.find(bytes))).toEqual(leaves.map((_, i) => i));
          const size = Math.min(cut, leaves.length);
          set.truncate(size);
          expect(leaves.map((bytes) => set.find(bytes))).toEqual(leaves.map((_, i) => (i < size ? i : -1)));
          expect(set.bytes.byteLength).toBe(32 * size);
          for (const bytes of leaves.slice(size)) set.add(bytes);
          expect(leaves.map((bytes) => set.find(bytes))).toEqual(leaves.map((_, i) => i));
        },
      ),
    );
  });
});
