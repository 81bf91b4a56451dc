import { describe, expect, it } from "vitest";
import { Traffic } from "./traffic.ts";

describe("Traffic", () => {
  it("is the mean of the last ten seconds, and forgets", () => {
    let nowMs = 1_000_000;
    const traffic = new Traffic(() => nowMs);
    traffic.count(5_000);
    nowMs += 3_000;
    traffic.count(5_000);
    expect(traffic.bytesPerSecond).toBe(1_000);
    nowMs += 9_000;
    expect(traffic.bytesPerSecond).toBe(500);
    nowMs += 60_000;
    expect(traffic.bytesPerSecond).toBe(0);
  });

  it("begins anew when the clock jumps back", () => {
    let nowMs = 5_000_000;
    const traffic = new Traffic(() => nowMs);
    traffic.count(1_000);
    nowMs = 1_000;
    traffic.count(10);
    expect(traffic.bytesPerSecond).toBe(1);
  });
});
