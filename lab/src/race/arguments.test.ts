import { describe, expect, it } from "vitest";
import { parseRace } from "./arguments.ts";

describe("chapar lab race", () => {
  it("reads how many people and changes", () => {
    expect(parseRace([])).toEqual({ people: 5, changes: 15, seed: 1, json: false });
    const words = ["--people", "50", "--changes", "1000", "--seed", "7", "--json"];
    expect(parseRace(words)).toEqual({ people: 50, changes: 1_000, seed: 7, json: true });
  });

  it("refuses what it does not know", () => {
    for (const words of [["--people", "2"], ["--changes", "0"], ["--groups", "3"], ["30"], ["--changes", "many"]])
      expect(() => parseRace(words)).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
  });
});
