/*
 * What a person sees when their own station lies to them or removes something, with real processes and two real browsers: the
 * sentence at the conversation, the whole of it, the letter that a member gives back, and the proof that a stranger believes.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atStation, bubble, CHROMIUM, MAIN, placeOf, plain, ROOT, say, Stage } from "./stage.ts";

const run = promisify(execFile);
const stage = new Stage();

/** The bar at Dara's chat about the station. */
const bar = (): Locator => stage.dara.locator("aside", { hasText: "Qanat" });

/** A letter of Sara's while Dara is away. */
async function held(text: string): Promise<{ readonly log: string; readonly index: string }> {
  await stage.leave(stage.dara);
  await say(stage.sara, text);
  await atStation(stage.sara, text);
  return placeOf(stage.sara, text);
}

describe.runIf(existsSync(CHROMIUM))("a station that lies", () => {
  beforeAll(() => stage.begin(), 240_000);
  afterAll(() => stage.end());

  it("is told of in one sentence, and what it changed comes back from a member, marked", async () => {
    const { dara } = stage;
    const { log } = await held("the letter that is held");
    await stage.stop();
    await stage.lying(`alter=${log}`);
    await stage.back(dara);
    await bar().waitFor();
    expect(plain(await bar().innerText())).toContain("Qanat in Iran handed out messages that were changed.");
    await dara.getByRole("button", { name: "See what happened" }).click();
    const sheet = dara.locator("dialog[open]");
    await sheet.getByText("It is the station that did this.").waitFor();
    await sheet.getByText("1 of 1 messages came back").waitFor();
    await sheet.getByRole("button", { name: "Open the chat" }).click();
    await bubble(dara, "the letter that is held").getByRole("button", { name: "Restored" }).waitFor();
    await bar().waitFor({ state: "detached" });
    await stage.stop();
    await stage.honest();
  }, 240_000);

  it("R-31 says by whose law and order something was removed, accuses nobody, asks the others, and it comes back", async () => {
    const { sara, dara } = stage;
    const { log, index } = await held("the letter that is ordered away");
    const order = ["--reason", "court order", "--reference", "353 Gs 1/26", "--data", stage.data];
    await run(process.execPath, [MAIN, "station", "remove", log, index, ...order], { cwd: ROOT });
    // Nobody who could give it back is there yet.
    await stage.leave(sara);
    await stage.back(dara);
    const line = dara.locator("article", { hasText: "was removed" });
    await line.waitFor();
    expect(plain(await line.innerText())).toContain(
      "A message was removed by the station of Iran, reference 353 Gs 1/26",
    );
    expect(await line.innerText()).toContain("court order");
    await line.getByRole("button", { name: "What does this mean?" }).click();
    await line.getByText("This accuses nobody.").waitFor();
    await line.getByRole("button", { name: "Ask the others" }).click();
    await line.getByText("The others were asked.").waitFor();
    expect(await bar().count()).toBe(0);
    await stage.back(sara);
    await say(sara, "the letter after it");
    const mark = bubble(dara, "the letter that is ordered away").getByRole("button", { name: /restored|removed/iu });
    await mark.waitFor();
    expect(plain(await mark.innerText())).toContain("353 Gs 1/26");
    await bubble(dara, "the letter after it").waitFor();
    expect(await bar().count()).toBe(0);
  }, 240_000);

  it("E-30 leaves a proof that the person saves, and that two verifiers believe as it is", async () => {
    const { dara } = stage;
    const { log, index } = await held("the letter that expires");
    await stage.stop();
    await stage.lying(`expire=${log}/${index}`);
    await stage.leave(stage.sara);
    await stage.back(dara);
    const line = dara.locator("article", { hasText: "was at the station for too long" });
    await line.waitFor();
    await bar().waitFor();
    expect(plain(await bar().innerText())).toContain("Qanat in Iran deleted messages before their time.");
    await line.getByRole("button", { name: "Save proof" }).waitFor();
    await dara.getByRole("button", { name: "See what happened" }).click();
    const sheet = dara.locator("dialog[open]");
    const [download] = await Promise.all([
      dara.waitForEvent("download"),
      sheet.getByRole("button", { name: "Save proof" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d-[a-z2-7]{8}\.proof$/u);
    await mkdir(join(stage.folder, "saved"));
    const file = join(stage.folder, "saved", download.suggestedFilename());
    await download.saveAs(file);
    const ours = await run(process.execPath, [MAIN, "proof", "verify", file, "--json"], { cwd: ROOT });
    const verdict = JSON.parse(ours.stdout) as { readonly station: string };
    expect(verdict).toMatchObject({ event: "verdict", proven: true, shape: "manifest", fault: "expired-early" });
    const theirs = await run("python3", [join(ROOT, "vectors/verify/verify_proof.py"), file]);
    expect(theirs.stdout).toMatch(/^fault +expired-early$/mu);
    expect(theirs.stdout).toContain(verdict.station);
    // And by the app itself, as somebody who was given it.
    await sheet.getByRole("button", { name: "All alerts" }).click();
    await dara.locator('dialog[open] input[type="file"]').setInputFiles(file);
    await dara.locator("dialog[open]").getByText("The station deleted something before its time.").waitFor();
  }, 240_000);
});
