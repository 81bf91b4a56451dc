/*
 * The headline of the road, as a person sees it: the web app in a real Chromium behind the border, while rules fall one after another.
 * The conversation goes on over whatever way is left, waits when there is none, and goes on when there is one again; nothing is lost or
 * said twice, and the connection's sheet says in plain words what happened.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { programPath, whyNoNamespaces } from "../src/net/tools.ts";
import { notRun } from "../src/testing/netns.ts";
import { FallingStage } from "./falling-stage.ts";

const LIMIT_MS = 240_000;
const FREEZE = { id: "R10", params: {} } as const;
const ADDRESS = { id: "R14", params: { prefixes: [`${PLACES.foreign.address}/32`] } } as const;
const CLOSED = { id: "R16", params: {} } as const;
const NAMES = { names: ["station.example"] } as const;

describe("the web app while rules fall one after another", () => {
  const why = whyNoNamespaces() ?? (programPath("chromium") === undefined ? "there is no chromium" : undefined);
  if (why !== undefined) {
    notRun("the web app under falling rules", why);
    return;
  }
  let stage: FallingStage | undefined;
  const said: string[] = [];
  const answered: string[] = [];

  beforeAll(async () => {
    stage = await FallingStage.open();
  }, LIMIT_MS);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  /** One letter each way, both there. */
  async function exchange(when: string): Promise<void> {
    const [letter, answer] = [`Sara ${when}`, `Dara ${when}`];
    said.push(letter);
    answered.push(answer);
    await stage!.say(letter);
    await stage!.arrived(letter);
    stage!.answer(answer);
    await stage!.bubble(answer).waitFor();
  }

  it(
    "P-1 an open border: letters go directly",
    async () => {
      await exchange("on a free line");
      const sheet = await stage!.connection();
      await sheet.locator('[data-way="web"][data-state="in-use"]').waitFor();
      await stage!.closeSheet();
    },
    LIMIT_MS,
  );

  it(
    "P-1 flows freeze (R10): the conversation goes on in short pieces, and the sheet says what became of the direct way",
    async () => {
      await stage!.fall(FREEZE);
      await exchange("after the freeze");
      const sheet = await stage!.connection();
      await sheet.locator('[data-way="burst"][data-state="in-use"]').waitFor();
      expect(await sheet.locator('[data-way="web"]').innerText()).toMatch(
        /Opened, then stood still|Does not open here/,
      );
      await sheet.getByRole("button", { name: "Find out" }).click();
      // The direct way opens with some twenty packets: now and then the freeze comes before it is open.
      await sheet.getByText(/then freezes the connection|Some of your ways do not open here/).waitFor();
      await sheet.getByText("There is nothing to do: Chapar uses the ways that work.").waitFor();
      expect(await sheet.locator("section code").innerText()).toMatch(/^(?:[a-z]{5} ){7}[a-z]{5}$/);
      await stage!.closeSheet();
    },
    LIMIT_MS,
  );

  it(
    "P-1 the station's address is listed too (R10, R14): the other fronts carry on",
    async () => {
      await stage!.fall(FREEZE, ADDRESS);
      await exchange("after the list");
    },
    LIMIT_MS,
  );

  it(
    "P-1 the border is closed (R16): what is written waits and says so; open again under forged and listed names (R13, R6), it leaves by itself",
    async () => {
      await stage!.fall(CLOSED);
      const waiting = "Sara behind a closed border";
      said.push(waiting);
      await stage!.say(waiting);
      const answer = "Dara to a closed border";
      answered.push(answer);
      stage!.answer(answer);
      const sheet = await stage!.connection();
      await sheet.getByText("Looking for a way").waitFor();
      await sheet.getByText("1 message waits").waitFor();
      await stage!.closeSheet();
      expect(stage!.letters).not.toContain(waiting);
      await stage!.fall(FREEZE, ADDRESS, { id: "R13", params: NAMES }, { id: "R6", params: NAMES });
      await stage!.arrived(waiting);
      await stage!.bubble(answer).waitFor();
      await exchange("after it all");
    },
    LIMIT_MS,
  );

  it(
    "P-127 P-128 the ways are saved as a file, which is taken in again and brings nothing new",
    async () => {
      const sheet = await stage!.connection();
      const [saved] = await Promise.all([
        stage!.page.waitForEvent("download"),
        sheet.getByRole("button", { name: "Save my ways as a file" }).click(),
      ]);
      const path = await saved.path();
      expect(readFileSync(path, "utf8")).toMatch(
        /^chapar file v1\nhttps:\/\/station\.example\/#i\/\S+\nways \S+\nsum \S+\n$/,
      );
      await sheet.locator('input[type="file"]').first().setInputFiles(path);
      await sheet.getByText("Every way in it was known already").waitFor();
      await stage!.closeSheet();
    },
    LIMIT_MS,
  );

  it(
    "P-1 every letter is there once, in order, on both sides, and nothing broke on the way",
    async () => {
      expect(stage!.letters).toEqual(said);
      expect(await stage!.lines([...said, ...answered])).toEqual([...said, ...answered].map(() => 1));
      expect(stage!.complaints).toEqual([]);
    },
    LIMIT_MS,
  );
});
