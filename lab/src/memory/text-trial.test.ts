import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { nodePrimitives } from "../net/node-primitives.ts";
import { ruleById, RULES } from "../rules/index.ts";
import { textTrial, type TrialResult } from "./text-trial.ts";

const trial = (
  rules: readonly string[],
  params: Record<string, unknown> = {},
  seed = 1,
  hello: "chrome" | "node" = "node",
): Promise<TrialResult> =>
  textTrial({
    rules: rules.map((id) => ruleById(id)!.arm(params)),
    seed,
    primitives: nodePrimitives,
    turn: () => setImmediate(),
    hello,
  });

async function table(): Promise<TrialResult[]> {
  const rows: TrialResult[] = [];
  for (const rule of RULES) rows.push(await trial([rule.id], {}, 42));
  return rows;
}

describe("a first message over the web route, in memory", () => {
  it("arrives where nobody censors, in seconds of the network's time", async () => {
    const { text, tookMs, acted } = await trial([]);
    expect({ text, acted }).toEqual({ text: true, acted: [] });
    expect(tookMs).toBeGreaterThan(600);
    expect(tookMs).toBeLessThan(3000);
  });

  it("is stopped by lists, fingerprints, the packet budget and a closed border", async () => {
    for (const id of ["R10", "R12", "R14", "R16"]) {
      const { text, acted } = await trial([id]);
      expect({ id, text, acted }).toEqual({ id, text: false, acted: [id] });
    }
  });

  it("is taken for a handshake by R4, whose TLS 1.2 model is wide: the namespaces say the same of the real client", async () => {
    expect(await trial(["R4"])).toMatchObject({ text: false, acted: ["R4"] });
  });

  it("passes fingerprint lists with a browser's hello", async () => {
    expect(await trial(["R12"], {}, 1, "chrome")).toMatchObject({ text: true });
  });

  it("is stopped by a listed name, and by a forged answer to its lookup", async () => {
    const names = { names: ["station.example"] };
    expect(await trial(["R6"], { ...names, country: "turkmenistan" })).toMatchObject({ text: false, acted: ["R6"] });
    expect(await trial(["R13"], names)).toMatchObject({ text: false, acted: ["R13"] });
  });

  it("comes through throttling, held replays and rules of other protocols", async () => {
    for (const id of ["R1", "R2", "R3", "R5", "R7", "R8", "R9", "R11", "R15", "R17", "R18", "R19", "R20"])
      expect({ id, ...(await trial([id])) }).toMatchObject({ id, text: true });
    expect(await trial(["R15"], { names: ["station.example"], burstBytes: 3000 })).toMatchObject({
      text: true,
      acted: ["R15"],
    });
  });

  it("gives the same table for the same seed", async () => {
    expect(await table()).toEqual(await table());
  });

  it("two rules together stop what either stops", async () => {
    expect(await trial(["R1", "R10"])).toMatchObject({ text: false, acted: ["R10"] });
  });
});
