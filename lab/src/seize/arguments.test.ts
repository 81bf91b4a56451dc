import { expect, it } from "vitest";
import { parseSeize } from "./arguments.ts";

it("chapar lab seize has usual numbers, takes others, and refuses what is none", () => {
  expect(parseSeize([])).toEqual({ people: 12, messages: 240, days: 30, seed: 1, profile: "usual", json: false });
  expect(
    parseSeize(["--people", "4", "--messages", "1", "--days", "2", "--seed", "0", "--profile", "high-risk", "--json"]),
  ).toEqual({
    people: 4,
    messages: 1,
    days: 2,
    seed: 0,
    profile: "high-risk",
    json: true,
  });
  for (const words of [
    ["--people", "3"],
    ["--days", "0"],
    ["--messages", "x"],
    ["--seed", "-1"],
    ["--profile", "x"],
    ["--nobody"],
  ])
    expect(() => parseSeize(words), words.join(" ")).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
});
