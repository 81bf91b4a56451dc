/* Scenes of the tools around the screens. */
import { byLabel, sheet, type Scene } from "./scene.ts";

const OPEN = { hash: "", joined: true, query: "route=open" } as const;

export const TOOLS_SCENES: readonly Scene[] = [
  {
    ...OPEN,
    name: "tools-palette",
    act: async (page) => {
      await page.waitForTimeout(600);
      await page.keyboard.press("Control+K");
      await sheet(page);
    },
  },
  {
    ...OPEN,
    name: "tools-keys",
    act: async (page) => {
      await page.waitForTimeout(600);
      await page.keyboard.press("Control+/");
      await sheet(page);
    },
  },
  {
    ...OPEN,
    name: "tools-search",
    act: async (page) => {
      await page.locator('input[type="search"]').fill("a");
      await page.locator("mark").first().waitFor();
    },
  },
  {
    ...OPEN,
    name: "tools-find",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').nth(1).click();
      await page.locator("article").last().waitFor();
      await page.waitForTimeout(600);
      await page.keyboard.press("Control+F");
      await page.locator("search input").fill("a");
      await page.locator("search [role=status]:not(:empty)").waitFor();
    },
  },
  {
    ...OPEN,
    name: "tools-away",
    query: "route=seeking&queued=3",
    act: async (page) => {
      await page.locator("html[data-away]").waitFor();
      await byLabel(page, "Settings", "تنظیمات").waitFor();
    },
  },
];
