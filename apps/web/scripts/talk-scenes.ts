/* What people do with messages. */
import type { Page } from "playwright-core";
import { byLabel, sheet, type Scene } from "./scene.ts";

const inTalk = async (page: Page): Promise<void> => {
  await page.locator('a[href^="#c/"]').first().click();
  await page.locator("article").last().waitFor();
  await page.locator("article button[aria-pressed]").first().waitFor();
  // What lies around a conversation comes when the line is quiet.
  await byLabel(page, "All pinned messages", "همهٔ پیام‌های").waitFor();
};

const inMenu =
  (at: number) =>
  async (page: Page): Promise<void> => {
    await inTalk(page);
    await page.locator("article[data-mine]").nth(at).focus();
    await page.keyboard.press("Shift+F10");
    await page.locator("[role=menu]:popover-open [role=menuitem]").first().waitFor();
  };

const choose =
  (at: number, en: string, fa: string) =>
  async (page: Page): Promise<void> => {
    await inMenu(at)(page);
    await page
      .locator("[role=menu]:popover-open [role=menuitem]", { hasText: new RegExp(`^(?:${en}|${fa})`, "u") })
      .first()
      .click();
  };

const inSheet =
  (at: number, en: string, fa: string) =>
  async (page: Page): Promise<void> => {
    await choose(at, en, fa)(page);
    await sheet(page);
  };

const inEmoji = async (page: Page): Promise<void> => {
  await inMenu(0)(page);
  await byLabelInMenu(page).click();
  await sheet(page);
  await page.locator("dialog button[aria-label]").nth(40).waitFor();
};

const byLabelInMenu = (page: Page): ReturnType<Page["locator"]> =>
  page
    .locator("[role=menu]:popover-open [role=menuitem]")
    .filter({ has: page.locator("svg") })
    .first();

const inAttach = async (page: Page): Promise<void> => {
  await inTalk(page);
  await byLabel(page, "Attach", "پیوست").and(page.locator("button")).click();
  await page.locator("form [role=menuitem]").first().waitFor();
};

const inNewPoll = async (page: Page): Promise<void> => {
  await inAttach(page);
  await page.locator("form [role=menuitem]").nth(1).click();
  await sheet(page);
  await page.locator("dialog textarea").fill("Which day? کدام روز؟");
  await page.locator("dialog input").first().fill("شنبه");
  await page.locator("dialog button", { hasText: /Add an option|گزینهٔ دیگر/u }).click();
};

const inTopics = async (page: Page): Promise<void> => {
  await inAttach(page);
  await page.locator("form [role=menuitem]").nth(2).click();
  await sheet(page);
  await page.locator("dialog li button").first().waitFor();
};

const inTopic = async (page: Page): Promise<void> => {
  await inTopics(page);
  await page.locator("dialog li button").first().click();
  await page.locator("dialog article").last().waitFor();
};

const inLink = async (page: Page): Promise<void> => {
  await inTalk(page);
  await page.locator('article a[href$="/bill"]').click();
  await sheet(page);
};

const inPreview = async (page: Page): Promise<void> => {
  await inTalk(page);
  const card = page.locator('article a[href$="/qanat"]').last();
  await card.locator("img").waitFor();
  await card.scrollIntoViewIfNeeded();
};

const inVotes = async (page: Page): Promise<void> => {
  await inTalk(page);
  await page.locator("article button", { hasText: /Who voted|چه کسانی رأی/u }).click();
  await sheet(page);
};

const TALK = { hash: "", joined: true, query: "talk=some" } as const;

export const TALK_SCENES: readonly Scene[] = [
  { ...TALK, name: "talk-chats" },
  { ...TALK, name: "talk-conversation", act: inTalk },
  { ...TALK, name: "talk-menu", act: inMenu(1) },
  {
    ...TALK,
    name: "talk-reply",
    act: async (page) => {
      await choose(0, "Reply", "پاسخ")(page);
      await page.locator("form [role=group]").waitFor();
    },
  },
  {
    ...TALK,
    name: "talk-edit",
    only: "phone",
    act: async (page) => {
      await inTalk(page);
      await page.locator("textarea").focus();
      await page.keyboard.press("ArrowUp");
      await page.locator("form [role=group]").waitFor();
    },
  },
  {
    ...TALK,
    name: "talk-mention",
    act: async (page) => {
      await inTalk(page);
      await page.locator("textarea").pressSequentially("@");
      await page.locator("[role=listbox]").waitFor();
    },
  },
  { ...TALK, name: "talk-emoji", act: inEmoji },
  {
    ...TALK,
    name: "talk-emoji-search",
    only: "phone",
    act: async (page) => {
      await inEmoji(page);
      await page.locator("dialog input[type=search]").fill("خنده");
    },
  },
  { ...TALK, name: "talk-attach", act: inAttach },
  { ...TALK, name: "talk-poll-new", act: inNewPoll },
  { ...TALK, name: "talk-topics", only: "phone", act: inTopics },
  { ...TALK, name: "talk-topic", act: inTopic },
  { ...TALK, name: "talk-link", act: inLink },
  {
    ...TALK,
    name: "talk-portrait",
    hash: "#s/profile",
    act: async (page) => {
      await sheet(page);
      await byLabel(page, "Remove it", "برداشتن").waitFor();
    },
  },
  { ...TALK, name: "talk-preview", act: inPreview },
  { ...TALK, name: "talk-votes", only: "phone", act: inVotes },
  { ...TALK, name: "talk-delete", act: inSheet(1, "Delete", "حذف") },
  { ...TALK, name: "talk-forward", only: "phone", act: inSheet(0, "Forward", "فرستادن به") },
  { ...TALK, name: "talk-people", only: "phone", act: inSheet(1, "Who reacted", "چه کسانی") },
  {
    ...TALK,
    name: "talk-pins",
    only: "phone",
    act: async (page) => {
      await inTalk(page);
      await byLabel(page, "All pinned messages", "همهٔ پیام‌های").click();
      await sheet(page);
    },
  },
];
