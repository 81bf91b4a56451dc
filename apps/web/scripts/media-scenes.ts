/* Files: in a conversation, large, on their way, and being recorded. */
import type { Page } from "playwright-core";
import { byLabel, sheet, type Scene } from "./scene.ts";

const inMedia = async (page: Page): Promise<void> => {
  await page.locator('a[href^="#c/"]').first().click();
  await page.locator("article [role=progressbar]").last().waitFor();
};

/** The conversation with one message in its middle. */
const at =
  (index: number) =>
  async (page: Page): Promise<void> => {
    await inMedia(page);
    await page.locator("article[data-mine]").first().scrollIntoViewIfNeeded();
    await page.locator("article img").nth(3).waitFor();
    await page
      .locator("article[data-mine]")
      .nth(index)
      .evaluate((article) => article.scrollIntoView({ block: "center" }));
  };

const MEDIA = { hash: "", joined: true, query: "media=some&route=open" } as const;

export const MEDIA_SCENES: readonly Scene[] = [
  { ...MEDIA, name: "media-sending", act: inMedia },
  { ...MEDIA, name: "media-album", act: at(0) },
  { ...MEDIA, name: "media-away", act: at(2) },
  { ...MEDIA, name: "media-files", act: at(4) },
  {
    ...MEDIA,
    name: "media-viewer",
    act: async (page) => {
      await at(0)(page);
      await page.locator("article img").nth(1).click();
      await sheet(page);
      await page.locator("dialog img").waitFor();
    },
  },
  {
    ...MEDIA,
    name: "media-recording",
    act: async (page) => {
      await inMedia(page);
      await byLabel(page, "Record a voice message", "ضبط").click();
      await page.locator("[role=timer]").waitFor();
    },
  },
];
