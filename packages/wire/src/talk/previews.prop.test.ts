import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CborWriter } from "../content/cbor-writer.ts";
import { cleanLine } from "../content/name.ts";
import { MAX_PREVIEW_PICTURE_BYTES, PREVIEW_KEY, previewExtension, previewIn, previewLine } from "./previews.ts";

const PREVIEW = {
  address: "https://example.org/a?b#c",
  title: "چاپار",
  description: "Two lines of what a page says.",
  picture: Uint8Array.of(1, 2, 3),
};
const read = (value: Uint8Array) => previewIn({ extensions: { others: [{ key: PREVIEW_KEY, value }] } });
const text = (value: string): Uint8Array => new CborWriter().text(value).finish();
const bytes = (value: Uint8Array): Uint8Array => new CborWriter().bytes(value).finish();
const map = (...pairs: [number, Uint8Array][]): Uint8Array => new CborWriter().map(pairs).finish();

describe("previews in content", () => {
  it("C-100 comes back as it was written, with and without what may be left out", () => {
    for (const preview of [
      PREVIEW,
      { ...PREVIEW, description: "" },
      { ...PREVIEW, picture: undefined },
      { ...PREVIEW, picture: new Uint8Array(MAX_PREVIEW_PICTURE_BYTES).fill(7) },
    ])
      expect(previewIn({ extensions: { others: [previewExtension(preview)] } })).toEqual(preview);
  });

  it("C-100 never throws, whatever bytes stand there", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        const preview = read(value);
        if (preview !== undefined) expect(cleanLine(preview.title)).toBe(preview.title);
      }),
    );
  });

  it("C-100 passes over keys that it does not know, and over a whole that is malformed", () => {
    const known: [number, Uint8Array][] = [
      [1, text(PREVIEW.address)],
      [2, text(PREVIEW.title)],
    ];
    expect(read(map(...known, [9, new CborWriter().array(1).uint(4).finish()]))?.title).toBe(PREVIEW.title);
    expect(read(map(...known).subarray(1))).toBeUndefined();
    expect(read(map([1, text(PREVIEW.address)], [2, bytes(new Uint8Array(3))]))).toBeUndefined();
    expect(read(new CborWriter().text("https://example.org").finish())).toBeUndefined();
  });

  it("C-100 C-102 leaves out what is too long or has nothing to show", () => {
    const told = (title: string, description: string, picture: Uint8Array) =>
      read(map([1, text(PREVIEW.address)], [2, text(title)], [3, text(description)], [4, bytes(picture)]));
    expect(told("a".repeat(401), "", PREVIEW.picture)).toBeUndefined();
    expect(told("\u202e\u2066", "", PREVIEW.picture)).toBeUndefined();
    expect(told("a\u202eb\nc", "d".repeat(1_201), new Uint8Array(8_193))).toEqual({
      address: PREVIEW.address,
      title: "ab c",
      description: "",
      picture: undefined,
    });
    expect(read(map([1, text(`https://e.org/${"a".repeat(2_048)}`)], [2, text("t")]))).toBeUndefined();
  });

  it("C-100 refuses to write what no reader would show", () => {
    for (const wrong of [
      { title: "" },
      { title: "a\nb" },
      { description: "x".repeat(1_201) },
      { picture: new Uint8Array(8_193) },
    ])
      expect(() => previewExtension({ ...PREVIEW, ...wrong })).toThrow(RangeError);
  });

  it("C-100 cuts what a page says to a clean line that fits", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000, unit: "grapheme" }), fc.integer({ min: 1, max: 400 }), (said, most) => {
        const line = previewLine(said, most);
        expect(new TextEncoder().encode(line).byteLength).toBeLessThanOrEqual(most);
        expect(cleanLine(line)).toBe(line);
      }),
    );
    expect(previewLine("  A page\nof two lines ", 100)).toBe("A page of two lines");
  });
});
