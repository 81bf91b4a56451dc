/*
 * A group of three as people use it, on a real station: two in browsers, one in a terminal. Each thing is seen by the others.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bubble, MAIN, say, Stage } from "./stage.ts";

const run = promisify(execFile);
const stage = new Stage();
beforeAll(() => stage.begin(), 180_000);
afterAll(() => stage.end());

/** Omid's terminal: what a command prints. */
async function omid(...words: readonly string[]): Promise<string> {
  const profile = join(stage.folder, "omid");
  const { stdout } = await run(process.execPath, [MAIN, ...words, "--profile", profile, "--timeout", "60"]);
  return stdout;
}

/** The newest line that tells what became of the group. */
const line = (page: Page, text: RegExp): Locator => page.locator("p", { hasText: text }).last();

async function inSheet(page: Page): Promise<Locator> {
  if ((await page.getByRole("dialog").count()) === 0)
    await page.locator("header button[aria-expanded]").first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("heading", { name: "Walks" }).waitFor();
  return sheet;
}

async function closed(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

it("F-61 F-62 F-68 F-76 F-77 people make a group, write, let somebody in by a link, and take them out", async () => {
  const { sara, dara } = stage;
  await sara.getByRole("button", { name: "Back" }).click();
  await sara.getByRole("button", { name: "New chat" }).click();
  await sara.getByRole("button", { name: "New group" }).click();
  await sara.getByRole("textbox", { name: "Name of the group" }).fill("Walks");
  await sara.getByRole("checkbox", { name: "Dara" }).check();
  await sara.getByRole("button", { name: "Make the group" }).click();
  await line(sara, /made the group/u).waitFor();
  await line(sara, /added .*Dara/u).waitFor();
  await dara.locator('a[href^="#c/"]', { hasText: "Walks" }).click();
  await say(sara, "who comes on Friday");
  await bubble(dara, "who comes on Friday").waitFor();
  await say(dara, "I do");
  await bubble(sara, "I do").waitFor();

  const sheet = await inSheet(sara);
  await sheet.getByRole("button", { name: /^Dara/u }).click();
  await sheet.getByRole("button", { name: "Make admin" }).click();
  await line(dara, /made .* admin/u).waitFor();
  await sheet.getByRole("button", { name: "Make a link" }).click();
  await sheet.getByRole("button", { name: "Make a link" }).click();
  const link = await sheet.locator("li input[readonly]").inputValue();
  expect(link).toContain(stage.url.replace(/\/$/u, ""));

  // Beside it stands an invite to whoever made it.
  await omid("join", link.replace(/g\/[\w-]+\./u, "i/"), "--name", "Omid");
  expect(await omid("group", "join", link)).toContain("waiting to be let in");
  await sheet.getByRole("button", { name: "Let in", exact: true }).click();
  // The name of who comes by a link is their own to tell, when they are there.
  let walks = "";
  const found = async (): Promise<string> => (walks = /Walks · (\w+)/u.exec(await omid("read"))?.[1] ?? "");
  await expect.poll(found, { timeout: 90_000, interval: 1000 }).not.toBe("");
  expect(await omid("group", "members", walks)).toContain("Dara  admin");
  await sheet.getByRole("button", { name: /^Omid/u }).waitFor();
  await closed(sara);
  await omid("send", walks, "from the terminal");
  await bubble(dara, "from the terminal").waitFor();
  await bubble(sara, "from the terminal").waitFor();

  const again = await inSheet(sara);
  await again.getByRole("button", { name: /^Omid/u }).click();
  await again.getByRole("button", { name: "Take out of the group" }).click();
  await again.getByRole("button", { name: "Take out of the group" }).click();
  await again.getByRole("button", { name: /^Omid/u }).waitFor({ state: "detached" });
  await closed(sara);
  await line(dara, /took out/u).waitFor();
  await say(sara, "only us");
  await bubble(dara, "only us").waitFor();
  await expect.poll(() => omid("read", walks), { timeout: 60_000, interval: 1000 }).toContain("took out");
  const read = await omid("read", walks);
  expect(read).toContain("from the terminal");
  expect(read).not.toContain("only us");
}, 300_000);

it("F-75 F-77 F-66 a link for one person and one day lets in one in a browser, nobody after that, and who leaves hears nothing more", async () => {
  const { sara, dara } = stage;
  const sheet = await inSheet(sara);
  await sheet.getByRole("button", { name: "Make a link" }).click();
  await sheet.getByRole("radio", { name: "After a day" }).check();
  await sheet.getByRole("radio", { name: "1 person", exact: true }).check();
  await sheet.getByRole("checkbox", { name: "I let each person in myself" }).uncheck();
  await sheet.getByRole("button", { name: "Make a link" }).click();
  const made = sheet.getByRole("listitem").filter({ hasText: "0 of 1 came" });
  await made.getByText(/until /u).waitFor();
  const link = await made.getByRole("textbox", { name: "Link into this group" }).inputValue();
  await closed(sara);

  const join = async (name: string): Promise<Page> => {
    const page = await stage.another();
    await page.goto(link);
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Start writing" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Join", exact: true }).click();
    return page;
  };
  const mina = await join("Mina");
  await mina.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  await say(mina, "here I am");
  await bubble(sara, "here I am").waitFor();
  await bubble(dara, "here I am").waitFor();
  const late = await join("Late");
  await late.getByText("This link has let in as many people as it may.").waitFor();
  await late.context().close();

  await mina.locator("header button[aria-expanded]").first().click();
  const hers = mina.getByRole("dialog");
  await hers.getByRole("button", { name: "Leave the group" }).click();
  await hers.getByText("Nothing more of this group is received from that moment on.").waitFor();
  await hers.getByRole("button", { name: "Leave the group" }).click();
  await line(sara, /Left the group: .*Mina/u).waitFor();
  await say(sara, "without Mina");
  await bubble(dara, "without Mina").waitFor();
  expect(await bubble(mina, "without Mina").count()).toBe(0);
  expect(await mina.getByRole("textbox", { name: "Message", exact: true }).count()).toBe(0);
}, 200_000);
