import { expect, it } from "vitest";
import * as frames from "./knock-frames.ts";

it("F-65 gives each kind of knock a number of its own", () => {
  const numbers = Object.values(frames);
  expect(new Set(numbers).size).toBe(numbers.length);
});
