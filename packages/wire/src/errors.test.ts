import { describe, expect, it } from "vitest";
import { isWireError, WIRE_CODES, WireError, wireErrorCode } from "./errors.ts";

const rows: readonly [string, { readonly number?: number; readonly what: string }][] = Object.entries(WIRE_CODES);
const numbered = rows.filter(([, row]) => row.number !== undefined);

describe("error codes", () => {
  it("give each number to one code, and a byte holds it", () => {
    const numbers = numbered.map(([, { number }]) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const [code, { number }] of numbered) expect(wireErrorCode(number ?? 0)).toBe(code);
    expect(numbers.every((number) => number !== undefined && number > 0 && number < 256)).toBe(true);
    expect(wireErrorCode(0)).toBeUndefined();
    expect(wireErrorCode(255)).toBeUndefined();
  });

  it("give every code of a station a number: a station's refusals cross links", () => {
    for (const [code, { number }] of rows)
      if (code.startsWith("station/")) expect([code, number !== undefined]).toEqual([code, true]);
  });

  it("say something about each code", () => {
    for (const [, { what }] of rows) expect(what.length).toBeGreaterThan(10);
  });

  it("are recognised on clones from another thread, and on nothing else", () => {
    const error = new WireError("station/rate-limited", 250);
    expect(isWireError(error)).toBe(true);
    expect(isWireError(error, "station/rate-limited")).toBe(true);
    expect(isWireError(error, "station/quota")).toBe(false);
    expect(isWireError(Object.assign(structuredClone(error), { code: error.code }))).toBe(true);
    expect(error.message).toBe("station/rate-limited (250)");
    const others = [
      undefined,
      null,
      "station/quota",
      {},
      { code: 5 },
      { code: "toString" },
      new Error("station/quota"),
    ];
    for (const other of others) expect(isWireError(other)).toBe(false);
  });
});
