import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";
import { isLabError } from "./errors.ts";
import { ROUTES } from "./matrix.ts";

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
      options: { seed: 7, memory: false, params: {}, kbit: undefined, isBare: false },
    });
    expect(parseArguments(["matrix", "--rules=R1,R6+R13", "--memory"])).toMatchObject({
      sets: [[{ id: "R1" }], [{ id: "R6" }, { id: "R13" }]],
      options: { memory: true },
    });
    const all = parseArguments(["matrix"]);
    expect(all.name === "matrix" && [all.sets.length, all.routes]).toEqual([20, ROUTES]);
    expect(parseArguments(["matrix", "--route", "auto"])).toMatchObject({ routes: ["auto"] });
    expect(parseArguments(["run", "R1", "--params", '{"rate":1}'])).toMatchObject({ options: { params: { rate: 1 } } });
    expect(parseArguments(["switch", "R10", "--trials", "3"])).toMatchObject({ rules: [{ id: "R10" }], trials: 3 });
    const slow = ["run", "R7", "--route", "auto", "--kbit", "64", "--bare"];
    expect(parseArguments(slow)).toMatchObject({ route: "auto", options: { kbit: 64, isBare: true } });
    expect(parseArguments([]).name).toBe("help");
  });

  it("refuses what it does not know", () => {
    expect(codeOf(["run", "R21"])).toBe("lab/unknown-rule");
    for (const argv of [
      ["run"],
      ["dance"],
      ["list", "R1"],
      ["run", "R1", "--route", "rain"],
      ["matrix", "--seed", "x"],
      ["matrix", "--seed"],
      ["list", "--loud"],
      ["run", "R1", "--params", "[]"],
      ["run", "R1", "--params", "{"],
      ["run", "R1", "R2"],
      ["switch"],
      ["switch", "R1", "--trials", "0"],
      ["run", "R1", "--kbit", "fast"],
    ])
      expect([argv, codeOf(argv)]).toEqual([argv, "lab/bad-command"]);
  });
});
