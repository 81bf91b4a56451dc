/* What residents report to the operator: kept as it came, bounded, and of nobody but those who have an account. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "@chapar/wire/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { dropReport, keptReports } from "../src/node/index.ts";
import { MAX_REPORTS, reportKeeper } from "../src/node/reports.ts";
import { TestWorld } from "../src/testing/index.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-reports-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe("reports", () => {
  it("N-22 are taken from residents, and from nobody else", async () => {
    const world = new TestWorld();
    const station = await world.station("one");
    const stranger = await world.client(station);
    const asked = stranger.ask({ type: "report.put", report: utf8("x") });
    expect(await world.settle(asked)).toMatchObject({ code: "station/not-authenticated" });
    const { client } = await world.resident(station, "sara");
    await world.settle(client.expect("done", { type: "report.put", report: utf8("what was said") }));
    expect(station.reports).toEqual([utf8("what was said")]);
  });

  it("N-22 are kept as they came, once each, for the operator's eyes alone, until they are dropped", async () => {
    const data = folder();
    let nowMs = 1_700_000_000_000;
    const keep = reportKeeper(data, () => nowMs++);
    await Promise.all(["first", "second", "first"].map((text) => keep(utf8(text))));
    writeFileSync(join(data, "reports", "something else"), "");
    const held = await keptReports(data);
    expect(held.map(({ bytes }) => bytes)).toEqual([utf8("first"), utf8("second")]);
    for (const name of readdirSync(join(data, "reports")).filter((one) => one.endsWith(".report")))
      expect(statSync(join(data, "reports", name)).mode & 0o777).toBe(0o600);
    expect(await dropReport(data, held[0]!.id)).toBe(true);
    expect(await dropReport(data, held[0]!.id)).toBe(false);
    expect((await keptReports(data)).map(({ id }) => id)).toEqual([held[1]!.id]);
  });

  it("N-22 above a thousand are refused, and push out nothing", async () => {
    const data = folder();
    const keep = reportKeeper(data, () => 1);
    await keep(utf8("the one that matters"));
    for (let at = 1; at < MAX_REPORTS; at++)
      writeFileSync(join(data, "reports", `0000000000002-${String(at).padStart(16, "0")}.report`), "");
    await expect(keep(utf8("one more"))).rejects.toMatchObject({ code: "station/quota" });
    expect((await keptReports(data))[0]?.bytes).toEqual(utf8("the one that matters"));
    expect(await keptReports(folder())).toEqual([]);
  });
});
