/*
 * Damage for the fuzz tests of decoders: bytes of no meaning, and valid bytes that were cut, extended or changed.
 */
import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";

/** Bytes of no meaning. */
export const arbitraryBytes: Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 600 });

/** Valid bytes with one to eight changes: a byte replaced, removed, put in, or a stretch repeated. */
export function arbitraryDamage(valid: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  const change = fc.record({
    how: fc.constantFrom("replace" as const, "remove" as const, "insert" as const, "repeat" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff)),
  });
  return fc.tuple(valid, fc.array(change, { minLength: 1, maxLength: 8 })).map(([bytes, changes]) => {
    const out = [...bytes];
    for (const { how, at, byte } of changes) {
      const place = Math.floor(at * (out.length + 1));
      if (how === "replace" && place < out.length) out[place] = byte;
      else if (how === "remove") out.splice(place, 1 + (byte & 7));
      else if (how === "insert") out.splice(place, 0, byte);
      else out.splice(place, 0, ...out.slice(place, place + byte));
    }
    return Uint8Array.from(out);
  });
}

/** Cuts bytes into pieces of random sizes, some of them empty. */
export function arbitraryPieces(bytes: Uint8Array): Arbitrary<readonly Uint8Array[]> {
  return fc.array(fc.nat(bytes.byteLength), { maxLength: 40 }).map((places) => {
    const cuts = [0, ...places.sort((a, b) => a - b), bytes.byteLength];
    return cuts.slice(1).map((end, i) => bytes.slice(cuts[i], end));
  });
}
