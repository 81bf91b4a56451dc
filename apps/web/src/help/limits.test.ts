import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { limitsOf, readHelp } from "./limits.ts";

describe("what a volunteer allows", () => {
  it("P-115 begins with limits, and reads whatever is stored without complaint", () => {
    const first = readHelp(null);
    expect(limitsOf(first)).toEqual({ bytesPerSecond: 625_000, bytesPerMonth: 1e9, hours: undefined });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void limitsOf(readHelp(text))));
  });

  it("P-115 keeps what was chosen, and takes no limit that the screen does not offer", () => {
    const chosen = readHelp(JSON.stringify({ megabits: 1, megabytes: null, hours: "night", before: 3 }));
    expect(limitsOf(chosen)).toEqual({ bytesPerSecond: 125_000, bytesPerMonth: undefined, hours: [22, 7] });
    expect(readHelp(JSON.stringify({ megabits: 1e9, megabytes: -1, hours: "toString" }))).toMatchObject({
      megabits: 5,
      megabytes: 1000,
      hours: "always",
    });
    const sums = { month: "2030-1-1", monthBytes: 5, totalBytes: 9, totalStreams: 2 };
    expect(readHelp(JSON.stringify({ sums })).sums).toEqual(sums);
    expect(readHelp(JSON.stringify({ sums: { ...sums, monthBytes: -5 } })).sums).toBeUndefined();
  });
});
