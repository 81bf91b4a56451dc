/*
 * The road over DNS with real resolvers in it: dnsmasq, as in a router, and unbound behind it, which asks name by name and varies the case. A border that
 * swallows longer queries, and one that is closed but for the resolver.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { programPath, whyNoNamespaces } from "../src/net/tools.ts";
import { WebLab } from "../src/net/web-trial.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 300_000;
/** A cold start brings some 150 kB over a few kilobytes a second. */
const COLD_LIMIT_MS = 240_000;
const LETTER_LIMIT_MS = 60_000;
const GAP = { id: "R16", params: { allowedDestinations: [`${PLACES.dns.address}/32`] } } as const;

describe("the road over DNS", () => {
  const why =
    whyNoNamespaces() ??
    (programPath("unbound") === undefined ? "unbound is not installed; chapar lab setup installs it" : undefined);
  if (why !== undefined) {
    notRun("the road over DNS", why);
    return;
  }
  let lab: WebLab | undefined;
  beforeAll(async () => {
    lab = await WebLab.open();
  }, LIMIT_MS);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    "P-90 joins and brings a first letter where queries over 72 bytes are swallowed",
    async () => {
      const rule = { id: "R13", params: { maxQueryBytes: 72 } };
      const trial = await lab!.trial([rule], { seed: 1, route: "dns", limitMs: COLD_LIMIT_MS });
      expect(trial.text).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    "P-98 goes on over DNS when the border closes but for a resolver",
    async () => {
      const { from, to } = await lab!.switchTrial([GAP], { seed: 1, limitMs: LETTER_LIMIT_MS });
      expect([from, to]).toEqual(["web", "dns"]);
      const texts = [...lab!.letters.values()];
      expect(texts.at(-1)).toMatch(/ again$/);
      expect(new Set(texts).size).toBe(texts.length);
    },
    LIMIT_MS,
  );
});
