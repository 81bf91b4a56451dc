/*
 * What two people do with letters, as they would: on a real station. Each thing is seen by the other one.
 */
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bubble, plain, say, Stage } from "./stage.ts";

const stage = new Stage();
beforeAll(() => stage.begin(), 180_000);
afterAll(() => stage.end());

/** The menu of a letter, by keys. */
async function menu(page: Page, text: string): Promise<Locator> {
  await bubble(page, text).first().focus();
  await page.keyboard.press("Shift+F10");
  const found = page.getByRole("menu");
  await found.waitFor();
  return found;
}

async function choose(page: Page, text: string, item: string): Promise<void> {
  await (await menu(page, text)).getByRole("menuitem", { name: item, exact: true }).click();
}

describe("two people in two browsers", () => {
  it("C-30 answer a letter by the menu, see what is answered, and go there", async () => {
    const { sara, dara } = stage;
    await choose(dara, "an answer", "Reply");
    await dara.getByRole("group", { name: "Reply to" }).waitFor();
    await say(dara, "I answer that");
    const got = bubble(sara, "I answer that").last();
    await got.getByRole("button", { name: "You an answer" }).click();
    await sara.locator('article[data-found="true"]', { hasText: "an answer" }).waitFor();
  });

  it("C-31 correct the last letter with arrow up; the other sees that it was, and what it said", async () => {
    const { sara, dara } = stage;
    await say(dara, "a tpyo");
    await bubble(sara, "a tpyo").waitFor();
    await dara.locator("textarea").press("ArrowUp");
    // What edits is brought when it is first needed.
    await expect.poll(() => dara.locator("textarea").inputValue(), { timeout: 30_000 }).toBe("a tpyo");
    await dara.locator("textarea").fill("a typo");
    await dara.keyboard.press("Enter");
    await bubble(sara, "a typo").getByText("edited").waitFor();
    await choose(sara, "a typo", "What it said before");
    await sara.getByRole("dialog").getByText("a tpyo").waitFor();
    await sara.keyboard.press("Escape");
    await expect.poll(() => dara.locator("textarea").inputValue(), { timeout: 30_000 }).toBe("");
  });

  it("C-37 mention the other, who sees it counted apart", async () => {
    const { sara, dara } = stage;
    await sara.getByRole("button", { name: "Back" }).click();
    await dara.locator("textarea").pressSequentially("come, @s");
    await dara.getByRole("option", { name: "Sara" }).waitFor();
    await dara.keyboard.press("Enter");
    await dara.locator("textarea").pressSequentially("please");
    await dara.keyboard.press("Enter");
    const row = sara.locator('a[href^="#c/"]').first();
    await row.getByRole("img", { name: "Mentions you once" }).waitFor();
    await row.click();
    expect(plain(await bubble(sara, "please").locator("bdi").first().innerText())).toBe("@Sara");
    await row.getByRole("img", { name: "Mentions you once" }).waitFor({ state: "detached" });
  });

  it("C-40 see two ticks, then that it was read, unless the other keeps it to themself", async () => {
    const { sara, dara } = stage;
    await say(dara, "do you read this");
    await bubble(dara, "do you read this").getByRole("img", { name: "Read", exact: true }).waitFor();
    await sara.getByRole("button", { name: "Back" }).click();
    await say(dara, "and this");
    await bubble(dara, "and this").getByRole("img", { name: "On their device" }).waitFor();
    await sara.locator('a[href^="#c/"]').first().click();
    await bubble(dara, "and this").getByRole("img", { name: "Read", exact: true }).waitFor();
  });

  it("C-32 C-41 delete for everyone, and for oneself", async () => {
    const { sara, dara } = stage;
    await say(dara, "a word too many");
    await bubble(sara, "a word too many").waitFor();
    await choose(dara, "a word too many", "Delete");
    await dara.getByRole("button", { name: "Delete for everyone" }).click();
    await sara.locator("article", { hasText: "deleted a message" }).waitFor();
    expect(await bubble(sara, "a word too many").count()).toBe(0);
    await dara.locator("article", { hasText: "You deleted a message" }).waitFor();
    await choose(sara, "do you read this", "Delete");
    expect(await sara.getByRole("button", { name: "Delete for everyone" }).count()).toBe(0);
    await sara.getByRole("button", { name: "Delete for me" }).click();
    await sara.locator("article", { hasText: "Deleted on your devices" }).waitFor();
    await bubble(dara, "do you read this").waitFor();
  });
});
