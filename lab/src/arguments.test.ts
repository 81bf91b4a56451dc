import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";
import { isLabError } from "./errors.ts";

const codeOf = (argv: readonly string[]): string => {
  try {
    parseArguments(argv);
  } catch (error) {
    if (isLabError(error)) return error.code;
  }
  return "none";
};

describe("the command line", () => {
  it("reads rules alone and together", () => {
    expect(parseArguments(["run", "r10+R6", "--json", "--seed", "7"])).toMatchObject({
      name: "run",
      json: true,
      rules: [{ id: "R10" }, { id: "R6" }],
      route: "web",
      options: { seed: 7, memory: false, params: {} },
    });
    expect(parseArguments(["matrix", "--rules=R1,R6+R13", "--memory"])).toMatchObject({
      sets: [[{ id: "R1" }], [{ id: "R6" }, { id: "R13" }]],
      options: { memory: true },
    });
    const all = parseArguments(["matrix"]);
    expect(all.name === "matrix" && all.sets.length).toBe(20);
    expect(parseArguments(["run", "R1", "--params", '{"rate":1}'])).toMatchObject({ options: { params: { rate: 1 } } });
    expect(parseArguments([]).name).toBe("help");
  });

  it("refuses what it does not know", () => {
    expect(codeOf(["run", "R21"])).toBe("lab/unknown-rule");
    for (const argv of [
      ["run"],
      ["dance"],
      ["list", "R1"],
      ["run", "R1", "--route", "snow"],
      ["matrix", "--seed", "x"],
      ["matrix", "--seed"],
      ["list", "--loud"],
      ["run", "R1", "--params", "[]"],
      ["run", "R1", "--params", "{"],
      ["run", "R1", "R2"],
    ])
      expect([argv, codeOf(argv)]).toEqual([argv, "lab/bad-command"]);
  });
});
