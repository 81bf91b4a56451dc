import { array, assert, boolean, maxSafeNat, option, property, record, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { blob, count, fields, flag, list, oneOf, optional, row, text } from "./record.ts";

interface Sample {
  readonly number: number;
  readonly words: string;
  readonly yes: boolean;
  readonly bytes: Uint8Array;
  readonly maybe: number | undefined;
  readonly many: readonly Uint8Array[];
  readonly state: "a" | "b";
}

const sample = row<Sample>(
  3,
  fields<Sample>({
    number: count,
    words: text,
    yes: flag,
    bytes: blob,
    maybe: optional(count),
    many: list(blob),
    state: oneOf(["a", "b"]),
  }),
);
const bad = { code: "client/bad-profile" };

describe("rows", () => {
  it("come back as they were written; a row cut short or of another version is a bad profile", () => {
    const any = record({
      number: maxSafeNat(),
      words: string({ unit: "grapheme" }),
      yes: boolean(),
      bytes: uint8Array(),
      maybe: option(maxSafeNat(), { nil: undefined }),
      many: array(uint8Array({ maxLength: 50 }), { maxLength: 20 }),
    });
    assert(
      property(any, boolean(), (part, isA) => {
        const value: Sample = { ...part, state: isA ? "a" : "b" };
        const bytes = sample.encode(value);
        expect(sample.decode(bytes)).toEqual(value);
        expect(() => sample.decode(bytes.subarray(0, -1))).toThrow(expect.objectContaining(bad));
        bytes[0] = 4;
        expect(() => sample.decode(bytes)).toThrow(expect.objectContaining(bad));
      }),
    );
  });

  it("copy their bytes, so that a small field does not keep a large row", () => {
    const bytes = sample.encode({
      number: 0,
      words: "",
      yes: true,
      bytes: Uint8Array.of(1, 2),
      maybe: undefined,
      many: [],
      state: "a",
    });
    const decoded = sample.decode(bytes);
    bytes.fill(9);
    expect(decoded.bytes).toEqual(Uint8Array.of(1, 2));
    expect(decoded.bytes.buffer.byteLength).toBe(2);
  });
});
