import { describe, expect, it } from "vitest";
import { seasonsOf, sumOf } from "./play-honest.ts";
import type { SeasonResult } from "./season.ts";

const season = (isRestored: boolean, undelivered: number): SeasonResult => ({
  order: { seed: 1, messages: 100, kills: 2, isRestored },
  messages: 100,
  kills: 2,
  amid: 1,
  restores: isRestored ? 1 : 0,
  accusations: isRestored ? ["forked"] : [],
  proofs: 0,
  undelivered,
  virtualMs: 5,
});

describe("seasons of honest stations", () => {
  it("have together what was asked for", () => {
    const seasons = seasonsOf({ messages: 1_000_000, kills: 1_001, seed: 5 });
    expect(seasons.reduce((sum, { messages }) => sum + messages, 0)).toBe(1_000_000);
    expect(seasons.reduce((sum, { kills }) => sum + kills, 0)).toBe(1_001);
    expect(seasons.filter(({ isRestored }) => isRestored).length).toBeGreaterThan(10);
    expect(new Set(seasons.map(({ seed }) => seed)).size).toBe(seasons.length);
    expect(seasonsOf({ messages: 3, kills: 1, seed: 1 })).toEqual([
      { seed: 1, messages: 3, kills: 1, isRestored: false },
    ]);
  });

  it("are one line with rates; what restorations lost stands apart from what nothing explains", () => {
    expect(sumOf([season(true, 7), season(false, 2)], [9], 4_000)).toMatchObject({
      messages: 200,
      kills: 4,
      amid: 2,
      restores: 1,
      seasons: 2,
      accusations: 1,
      codes: { forked: 1 },
      undelivered: { restored: 7, otherwise: 2 },
      messagesPerSecond: 50,
      killsPerMinute: 60,
      unplayed: [9],
    });
    expect(sumOf([], [], 0)).toMatchObject({ seasons: 0, messagesPerSecond: 0, killsPerMinute: 0 });
  });
});
