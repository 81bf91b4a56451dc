/*
 * What two people do with letters, as they would: with a mouse and keys at a desk, with a finger on a phone, on a real station. Each
 * thing is seen by the other one.
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

/** Pulls a letter along its line with a finger. */
async function swipe(page: Page, text: string, byPx: number): Promise<void> {
  const box = await bubble(page, text).first().boundingBox();
  if (box === null) throw new Error("not in view");
  const session = await page.context().newCDPSession(page);
  const [x, y] = [box.x + 60, box.y + box.height / 2];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  for (let step = 1; step <= 8; step++)
    await session.send("Input.dispatchTouchEvent", {
      type: "touchMove",
      touchPoints: [{ x: x + (byPx * step) / 8, y }],
    });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await session.detach();
}

describe("two people in two browsers", () => {
  it("C-30 answer a letter by menu and by a swipe, see what is answered, and go there", async () => {
    const { sara, dara } = stage;
    await choose(dara, "an answer", "Reply");
    await dara.getByRole("group", { name: "Reply to" }).waitFor();
    await say(dara, "I answer that");
    const got = bubble(sara, "I answer that").last();
    await got.getByRole("button", { name: "You an answer" }).click();
    await sara.locator('article[data-found="true"]', { hasText: "an answer" }).waitFor();
    // What lies around the conversation, the swipe among it, comes when the line is quiet.
    await expect
      .poll(
        async () => {
          await swipe(sara, "I answer that", 90);
          return sara.getByRole("group", { name: "Reply to" }).isVisible();
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await say(sara, "by a finger");
    await bubble(dara, "by a finger").getByRole("button", { name: "You I answer that" }).waitFor();
    await choose(dara, "by a finger", "Reply");
    await dara.keyboard.press("Escape");
    await dara.getByRole("group", { name: "Reply to" }).waitFor({ state: "detached" });
  });

  it("C-31 correct the last letter with arrow up; the other sees that it was, and what it said", async () => {
    const { sara, dara } = stage;
    await say(dara, "a tpyo");
    await bubble(sara, "a tpyo").waitFor();
    await dara.locator("textarea").press("ArrowUp");
    expect(await dara.locator("textarea").inputValue()).toBe("a tpyo");
    await dara.locator("textarea").fill("a typo");
    await dara.keyboard.press("Enter");
    await bubble(sara, "a typo").getByText("edited").waitFor();
    await choose(sara, "a typo", "What it said before");
    await sara.getByRole("dialog").getByText("a tpyo").waitFor();
    await sara.keyboard.press("Escape");
    expect(await dara.locator("textarea").inputValue()).toBe("");
  });

  it("C-36 react, count, take back, and find any emoji by its name", async () => {
    const { sara, dara } = stage;
    const quick = (await menu(sara, "a typo")).getByRole("menuitemcheckbox", { name: /^React with .*❤️/u });
    await quick.click();
    const heart = bubble(dara, "a typo").getByRole("button", { name: /❤️.*1 person/u });
    await heart.click();
    await bubble(sara, "a typo")
      .getByRole("button", { name: /❤️.*2 people/u })
      .waitFor();
    await bubble(dara, "a typo")
      .getByRole("button", { name: /❤️.*2 people/u })
      .click();
    await bubble(sara, "a typo")
      .getByRole("button", { name: /❤️.*1 person/u })
      .waitFor();
    await (await menu(dara, "a typo")).getByRole("menuitem", { name: "More emoji" }).click();
    await dara.getByRole("searchbox").fill("camel");
    await dara.getByRole("dialog").getByRole("button", { name: "camel", exact: true }).click();
    await bubble(sara, "a typo")
      .getByRole("button", { name: /🐪.*1 person/u })
      .waitFor();
    await choose(sara, "a typo", "Who reacted");
    await sara.getByRole("dialog").getByText("Dara").waitFor();
    await sara.keyboard.press("Escape");
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

  it("C-38 C-39 send a letter on, pin one, and go to what is pinned", async () => {
    const { sara, dara } = stage;
    await choose(dara, "by a finger", "Forward");
    await dara.getByRole("dialog").getByRole("button", { name: "Sara" }).click();
    await sara.getByText("Forwarded from").waitFor();
    await choose(sara, "the first letter", "Pin");
    const pinned = dara.getByRole("button", { name: "Pinned message the first letter" });
    await pinned.click();
    await dara.locator('article[data-found="true"]', { hasText: "the first letter" }).waitFor();
    await choose(dara, "the first letter", "Unpin");
    await sara.getByRole("button", { name: "Pinned message" }).waitFor({ state: "detached" });
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
