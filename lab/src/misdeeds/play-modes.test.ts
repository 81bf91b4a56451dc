import { describe, expect, it } from "vitest";
import { MODE_NAMES } from "./modes.ts";
import { batchesOf } from "./play-modes.ts";

describe("batches of a run", () => {
  it("share the count out over the modes, each with a seed by which it can be played alone", () => {
    const batches = batchesOf({ modes: ["alter", "fork"], count: 131, seed: 7, place: undefined });
    expect(batches).toEqual([
      { mode: "alter", seed: 7, count: 64, only: undefined },
      { mode: "alter", seed: 8, count: 2, only: undefined },
      { mode: "fork", seed: 7, count: 64, only: undefined },
      { mode: "fork", seed: 8, count: 1, only: undefined },
    ]);
    const full = batchesOf({ modes: MODE_NAMES, count: 10_000, seed: 1, place: undefined });
    expect(full.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  });
});
