/* The race of everybody, small: stations are processes, one of which is killed in the middle. */
import { expect, it } from "vitest";
import { runLab } from "../src/index.ts";
import type { RaceRow } from "../src/race/row.ts";

/** Six processes' worth of work: 17 s on a machine that does little else, 95 s were seen at a load of 20. */
const LIMIT_MS = 240_000;

it(
  "F-67 F-140 one line of epochs, every letter at everyone once, though links are cut, the hub is killed and engines begin anew",
  async () => {
    const out: string[] = [];
    const words = ["race", "--people", "3", "--changes", "6", "--json"];
    const code = await runLab(words, { out: (line) => out.push(line), err: () => undefined });
    expect([code, out.length]).toEqual([0, 1]);
    const row = JSON.parse(out[0] ?? "") as RaceRow;
    expect(row).toMatchObject({ people: 3, changes: 6, letters: 6, owed: 18, kills: 1, restarts: 2 });
    expect(row).toMatchObject({ breaks: 0, apart: 0, lost: 0, twice: 0, faults: 0 });
    expect(row.cuts).toBeGreaterThan(2);
    expect(row.commits).toBeGreaterThanOrEqual(6);
  },
  LIMIT_MS,
);
