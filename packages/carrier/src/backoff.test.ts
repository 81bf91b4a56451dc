import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, DEFAULT_BACKOFF } from "./backoff.ts";

const always = (value: number): { next: () => number } => ({ next: () => value });
const almostOne = 1 - 2 ** -32;

describe("back-off", () => {
  it("doubles its bound with each failure, up to the cap", () => {
    const bounds = [1, 2, 3, 4, 20, 2000].map((failures) =>
      backoffMs(failures, always(almostOne), { baseMs: 100, capMs: 1000 }),
    );
    expect(bounds).toEqual([99, 199, 399, 799, 999, 999]);
  });

  it("is spread over all of its range, and is nothing before the first failure", () => {
    expect(backoffMs(5, always(0))).toBe(0);
    expect(backoffMs(5, always(0.5))).toBe((DEFAULT_BACKOFF.baseMs * 16) / 2);
    expect(backoffMs(0, always(almostOne))).toBe(0);
  });

  it("is a whole number of milliseconds within its bounds for any failures", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: almostOne, noNaN: true }), (failures, random) => {
        const waitMs = backoffMs(failures, always(random));
        expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= DEFAULT_BACKOFF.capMs).toBe(true);
      }),
    );
  });
});
