/* Scenes of what a person decides about chats: the list, its menu, folders, the archive, a report, a block. */
import type { Page } from "playwright-core";
import { byLabel, sheet, type Scene } from "./scene.ts";

const DECIDED = { hash: "", joined: true, query: "chats=some&route=open" } as const;

const menuOfRow =
  (at: number) =>
  async (page: Page): Promise<void> => {
    await page.locator('a[href^="#c/"]').nth(at).click({ button: "right" });
    await page.locator('[role="menu"]:popover-open').waitFor();
  };

/** Every scene. */
export const CHAT_SCENES: readonly Scene[] = [
  {
    ...DECIDED,
    name: "decide-chats",
    act: async (page) => {
      await byLabel(page, "Archive", "بایگانی").waitFor();
    },
  },
  { ...DECIDED, name: "decide-menu", act: menuOfRow(1) },
  {
    ...DECIDED,
    name: "decide-folders",
    act: async (page) => {
      await menuOfRow(0)(page);
      await byLabel(page, "Folders", "پوشه", "menuitem").click();
      await sheet(page);
    },
  },
  {
    ...DECIDED,
    name: "decide-archive",
    only: "phone",
    act: async (page) => {
      await byLabel(page, "Archive", "بایگانی").click();
      await page.locator('a[href^="#c/"]').first().waitFor();
    },
  },
  {
    ...DECIDED,
    name: "decide-blocked",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').last().click();
      await byLabel(page, "Unblock", "رفع").waitFor();
    },
  },
  {
    ...DECIDED,
    name: "decide-timer",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').first().click();
      await page.getByRole("button", { name: /^(?:Messages disappear|پیام‌ها پس از)/u }).click();
      await sheet(page);
    },
  },
  {
    ...DECIDED,
    name: "decide-timer-lines",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').first().click();
      await page.locator("article").last().scrollIntoViewIfNeeded();
      await page.locator('article [role="img"] svg').last().waitFor();
    },
  },
  {
    ...DECIDED,
    name: "decide-later",
    act: async (page) => {
      await byLabel(page, "Archive", "بایگانی").waitFor();
      await page.locator('a[href^="#c/"]').first().click();
      await page.locator("textarea").waitFor();
      await page.locator('form button[type="submit"]').click({ button: "right", force: true });
      await sheet(page);
      await page.locator("dialog ul li").first().waitFor();
    },
  },
  {
    ...DECIDED,
    name: "decide-report",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').first().click();
      await page.locator('article[data-mine="false"]').last().click({ button: "right" });
      await byLabel(page, "Report", "گزارش", "menuitem").click();
      await sheet(page);
    },
  },
];
