import { expect, it } from "vitest";
import { NO_ZOOM, zoomed } from "./zoom.ts";

it("a picture is never smaller than the whole, which stays in the middle, and stays in reach when it is larger", () => {
  expect(zoomed(NO_ZOOM, { scale: 0.5 })).toEqual(NO_ZOOM);
  const twice = zoomed(NO_ZOOM, { scale: 2 });
  expect(twice).toEqual({ scale: 2, x: 0, y: 0 });
  expect(zoomed(twice, { x: 30, y: -10 })).toEqual({ scale: 2, x: 30, y: -10 });
  expect(zoomed(twice, { x: 99_999 }).x).toBe(700);
  expect(zoomed(zoomed(twice, { x: 50 }), { scale: 2 })).toEqual({ scale: 4, x: 100, y: 0 });
  expect(zoomed(zoomed(twice, { x: 50 }), { scale: 0.1 })).toEqual(NO_ZOOM);
  expect(zoomed(NO_ZOOM, { scale: 1000 }).scale).toBe(8);
});
