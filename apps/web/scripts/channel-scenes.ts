/* Scenes of channels: among the chats, led, read, with their people and links, made and joined. */
import type { Page } from "playwright-core";
import { byLabel, type Scene, sheet } from "./scene.ts";

const CHANNEL = { hash: "", joined: true, query: "channels=some&route=open" } as const;

const inChannel = async (page: Page, name: string): Promise<void> => {
  await page.locator('a[href^="#c/"]', { hasText: name }).click();
  await page.locator("article").last().waitFor();
};

/** Every scene. */
export const CHANNEL_SCENES: readonly Scene[] = [
  { ...CHANNEL, name: "channel-led", act: (page) => inChannel(page, "Mountain") },
  { ...CHANNEL, name: "channel-read", act: (page) => inChannel(page, "Radio") },
  {
    ...CHANNEL,
    name: "channel-people",
    act: async (page) => {
      await inChannel(page, "Mountain");
      await page.locator("header button[aria-expanded]").first().click();
      await sheet(page);
      await page.locator("dialog li").first().waitFor();
    },
  },
  {
    ...CHANNEL,
    name: "channel-readers",
    act: async (page) => {
      await inChannel(page, "Mountain");
      await page.locator("header button[aria-expanded]").first().click();
      await sheet(page);
      const row = page.locator("dialog li[aria-posinset] button[aria-expanded]").nth(1);
      await row.click();
      await row.evaluate((one) => one.scrollIntoView({ block: "center" }));
    },
  },
  {
    ...CHANNEL,
    name: "channel-new",
    act: async (page) => {
      await byLabel(page, "New chat", "گفت‌وگوی تازه").first().click();
      await sheet(page);
      await byLabel(page, "New channel", "کانال تازه").first().click();
      await page.locator("dialog textarea, dialog fieldset").first().waitFor();
    },
  },
  { name: "channel-join", hash: "#b/radio.me", joined: true, query: "route=open", act: sheet },
];
