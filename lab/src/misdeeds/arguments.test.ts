import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { runLab } from "../index.ts";
import { parseMisdeeds } from "./arguments.ts";
import { MODE_NAMES } from "./modes.ts";

describe("chapar lab misdeeds", () => {
  it("plays every mode, or one, or one place of one batch", () => {
    const usual = { json: false, honest: undefined, limitMs: undefined, lanes: availableParallelism() };
    expect(parseMisdeeds([])).toEqual({ ...usual, modes: MODE_NAMES, count: 256, seed: 1, place: undefined });
    const one = ["--mode", "alter", "--count=3", "--seed", "9", "--place", "2", "--json", "--lanes", "3"];
    expect(parseMisdeeds(one)).toEqual({
      ...usual,
      modes: ["alter"],
      count: 3,
      seed: 9,
      place: 2,
      json: true,
      lanes: 3,
    });
    expect(parseMisdeeds(["--minutes", "20"]).limitMs).toBe(1_200_000);
  });

  it("lets honest stations be killed instead", () => {
    expect(parseMisdeeds(["--honest"]).honest).toEqual({ messages: 1_000, kills: 10 });
    const many = ["--honest", "--messages", "1000000", "--kills", "1000", "--minutes", "35"];
    expect(parseMisdeeds(many)).toMatchObject({ honest: { messages: 1_000_000, kills: 1_000 }, limitMs: 2_100_000 });
  });

  it.each([
    [["--mode", "steal"]],
    [["--count", "0"]],
    [["--count", "many"]],
    [["--seed", "-1"]],
    [["--place", "1"]],
    [["--minutes", "0"]],
    [["--lanes", "65"]],
    [["--messages", "5"]],
    [["--kills", "5"]],
    [["--honest", "--mode", "alter"]],
    [["alter"]],
    [["--loud"]],
  ])("refuses %j", async (argv) => {
    const refused = (): unknown => parseMisdeeds(argv);
    expect(refused).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
    const err: string[] = [];
    const code = await runLab(["misdeeds", ...argv], { out: () => undefined, err: (line) => err.push(line) });
    expect([code, err.length]).toEqual([64, 2]);
  });
});
