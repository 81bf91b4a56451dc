/*
 * A real client with several ways to its station, and a rule that falls while it is in a conversation: what was frozen or taken off
 * the map is left, and the next letter arrives once, with its checked receipt, over the way that is left.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { whyNoNamespaces } from "../src/net/tools.ts";
import { WebLab } from "../src/net/web-trial.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 240_000;
/** Twice what a trial of the matrix gives: this is about whether, not how fast. */
const LETTER_LIMIT_MS = 60_000;
/** One blocks by counting packets and says nothing; one takes an address off the map. Both leave the second and third front. */
const FALLING = [
  { id: "R10", params: {} },
  { id: "R14", params: { prefixes: [`${PLACES.foreign.address}/32`] } },
] as const;

describe("a session whose way falls", () => {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    notRun("a session whose way falls", why);
    return;
  }
  let lab: WebLab | undefined;
  beforeAll(async () => {
    lab = await WebLab.open();
  }, LIMIT_MS);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  for (const { id, params } of FALLING) {
    it(
      `P-1 ${id} falls mid-session: the next letter comes over bursts, and every letter once`,
      async () => {
        const { from, to } = await lab!.switchTrial([{ id, params }], { seed: 1, limitMs: LETTER_LIMIT_MS });
        expect([from, to]).toEqual(["web", "burst"]);
        const texts = [...lab!.letters.values()];
        expect(texts.at(-1)).toMatch(/ again$/);
        // Two letters a trial, each with one id.
        expect(new Set(texts).size).toBe(texts.length);
        expect(texts.length % 2).toBe(0);
      },
      LIMIT_MS,
    );
  }
});
