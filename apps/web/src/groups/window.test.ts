import { describe, expect, it } from "vitest";
import { windowOf } from "./window.ts";

describe("the rows of a long list that stand in the page", () => {
  it("are all of a short list", () => {
    expect(windowOf(60, -2000, 600, 50)).toEqual({ first: 0, end: 60, rowPx: 50 });
  });

  it("are those that are seen and some around them, at the beginning, in the middle and at the end", () => {
    for (const topPx of [0, -100, -20_000, -49_400, -60_000]) {
      const { first, end } = windowOf(1000, topPx, 600, 50);
      const seen = [Math.max(0, -topPx / 50), Math.min(1000, -topPx / 50 + 12)];
      expect(end - first, String(topPx)).toBeLessThanOrEqual(36);
      expect(first, String(topPx)).toBeLessThanOrEqual(Math.min(seen[0]!, 988));
      expect(end, String(topPx)).toBeGreaterThanOrEqual(seen[1]!);
    }
  });
});
