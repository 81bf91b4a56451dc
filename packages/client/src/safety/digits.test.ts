import { nodeCrypto } from "@chapar/e2e/node";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { safetyNumbers } from "./digits.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const id = uint8Array({ minLength: 20, maxLength: 20 });
const genesis = uint8Array({ minLength: 1, maxLength: 200 });

describe("numbers that two people compare", () => {
  it("I-40 are twelve groups of five digits, the same whoever asks, and others for another chain", () => {
    assert(
      property(id, genesis, id, genesis, (a, aOp, b, bOp) => {
        const one = { identity: a, genesis: aOp };
        const two = { identity: b, genesis: bOp };
        const seen = safetyNumbers(one, two, sha256);
        expect(seen).toEqual(safetyNumbers(two, one, sha256));
        expect(seen.digits).toHaveLength(12);
        for (const group of seen.digits) expect(group).toMatch(/^\d{5}$/);
        expect(seen.qr).toMatch(/^CHAPAR:SAFETY:1:[A-Z2-7]{103}$/);
        const other = safetyNumbers(one, { identity: b, genesis: Uint8Array.of(...bOp, 1) }, sha256);
        expect(other.digits).not.toEqual(seen.digits);
        expect(other.qr).not.toBe(seen.qr);
      }),
      { numRuns: 5 },
    );
  });

  it("I-40 are these for fixed chains", () => {
    const at = (fill: number): { identity: Uint8Array; genesis: Uint8Array } => ({
      identity: new Uint8Array(20).fill(fill),
      genesis: new Uint8Array(40).fill(fill),
    });
    const digits = "44263 41858 21878 60955 32198 45878 32665 56844 81981 29663 38407 27677";
    expect(safetyNumbers(at(1), at(2), sha256).digits.join(" ")).toBe(digits);
  });
});
