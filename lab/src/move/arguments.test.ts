import { describe, expect, it } from "vitest";
import { parseMove } from "./arguments.ts";

describe("chapar lab move", () => {
  it("reads how many people, groups and messages", () => {
    expect(parseMove([])).toEqual({ contacts: 20, groups: 2, messages: 200, seed: 1, json: false });
    const words = ["--contacts", "200", "--groups", "20", "--messages", "10000", "--seed", "7", "--json"];
    expect(parseMove(words)).toEqual({ contacts: 200, groups: 20, messages: 10_000, seed: 7, json: true });
  });

  it("refuses what it does not know", () => {
    for (const words of [
      ["--contacts", "many"],
      ["--people", "3"],
      ["200001"],
      ["--messages", "100001"],
      ["--contacts", "0"],
    ])
      expect(() => parseMove(words)).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
  });
});
