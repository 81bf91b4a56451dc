import { describe, expect, it } from "vitest";
import { runLab } from "../src/index.ts";
import type { ResidencyRow } from "../src/residency/command.ts";

describe("chapar lab residency", () => {
  it("K-11 K-16 plays seasons in lanes and sums them, and shows every planted fault", async () => {
    const out: string[] = [];
    const argv = ["residency", "--count", "120", "--misplace", "60", "--seed", "7", "--lanes", "2", "--json"];
    const code = await runLab(argv, { out: (line) => out.push(line), err: () => undefined });
    const row = JSON.parse(out[0] ?? "") as ResidencyRow;
    expect([code, out.length]).toEqual([0, 1]);
    expect(row).toMatchObject({ wrongAnswers: 0, misplaced: 0, unexplainedBytes: 0 });
    expect(row.operations).toBeGreaterThanOrEqual(120);
    expect(row.planted).toBeGreaterThanOrEqual(60);
    expect(row.flagged).toBe(row.planted);
  });
});
