/*
 * The doctor against planted rules, a small part of `chapar lab doctor`: an open border of which nothing may be said, one rule each of
 * three stages (lookup, flow, form), with the real doctor in the client's place. A look takes half a minute.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DoctorLab } from "../src/doctor/doctor-lab.ts";
import { PLANTED } from "../src/doctor/planted.ts";
import { whyNoNamespaces } from "../src/net/tools.ts";
import { RULES } from "../src/rules/index.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 180_000;
const SEED = 5;
const SMALL = ["R13", "R10", "R5"] as const;

describe("the doctor", () => {
  it("P-123 is asked about every rule of the lab, each under a word of its own", () => {
    expect(PLANTED.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
    expect(new Set(PLANTED.map(({ finding }) => finding)).size).toBe(PLANTED.length);
  });

  const why = whyNoNamespaces();
  if (why !== undefined) {
    notRun("the doctor under planted rules", why);
    return;
  }
  let lab: DoctorLab | undefined;
  beforeAll(async () => {
    lab = await DoctorLab.open();
  }, LIMIT_MS);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    "P-123 says nothing of an open border",
    async () => {
      const { found, action } = await lab!.look(undefined, SEED);
      expect([found, action]).toEqual([["fine"], "nothing"]);
    },
    LIMIT_MS,
  );

  for (const id of SMALL) {
    const planted = PLANTED.find(({ rule }) => rule === id)!;
    it(
      `P-123 names ${id} as ${planted.finding}, and claims nothing else`,
      async () => {
        const { found, isRight, seen } = await lab!.look(planted, SEED);
        expect(isRight, `${found.join(", ")} ${JSON.stringify(seen)}`).toBe(true);
      },
      LIMIT_MS,
    );
  }
});
