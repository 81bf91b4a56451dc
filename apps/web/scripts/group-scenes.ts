/* Scenes of groups: the list with one, its lines, who is in it, making one. */
import type { Page } from "playwright-core";
import { byLabel, sheet, type Scene } from "./scene.ts";

const GROUP = { hash: "", joined: true, query: "groups=some&route=open" } as const;

const inGroup = async (page: Page): Promise<void> => {
  await page.locator('a[href^="#c/"]', { hasText: "Mountain" }).click();
  await page.locator("article").last().waitFor();
};

/** Every scene. */
export const GROUP_SCENES: readonly Scene[] = [
  {
    ...GROUP,
    name: "group-list",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').first().waitFor();
    },
  },
  { ...GROUP, name: "group-lines", act: inGroup },
  {
    ...GROUP,
    name: "group-people",
    act: async (page) => {
      await inGroup(page);
      await page.locator("header button[aria-expanded]").first().click();
      await sheet(page);
      await page.locator("dialog li button").nth(1).click();
    },
  },
  {
    ...GROUP,
    name: "group-links",
    act: async (page) => {
      await inGroup(page);
      await page.locator("header button[aria-expanded]").first().click();
      await sheet(page);
      await byLabel(page, "Make a link", "ساختن لینک").first().click();
      await page.locator("dialog section").last().scrollIntoViewIfNeeded();
      await page.locator("dialog fieldset input").first().scrollIntoViewIfNeeded();
    },
  },
  {
    ...GROUP,
    name: "group-join",
    hash: "#g/ask.me",
    act: sheet,
  },
  {
    ...GROUP,
    name: "group-join-waiting",
    hash: "#g/ask.me",
    act: async (page) => {
      await sheet(page);
      await byLabel(page, "Ask to join", "درخواست ورود").first().click();
      await page.locator("dialog p[role=status]").waitFor();
    },
  },
  {
    ...GROUP,
    name: "group-new",
    act: async (page) => {
      await byLabel(page, "New chat", "گفت‌وگوی تازه").first().click();
      await sheet(page);
      await byLabel(page, "New group", "گروه تازه").first().click();
      await page.locator("dialog fieldset input").first().check();
    },
  },
];
