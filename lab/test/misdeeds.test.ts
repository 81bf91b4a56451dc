/*
 * A seeded piece of the full run, with the processes of the full run: every mode must be noticed in every conversation, and
 * every bundle hold for a stranger. How many a full run notices stands in docs/misdeeds.md.
 */
import { afterAll, describe, expect, it } from "vitest";
import { playBatch } from "../src/misdeeds/batch.ts";
import { type Mode, MODE_NAMES } from "../src/misdeeds/modes.ts";
import { playModes } from "../src/misdeeds/play-modes.ts";
import { playSeason } from "../src/misdeeds/season.ts";
import { Stage } from "../src/misdeeds/stage.ts";
import { type MisdeedRow, tally } from "../src/misdeeds/tally.ts";

const COUNT = 3;
/** Three processes that share what processors there are; alone each test takes some seconds. */
const LIMIT_MS = 400_000;

const stage = new Stage();
afterAll(() => stage[Symbol.asyncDispose]());

describe("a station that lies", { timeout: LIMIT_MS }, () => {
  it.each(MODE_NAMES)("is noticed: %s", async (mode) => {
    const row = tally(mode, [await playBatch(stage, { mode, seed: 1, count: COUNT, only: undefined })]);
    expect(row).toMatchObject({ injected: COUNT, missed: [], proofs: { refused: [] } });
    expect(row.detected + row.healed).toBe(COUNT);
    expect(row.proofs.byPython ?? row.proofs.made).toBe(row.proofs.made);
  });

  it("says the same of one place that is played alone", async () => {
    const order = { mode: "alter", seed: 1, count: COUNT } as const;
    const all = await playBatch(stage, { ...order, only: undefined });
    const alone = await playBatch(stage, { ...order, only: 2 });
    expect(alone.told).toEqual(all.told.filter(({ place }) => place === 2));
    expect(alone.findings.get(2)?.code).toBe(all.findings.get(2)?.code);
    expect([...alone.findings.keys()]).toEqual([2]);
  });

  it("is played in lanes, and when it is stopped what was played is told", async () => {
    const modes: readonly Mode[] = ["duplicate", "fake-device"];
    const stop = new AbortController();
    const rows: MisdeedRow[] = [];
    const lines: string[] = [];
    const row = (one: MisdeedRow): void => {
      rows.push(one);
      stop.abort();
    };
    const to = { row, tell: (line: string) => void lines.push(line), signal: stop.signal };
    const isWhole = await playModes({ modes, count: 4, seed: 1, place: undefined, lanes: 1 }, to);
    expect(isWhole).toBe(false);
    expect(rows).toMatchObject([{ mode: "duplicate", injected: 2, detected: 2, unplayed: [] }]);
    expect(lines).toHaveLength(1);
  });
});

describe("honest stations that are killed", { timeout: LIMIT_MS }, () => {
  it("are not accused, and lose nothing", async () => {
    const season = await playSeason(stage, { seed: 1, messages: 120, kills: 5, isRestored: false });
    expect(season).toMatchObject({ messages: 120, kills: 5, accusations: [], proofs: 0, undelivered: 0 });
    expect(season.amid).toBeGreaterThan(0);
  });
});
