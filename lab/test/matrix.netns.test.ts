/* A small seeded matrix with the real station and the real client, and what the in-memory storey says of the same rules. */
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textTrial } from "../src/memory/text-trial.ts";
import { nodePrimitives } from "../src/net/node-primitives.ts";
import { whyNoNamespaces } from "../src/net/tools.ts";
import { WebLab } from "../src/net/web-trial.ts";
import { ruleById } from "../src/rules/index.ts";
import { notRun } from "../src/testing/netns.ts";

const SEED = 7;
const LIMIT_MS = 60_000;
/** Half of what the matrix gives: two of the four have to be waited out. */
const TRIAL_LIMIT_MS = 15_000;
/** One that does nothing to the route, one that slows it, one in the router that stops it, one in the kernel that does. */
const SMALL = [
  { id: "R1", params: {}, text: true },
  { id: "R20", params: {}, text: true },
  { id: "R13", params: { names: ["station.example"] }, text: false },
  { id: "R14", params: {}, text: false },
] as const;

describe("a small matrix of the web route", () => {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    notRun("matrix", why);
    return;
  }
  let lab: WebLab | undefined;
  beforeAll(async () => {
    lab = await WebLab.open();
  }, LIMIT_MS);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  for (const { id, params, text } of SMALL) {
    it(
      `${id}: a message ${text ? "arrives with its checked receipt" : "does not arrive"}, in namespaces and in memory`,
      async () => {
        const real = await lab!.trial([{ id, params }], { seed: SEED, limitMs: TRIAL_LIMIT_MS });
        expect(real.text).toBe(text);
        const rules = [ruleById(id)!.arm(params)];
        const model = await textTrial({ rules, seed: SEED, primitives: nodePrimitives, turn: () => setImmediate() });
        expect(model.text).toBe(real.text);
      },
      LIMIT_MS,
    );
  }
});
