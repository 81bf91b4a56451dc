import { describe, expect, it } from "vitest";
import { parseIsland } from "./arguments.ts";

describe("chapar lab island", () => {
  it("reads how many days, people and messages", () => {
    expect(parseIsland([])).toEqual({ days: 3, people: 8, messages: 300, seed: 1, json: false });
    const words = ["--days", "30", "--people", "12", "--messages", "100000", "--seed", "7", "--json"];
    expect(parseIsland(words)).toEqual({ days: 30, people: 12, messages: 100_000, seed: 7, json: true });
  });

  it("refuses what it does not know", () => {
    for (const words of [["--days", "0"], ["--people", "3"], ["--groups", "3"], ["30"], ["--messages", "many"]])
      expect(() => parseIsland(words)).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
  });
});
