/* The drill of a cut border, small: engines and stations in one process, on a clock that is moved. */
import { expect, it } from "vitest";
import { runLab } from "../src/index.ts";
import type { IslandRow } from "../src/island/row.ts";

it("J-4 J-5 J-6 J-7 R-10 nothing is lost, nothing stands twice, and no group is in two pieces when the border opens", async () => {
  const out: string[] = [];
  const words = ["island", "--days", "2", "--people", "4", "--messages", "40", "--json"];
  const code = await runLab(words, { out: (line) => out.push(line), err: () => undefined });
  expect([code, out.length]).toEqual([0, 1]);
  const row = JSON.parse(out[0] ?? "") as IslandRow;
  expect(row).toMatchObject({ days: 2, people: 4, groups: 2, changed: 1, messages: 40 });
  expect(row).toMatchObject({ lost: 0, twice: 0, gaps: 0, forked: 0, alerts: 0, unreadInside: 0 });
  // Chains are told while their stations are asked for them: that accuses nobody.
  // It was a cut border: letters went to branches, and people of one side read each other there.
  expect(row.branched).toBeGreaterThan(0);
  expect(row.owedInside).toBeGreaterThan(row.messages);
  expect(row.mergeMs).toBeGreaterThan(0);
});
