/* Scenes of channels: leading one, reading one, who reads, making one, coming by a link. */
import type { Page } from "playwright-core";
import { byLabel, sheet, type Scene } from "./scene.ts";

const CHANNEL = { hash: "", joined: true, query: "channels=some&route=open" } as const;

const open = async (page: Page, name: string): Promise<void> => {
  await page.locator('a[href^="#c/"]', { hasText: name }).click();
  await page.locator("article").last().waitFor();
};

const openSheetOf = async (page: Page): Promise<void> => {
  await page.locator("header button[aria-expanded]").first().click();
  await sheet(page);
};

/** Every scene. */
export const CHANNEL_SCENES: readonly Scene[] = [
  {
    ...CHANNEL,
    name: "channel-led",
    act: (page) => open(page, "Mountain"),
  },
  {
    ...CHANNEL,
    name: "channel-read",
    act: async (page) => {
      await open(page, "Radio");
      await page.locator("section div[role=status] button").last().waitFor();
    },
  },
  {
    ...CHANNEL,
    name: "channel-sheet",
    act: async (page) => {
      await open(page, "Mountain");
      await openSheetOf(page);
      await page.locator("dialog li button").first().waitFor();
    },
  },
  {
    ...CHANNEL,
    name: "channel-readers",
    act: async (page) => {
      await open(page, "Mountain");
      await openSheetOf(page);
      await page.locator("dialog section").last().locator("li button").first().click();
      await page.locator("dialog section").last().scrollIntoViewIfNeeded();
    },
  },
  {
    ...CHANNEL,
    name: "channel-reader-sheet",
    act: async (page) => {
      await open(page, "Radio");
      await openSheetOf(page);
    },
  },
  { ...CHANNEL, name: "channel-join", hash: "#b/any.me", query: "route=open", act: sheet },
  {
    ...CHANNEL,
    name: "channel-new",
    act: async (page) => {
      await byLabel(page, "New chat", "گفت‌وگوی تازه").first().click();
      await sheet(page);
      await byLabel(page, "New channel", "کانال تازه").first().click();
      await page.locator("dialog input").first().fill("Mountain news");
    },
  },
];
