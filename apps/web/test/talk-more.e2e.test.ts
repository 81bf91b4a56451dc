/*
 * More of what two people do with letters, as they would, on a real station: choosing an emoji, sending on, pinning, polls, and the
 * swipe that answers.
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
  const found = page.locator('[role="menu"]:popover-open');
  await found.waitFor();
  return found;
}

async function choose(page: Page, text: string, item: string): Promise<void> {
  await (await menu(page, text)).getByRole("menuitem", { name: item, exact: true }).click();
}

const option = (page: Page, name: RegExp): Locator =>
  page.getByRole("group", { name: "Poll" }).last().getByRole("radio", { name });

describe("two people in two browsers", () => {
  it("C-120 see that the other types, until what they typed is there", async () => {
    const { sara, dara } = stage;
    const typing = dara.locator("[data-typing]");
    const field = sara.getByRole("textbox", { name: "Message" });
    // Told seldom: the first of it may be before the station was asked for it.
    await expect
      .poll(
        async () => {
          await field.pressSequentially("w");
          return (await typing.allInnerTexts()).join();
        },
        { timeout: 60_000, interval: 500 },
      )
      .toContain("typing…");
    await field.fill("what Sara typed");
    await sara.keyboard.press("Enter");
    await bubble(dara, "what Sara typed").waitFor();
    await typing.first().waitFor({ state: "detached" });
  });

  it("C-36 react with any emoji, found by its name, and take it back by a press on it", async () => {
    const { sara, dara } = stage;
    await choose(dara, "an answer", "More emoji");
    await dara.getByRole("searchbox", { name: "Search emoji" }).fill("rocket");
    await dara.locator("dialog").getByRole("button", { name: "rocket", exact: true }).click();
    await bubble(sara, "an answer").getByRole("button", { name: "🚀" }).waitFor();
    await bubble(sara, "an answer").getByRole("button", { name: "🚀" }).click();
    const mine = bubble(dara, "an answer").getByRole("button", { name: /🚀.*2 people/u });
    await mine.waitFor();
    await choose(dara, "an answer", "Who reacted");
    await dara.getByRole("dialog").getByText("Sara").waitFor();
    await dara.keyboard.press("Escape");
    await mine.click();
    await bubble(sara, "an answer")
      .getByRole("button", { name: /🚀.*1 person/u })
      .waitFor();
  });

  it("C-38 send a letter on, which says whom it is from", async () => {
    const { sara, dara } = stage;
    await choose(sara, "the first letter", "Forward");
    await sara.locator("dialog").getByRole("button", { name: "Dara" }).click();
    await dara.locator("article", { hasText: "Forwarded from you" }).waitFor();
    expect(plain(await dara.locator("article", { hasText: "Forwarded from you" }).innerText())).toContain(
      "the first letter",
    );
  });

  it("C-39 pin a letter, which stands under the header of both until it is taken away", async () => {
    const { sara, dara } = stage;
    await choose(dara, "an answer", "Pin");
    await sara.getByRole("button", { name: "Pinned message an answer" }).click();
    await sara.locator('article[data-found="true"]', { hasText: "an answer" }).waitFor();
    await choose(sara, "an answer", "Unpin");
    await dara.getByRole("button", { name: "Pinned message an answer" }).waitFor({ state: "detached" });
  });

  it("C-71 C-73 C-74 ask, vote, change the vote, see who voted for what, and close the poll", async () => {
    const { sara, dara } = stage;
    await dara.locator('form button[aria-haspopup="menu"]').click();
    await dara.getByRole("menuitem", { name: "Poll" }).click();
    await dara.getByLabel("Question").fill("Which day?");
    await dara.getByLabel("Option 1").fill("شنبه");
    await dara.getByLabel("Option 2").fill("Sunday");
    await dara.locator("dialog").getByText("Votes are not secret").waitFor();
    await dara.getByRole("button", { name: "Ask" }).click();
    await option(sara, /شنبه.*0 votes/u).click();
    await option(dara, /شنبه.*1 vote/u).waitFor();
    await option(dara, /Sunday/u).click();
    await option(sara, /Sunday.*1 vote/u).click();
    await option(dara, /Sunday.*2 votes/u).waitFor();
    await option(dara, /شنبه.*0 votes/u).waitFor();
    await dara.getByRole("button", { name: "Who voted" }).click();
    await dara.locator("dialog section", { hasText: "Sunday" }).getByText("Sara").waitFor();
    await dara.keyboard.press("Escape");
    expect(await sara.getByRole("button", { name: "Close the poll" }).count()).toBe(0);
    await dara.getByRole("button", { name: "Close the poll" }).click();
    await sara.getByRole("group", { name: "Poll" }).getByText("Closed").waitFor();
    expect(await option(sara, /Sunday/u).getAttribute("aria-disabled")).toBe("true");
  });

  it("C-77 C-79 begin a topic with a letter, write in it, and find it in the list", async () => {
    const { sara, dara } = stage;
    await choose(dara, "an answer", "Topic from here");
    await dara.getByLabel("Write in this topic").fill("a word of the topic");
    await dara.locator("dialog").getByRole("button", { name: "Send" }).click();
    await dara.locator("dialog article", { hasText: "a word of the topic" }).waitFor();
    await dara.keyboard.press("Escape");
    await bubble(sara, "a word of the topic").getByRole("button", { name: "an answer" }).click();
    await sara.locator("dialog").getByText("a word of the topic").waitFor();
    await sara.getByLabel("Write in this topic").fill("and one of Sara");
    await sara.locator("dialog").getByRole("button", { name: "Send" }).click();
    await sara.locator("dialog article", { hasText: "and one of Sara" }).waitFor();
    await sara.keyboard.press("Escape");
    await bubble(dara, "and one of Sara").getByRole("button", { name: "an answer" }).waitFor();
    await dara.locator('form button[aria-haspopup="menu"]').click();
    await dara.getByRole("menuitem", { name: "Topics" }).click();
    await dara.locator("dialog").getByRole("button", { name: "an answer" }).click();
    await dara.locator("dialog article", { hasText: "and one of Sara" }).waitFor();
    await dara.keyboard.press("Escape");
  });

  it("C-80 are asked before a link opens whose letters only look like Latin ones", async () => {
    const { sara, dara } = stage;
    await say(dara, "pay at https://\u0430\u0440\u0440\u04cf\u0435.example/bill");
    await bubble(sara, "pay at").getByRole("link", { name: "xn--80ak6aa92e.example" }).click();
    const asked = sara.getByRole("dialog", { name: "Look at this address" });
    await asked.getByText("xn--80ak6aa92e.example", { exact: true }).waitFor();
    await asked.getByText("only look like Latin ones").waitFor();
    await asked.getByRole("button", { name: "Do not open" }).click();
    await asked.waitFor({ state: "detached" });
    expect(sara.context().pages()).toHaveLength(1);
  });

  it("C-30 answer by a swipe along the line, and not by one that scrolls", async () => {
    const { sara, dara } = stage;
    await say(dara, "pull this");
    const row = bubble(sara, "pull this").last();
    await row.scrollIntoViewIfNeeded();
    const box = (await row.boundingBox())!;
    const touch = await sara.context().newCDPSession(sara);
    await touch.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    const swipe = async (along: number, across: number): Promise<void> => {
      const [x, y] = [box.x + 60, box.y + box.height / 2];
      await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
      for (let step = 1; step <= 5; step++) {
        const touchPoints = [{ x: x + (along * step) / 5, y: y + (across * step) / 5 }];
        await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints });
      }
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await swipe(10, -40);
    await swipe(100, 0);
    await sara.getByRole("group", { name: "Reply to" }).waitFor();
    await say(sara, "pulled");
    await bubble(dara, "pulled").getByRole("button", { name: "You pull this" }).waitFor();
  });
});
