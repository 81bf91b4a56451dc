import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeKnock, encodeKnock } from "./knock.ts";

const part = uint8Array({ maxLength: 300 });

describe("knocks", () => {
  it("F-23 come back as they were written, and fail whole when a byte is missing or added", () => {
    assert(
      property(uint8Array({ minLength: 32, maxLength: 32 }), part, part, (ref, welcome, tree) => {
        const bytes = encodeKnock({ ref, welcome, tree });
        expect(decodeKnock(bytes)).toEqual({ ok: true, value: { ref, welcome, tree } });
        expect(decodeKnock(bytes.subarray(0, -1)).ok).toBe(false);
        expect(decodeKnock(Uint8Array.of(...bytes, 0)).ok).toBe(false);
      }),
    );
  });

  it("F-23 never throw on a stranger's bytes", () => {
    assert(property(uint8Array({ maxLength: 2000 }), (bytes) => typeof decodeKnock(bytes).ok === "boolean"));
    const hostile = Uint8Array.of(1, ...new Uint8Array(32), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    expect(decodeKnock(hostile).ok).toBe(false);
  });
});
