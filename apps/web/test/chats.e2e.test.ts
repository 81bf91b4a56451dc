/*
 * What a person decides about chats, as a person does it: two people in two real browsers on one real station; pinned, muted, put into
 * a folder and away, left half written, blocked, and reported to the operator.
 */
import { existsSync } from "node:fs";
import { chainPorts } from "@chapar/e2e";
import { decodeReport, weighReport } from "@chapar/e2e/devices";
import { nodeCrypto } from "@chapar/e2e/node";
import { keptReports } from "@chapar/station/node";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bubble, CHROMIUM, plain, say, Stage } from "./stage.ts";

const stage = new Stage();
const rows = (page: Page): Locator => page.locator('a[href^="#c/"]');
const item = (page: Page, name: RegExp): Locator => page.getByRole("menuitem", { name });
const chip = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

async function rowMenu(page: Page): Promise<void> {
  await rows(page).first().click({ button: "right" });
  await page.locator('[role="menu"]:popover-open').waitFor();
}

describe.runIf(existsSync(CHROMIUM))("chats", () => {
  beforeAll(() => stage.begin());
  afterAll(() => stage.end());

  it("N-2 N-3 N-6 are pinned, muted and put into a folder from the row's menu", async () => {
    const { dara } = stage;
    await rowMenu(dara);
    await item(dara, /^Pin$/u).click();
    await rows(dara).first().getByText("Pinned").waitFor({ state: "attached" });
    await rowMenu(dara);
    await item(dara, /^Mute…$/u).click();
    await item(dara, /^For 8 hours$/u).click();
    await rows(dara).first().getByText("Muted").waitFor({ state: "attached" });
    await rowMenu(dara);
    await item(dara, /^Folders…$/u).click();
    await dara.getByLabel("Name of a new folder").fill("Family");
    await dara.getByRole("button", { name: "Make folder" }).click();
    await dara.locator('dialog input[type="checkbox"]:checked').waitFor();
    await dara.keyboard.press("Escape");
    await chip(dara, "Family").click();
    expect(await rows(dara).count()).toBe(1);
    await chip(dara, "Groups").click();
    await dara.getByText("No chats here yet.").waitFor();
    await chip(dara, "All").click();
  });

  it("N-7 keep what was begun, over a reload", async () => {
    const { dara } = stage;
    await dara.locator("textarea").fill("half a tho");
    await dara.waitForTimeout(600);
    await stage.leave(dara);
    await stage.back(dara);
    await dara.locator("textarea").waitFor();
    await expect.poll(() => dara.locator("textarea").inputValue(), { timeout: 30_000 }).toBe("half a tho");
    await dara.locator("textarea").fill("");
  });

  it("N-4 go into the archive and come back with a message, once they are heard again", async () => {
    const { dara, sara } = stage;
    await rowMenu(dara);
    await item(dara, /^Unmute$/u).click();
    await rowMenu(dara);
    await item(dara, /^Archive$/u).click();
    await dara.getByRole("button", { name: /^Archive/u }).waitFor();
    expect(await rows(dara).count()).toBe(0);
    await say(sara, "are you there?");
    await rows(dara).first().waitFor();
    await bubble(dara, "are you there?").waitFor();
  });

  it("N-20 N-23 give one message to the operator, with a signature that holds", async () => {
    const { dara } = stage;
    await bubble(dara, "are you there?").click({ button: "right" });
    await item(dara, /^Report…$/u).click();
    expect(plain(await dara.locator("dialog").innerText())).toContain("gets this one message");
    await dara.getByRole("button", { name: "Report it" }).click();
    await dara.getByText("The operator has it.").waitFor();
    await dara.keyboard.press("Escape");
    const [kept, ...others] = await keptReports(stage.data);
    expect(others).toEqual([]);
    const report = decodeReport(kept!.bytes);
    expect(report.ok && (await weighReport(report.value, chainPorts(nodeCrypto())))).toBe("proven");
    expect(Buffer.from(kept!.bytes).includes("are you there?")).toBe(true);
    expect(Buffer.from(kept!.bytes).includes("the first letter")).toBe(false);
  });

  it("C-60 C-62 C-63 let messages disappear for both, over a reload, say who set it, and leave nothing to read", async () => {
    const { dara, sara } = stage;
    await dara.locator('button:has(h2[id="conversation-title"])').click();
    await dara.getByRole("button", { name: "Disappearing messages" }).click();
    await dara.getByLabel("30 seconds").check();
    await dara.keyboard.press("Escape");
    await sara.getByText(/let messages disappear from here on/u).waitFor();
    await sara.getByRole("button", { name: /disappear after .?30 seconds/u }).waitFor();
    await say(sara, "gone in half a minute");
    await bubble(dara, "gone in half a minute").waitFor();
    await bubble(dara, "gone in half a minute")
      .getByRole("img", { name: /^Disappears/u })
      .waitFor();
    // A device that begins anew goes on counting.
    await stage.leave(dara);
    await stage.back(dara);
    await bubble(dara, "gone in half a minute")
      .getByRole("img", { name: /^Disappears/u })
      .waitFor();
    for (const page of [dara, sara]) await bubble(page, "gone in half a minute").waitFor({ state: "detached" });
    await dara.getByText("A message has disappeared").waitFor();
    await sara.getByRole("button", { name: /disappear after .?30 seconds/u }).click();
    await sara.getByLabel("Off", { exact: true }).check();
    await sara.keyboard.press("Escape");
    await dara.getByText(/let messages stay/u).waitFor();
  });

  it("F-51 C-65 keep a message for its time, over a reload, and send it then", async () => {
    const { dara, sara } = stage;
    await dara.locator("textarea").fill("good evening");
    await dara.locator('form button[type="submit"]').click({ button: "right" });
    const words = dara.locator("dialog textarea");
    await words.waitFor();
    expect(await words.inputValue()).toBe("good evening");
    const at = new Date(Date.now() + 90_000);
    at.setSeconds(0, 0);
    const two = (value: number): string => String(value).padStart(2, "0");
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    await dara
      .locator('dialog input[type="datetime-local"]')
      .fill(`${day}T${two(at.getHours())}:${two(at.getMinutes())}`);
    await dara.getByRole("button", { name: "Send at this time" }).click();
    await dara.getByText("Waiting for their time").waitFor();
    expect(await bubble(sara, "good evening").count()).toBe(0);
    await stage.leave(dara);
    await stage.back(dara);
    await bubble(sara, "good evening").waitFor({ timeout: 120_000 });
    await bubble(dara, "good evening").waitFor();
  });

  it("N-10 N-12 show nothing of somebody who is blocked, until they are not", async () => {
    const { dara, sara } = stage;
    await rowMenu(dara);
    await item(dara, /^Block/u).click();
    await dara.getByRole("button", { name: /^Unblock/u }).waitFor();
    expect(await dara.locator("textarea").count()).toBe(0);
    await say(sara, "you must hear me");
    await dara.getByText(/whom you have blocked/u).waitFor();
    expect(await bubble(dara, "you must hear me").count()).toBe(0);
    await dara.getByRole("button", { name: /^Unblock/u }).click();
    await bubble(dara, "you must hear me").waitFor();
    await dara.locator("textarea").waitFor();
  });
});
