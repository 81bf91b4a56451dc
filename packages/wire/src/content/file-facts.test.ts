import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CborWriter } from "./cbor-writer.ts";
import { decodeFileFacts, type ShownFacts } from "./file-facts.ts";
import { MAX_FILES } from "./limits.ts";
import { encodeFileFacts } from "./write-file-facts.ts";

const PHOTO: ShownFacts = { kind: "photo", width: 4000, height: 3000, preview: new Uint8Array(25).fill(7) };
const VOICE: ShownFacts = { kind: "voice", durationMs: 61_500, wave: new Uint8Array(64).fill(200) };
const uint = (value: number): Uint8Array => new CborWriter().uint(value).finish();
const bytes = (size: number): Uint8Array => new CborWriter().bytes(new Uint8Array(size)).finish();

/** An extension of one file with these pairs. */
function oneFile(...pairs: readonly (readonly [number | string, Uint8Array])[]): readonly ShownFacts[] {
  return decodeFileFacts(new CborWriter().array(1).map(pairs).finish(), 1);
}

describe("what a message tells of its files", () => {
  it("C-93 comes back as it was told, for each file in its place", () => {
    for (const files of [
      [PHOTO],
      [VOICE, PHOTO],
      [{ kind: "video", width: 16, height: 9, durationMs: 0 } as const],
      [],
    ])
      expect(decodeFileFacts(encodeFileFacts(files), files.length)).toEqual(files);
  });

  it("C-93 is nothing when it is no array of as many maps, and never throws", () => {
    const value = encodeFileFacts([PHOTO, VOICE]);
    const nothing = (count: number): readonly ShownFacts[] => Array.from({ length: count }, () => ({ kind: "file" }));
    expect(decodeFileFacts(undefined, 2)).toEqual(nothing(2));
    expect(decodeFileFacts(value, 1)).toEqual(nothing(1));
    expect(decodeFileFacts(value, 3)).toEqual(nothing(3));
    expect(decodeFileFacts(value.subarray(0, -1), 2)).toEqual(nothing(2));
    expect(decodeFileFacts(Uint8Array.of(...value, 0), 2)).toEqual(nothing(2));
    const many = new CborWriter().array(MAX_FILES + 1);
    for (let i = 0; i <= MAX_FILES; i++) many.map([[1, uint(1)]]);
    expect(decodeFileFacts(many.finish(), MAX_FILES + 1)).toEqual(nothing(MAX_FILES + 1));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(3), (any, count) => {
        expect(decodeFileFacts(any, count)).toHaveLength(count);
      }),
      { numRuns: 2000 },
    );
  });

  it("C-93 leaves out a field outside its bounds alone, and passes over keys it does not know", () => {
    expect(oneFile([1, uint(1)], [2, uint(10)], [3, uint(20)], [9, uint(5)], ["x", bytes(3)])).toEqual([
      { kind: "photo", width: 10, height: 20 },
    ]);
    expect(oneFile([1, uint(99)], [4, uint(5)])).toEqual([{ kind: "file", durationMs: 5 }]);
    expect(oneFile([1, uint(1)], [2, uint(0)], [3, uint(20)])).toEqual([{ kind: "photo" }]);
    expect(oneFile([1, uint(1)], [2, uint(40_000)], [3, uint(20)], [4, uint(86_400_001)])).toEqual([{ kind: "photo" }]);
    expect(oneFile([1, uint(2)], [4, bytes(2)], [5, uint(7)])).toEqual([{ kind: "video" }]);
    expect(oneFile([5, bytes(4)], [6, bytes(0)])).toEqual([{ kind: "file" }]);
    expect(oneFile([5, bytes(41)], [6, bytes(65)])).toEqual([{ kind: "file" }]);
    expect(oneFile([2, uint(5)])).toEqual([{ kind: "file" }]);
  });

  it("C-93 of our own is within its bounds, or it is a mistake of ours", () => {
    expect(() => encodeFileFacts([{ kind: "voice", wave: new Uint8Array(65) }])).toThrow(RangeError);
    expect(() => encodeFileFacts([{ kind: "photo", width: 0, height: 3 }])).toThrow(RangeError);
    expect(() => encodeFileFacts(Array.from({ length: 11 }, () => PHOTO))).toThrow(RangeError);
  });
});
