import { describe, expect, it } from "vitest";
import { parseResidency } from "./arguments.ts";

describe("chapar lab residency", () => {
  it.each([
    [["--count", "many"]],
    [["--misplace", "-1"]],
    [["--count", "0"]],
    [["--lanes", "65"]],
    [["--loud"]],
    [["--disk", "--misplace", "1"]],
    [["x"]],
  ])("refuses %j", (argv) => {
    expect(() => parseResidency(argv)).toThrow(expect.objectContaining({ code: "lab/bad-command" }));
  });
});
