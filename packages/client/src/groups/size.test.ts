import { expect, it } from "vitest";
import { suiteFor } from "./size.ts";

it("F-110 a group has the suite of its size: what its maker says, or whom it begins with", () => {
  expect([suiteFor(0, false), suiteFor(249, false)]).toEqual(["x-wing", "x-wing"]);
  expect([suiteFor(0, true), suiteFor(250, false), suiteFor(999, false)]).toEqual(["x25519", "x25519", "x25519"]);
});
