/*
 * A station behind a border that lists its provider, and a volunteer's tab (Debian's Chromium, the page that anybody opens) at an
 * address that is on no list: a cold start over snow alone, and the rules that leave nothing of it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programPath, whyNoNamespaces } from "../src/net/tools.ts";
import { WebLab } from "../src/net/web-trial.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 240_000;
/** Twice what a trial of the matrix gives: this is about whether, not how fast. */
const LETTER_LIMIT_MS = 60_000;

describe("snow in namespaces", () => {
  const why =
    whyNoNamespaces() ??
    (programPath("chromium") === undefined ? "chromium is not installed; chapar lab setup installs it" : undefined);
  if (why !== undefined) {
    notRun("snow in namespaces", why);
    return;
  }
  let lab: WebLab | undefined;
  beforeAll(async () => {
    lab = await WebLab.open({ snow: true });
  }, LIMIT_MS);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  }, LIMIT_MS);
  const arrives = async (id: "R14" | "R16" | "R17", limitMs: number): Promise<boolean> =>
    (await lab!.trial([{ id, params: {} }], { seed: 1, route: "snow", limitMs })).text;

  it(
    "P-110 P-113 brings a first letter where the station's provider is listed: asked for over DNS, carried by the tab",
    async () => expect(await arrives("R14", LETTER_LIMIT_MS)).toBe(true),
    LIMIT_MS,
  );

  for (const id of ["R16", "R17"] as const) {
    it(`P-110 is dead under ${id}`, async () => expect(await arrives(id, 15_000)).toBe(false), LIMIT_MS);
  }
});
