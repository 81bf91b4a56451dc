import { describe, expect, it } from "vitest";
import { median, tally } from "./tally.ts";
import type { BatchResult } from "./batch.ts";

const batch = (seed: number, told: readonly number[], found: readonly (readonly [number, number])[]): BatchResult => ({
  order: { mode: "alter", seed, count: 4, only: undefined },
  told: told.map((place) => ({ place, how: `at ${place}` })),
  findings: new Map(
    found.map(([place, afterMs]) => [
      place,
      { place, by: "reader", code: place === 0 ? "altered" : "forked", afterMs },
    ]),
  ),
  repaired: new Set(told.slice(0, 1)),
  proofs: [{ shape: "statements", bytes: new Uint8Array(300 + seed) }],
  proofCount: { made: 1, verified: 1, byPython: seed === 1 ? 1 : 0, refused: [] },
  failures: new Map(),
});

describe("a line of misdeeds", () => {
  it("adds up batches and names each miss by what replays it", () => {
    const row = tally("alter", [
      batch(
        1,
        [0, 1, 2],
        [
          [0, 30],
          [1, 10],
        ],
      ),
      batch(
        2,
        [0, 3],
        [
          [0, 20],
          [3, 500],
        ],
      ),
    ]);
    expect(row).toEqual({
      mode: "alter",
      injected: 5,
      detected: 4,
      healed: 0,
      repaired: 2,
      proofBytesMax: 302,
      by: { sender: 0, reader: 4, witness: 0 },
      clock: "virtual",
      medianMs: 20,
      maxMs: 500,
      codes: { altered: 2, forked: 2 },
      shapes: { statements: 2 },
      proofs: { made: 2, verified: 2, byPython: 1, refused: [] },
      missed: [{ seed: 1, count: 4, place: 2, how: "at 2" }],
      unplayed: [],
    });
  });

  it("does not call missed what was given back before anybody had to be told", () => {
    expect(tally("refuse", [batch(1, [0, 1], [])])).toMatchObject({ healed: 1, missed: [{ place: 1 }] });
    expect(tally("alter", [batch(1, [0, 1], [])])).toMatchObject({ healed: 0, missed: [{ place: 0 }, { place: 1 }] });
  });

  it("has no times where nothing was noticed", () => {
    expect(tally("refuse", [batch(1, [0], [])])).toMatchObject({ detected: 0, medianMs: null, maxMs: null });
    expect(median([])).toBeUndefined();
    expect(median([1, 2, 3, 4])).toBe(2);
  });
});
