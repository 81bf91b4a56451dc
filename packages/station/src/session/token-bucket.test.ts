import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

describe("TokenBucket", () => {
  it("gives a burst at once, then its rate, and says how long to wait", () => {
    const bucket = new TokenBucket({ ratePerSecond: 2, burst: 3 }, 1000);
    expect([1, 2, 3, 4].map(() => bucket.take(1000))).toEqual([0, 0, 0, 500]);
    expect(bucket.take(1499)).toBe(1);
    expect(bucket.take(1500)).toBe(0);
    expect(bucket.take(1_000_000, 3)).toBe(0);
    expect(bucket.take(1_000_000, 3)).toBe(1500);
  });

  it("gives nothing for a clock that goes back", () => {
    const bucket = new TokenBucket({ ratePerSecond: 1, burst: 1 }, 10_000);
    expect(bucket.take(10_000)).toBe(0);
    expect(bucket.take(5_000)).toBe(1000);
    expect(bucket.take(5_999)).toBe(1);
  });
});
