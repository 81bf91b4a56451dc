/* `report match` on files: what two stations say of each other, true, understated, left out, forged and flipped. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Amounts, noAmounts } from "@chapar/evidence";
import { keyOf, testLine, testReport, type TestReport } from "@chapar/station/testing";
import { idText, stationKey } from "@chapar/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const [home, abroad] = [keyOf("home"), keyOf("abroad")];
const nameOf = (key: typeof home): string => idText(stationKey(key.publicKey));
const LAW = readFileSync(
  fileURLToPath(new URL("../../../../docs/operating/policies/ir-2016.json", import.meta.url)),
  "utf8",
);
const [MARK_MS, EPOCH_MS] = [1_000_000, 2_000_000];
const letters = (bytes: number): Amounts => ({ ...noAmounts(), envelope: { objects: 3, bytes } });
const line = async (sent: number, received: number) => {
  const link = new Uint8Array(32).fill(4);
  const between = { from: home, to: abroad, link, timeMs: MARK_MS };
  return await testLine({ ...between, sent: letters(sent), received: letters(received) });
};

function keep(name: string, text: string): string {
  const path = join(stage.folder, name);
  writeFileSync(path, text);
  return path;
}
const here = async (more: Partial<TestReport>): Promise<string> =>
  keep("home.json", await testReport({ station: home, region: "IR", timeMs: EPOCH_MS, lines: [], ...more }));
const there = async (more: Partial<TestReport>): Promise<string> =>
  keep("abroad.json", await testReport({ station: abroad, region: "DE", timeMs: EPOCH_MS, lines: [], ...more }));
const match = (...files: string[]): ReturnType<typeof stage.chapar> =>
  stage.chapar(["report", "match", ...files, "--json"], { profile: false });

describe("report match", () => {
  it("K-50 says what crossed, and that no byte is unexplained", async () => {
    const lines = [await line(900, 900)];
    const { code, lines: said } = await match(await here({ lines }), await there({ lines }));
    expect(said).toMatchObject([
      {
        event: "match",
        matches: true,
        unexplainedBytes: 0,
        faults: [],
        later: 0,
        alone: 0,
        stations: [nameOf(home), nameOf(abroad)],
      },
    ]);
    expect(said[0]).toMatchObject({ matched: { envelope: { objects: 3, bytes: 900 } } });
    expect(code).toBe(0);
    const words = await stage.chapar(["report", "match", await here({ lines })], { profile: false });
    expect(words.stdout).toContain("Unexplained bytes: 0\n");
    expect(words.stdout).toContain("1 links lead to stations of which there is no report here.");
  });

  it("K-50 names a peer that understates what it took", async () => {
    const lines = [await line(900, 400)];
    const { code, lines: said } = await match(await here({ lines }), await there({ lines }));
    expect(said).toMatchObject([{ matches: false, unexplainedBytes: 500 }]);
    expect(said[0]).toMatchObject({ faults: [{ what: "differs", station: nameOf(abroad) }] });
    expect(code).toBe(1);
  });

  it("K-50 names who left a link out, and nobody whose report is of before it", async () => {
    const mine = await here({ lines: [await line(900, 900)] });
    const silent = await match(mine, await there({}));
    expect(silent.lines).toMatchObject([{ matches: false, faults: [{ what: "omitted", station: nameOf(abroad) }] }]);
    expect(silent.code).toBe(1);
    const early = await match(mine, await there({ timeMs: MARK_MS + 1_000 }));
    expect(early.lines).toMatchObject([{ matches: true, later: 1, faults: [] }]);
    expect(early.code).toBe(0);
  });

  it("K-50 shows what crossed although the newest policy of its station keeps it", async () => {
    const lines = [await line(900, 900)];
    const { code, lines: said } = await match(await here({ lines, policy: LAW }), await there({ lines }));
    expect(said).toMatchObject([{ matches: false, faults: [{ what: "unlawful", station: nameOf(home) }] }]);
    expect(code).toBe(1);
  });

  it("K-50 takes no file that does not hold: a forged line, a flipped byte, a station twice", async () => {
    const honest = await line(900, 900);
    const theirs = await there({ lines: [honest] });
    const forged = honest.value.slice();
    forged[40] = (forged[40] ?? 0) ^ 1;
    const bad = await match(theirs, await here({ lines: [{ key: honest.key, value: forged }] }));
    expect(bad.lines).toMatchObject([{ event: "report", holds: false, fault: "bad-egress" }]);
    expect(bad.code).toBe(65);
    const mine = await here({ lines: [honest] });
    const bytes = readFileSync(mine);
    bytes[300] = (bytes[300] ?? 0) ^ 1;
    writeFileSync(mine, bytes);
    expect(await match(mine, theirs)).toMatchObject({ code: 65, lines: [{ event: "report", holds: false }] });
    expect(await match(theirs, theirs)).toMatchObject({ code: 64, lines: [{ code: "term/usage" }] });
    expect(await match(join(stage.folder, "none"))).toMatchObject({ code: 66, lines: [{ code: "term/no-file" }] });
  });
});
