/* Scenes of the settings' parts and of the lock. */
import type { Page } from "playwright-core";
import { byLabel, type Scene, sheet } from "./scene.ts";

const ONE = { query: "", hash: "", joined: true } as const;

const inPart = async (page: Page, en: string, fa: string): Promise<void> => {
  await byLabel(page, "Settings", "تنظیمات").click();
  await sheet(page);
  await byLabel(page, en, fa).click();
  await page.locator("dialog [role=region]").waitFor();
};

const inLock = async (page: Page): Promise<void> => {
  await inPart(page, "App lock", "قفل برنامه");
  await page.locator("dialog form button").first().waitFor();
};

/** Begins again at the lock, of which the next scene of this browser finds nothing. */
const atLock = async (page: Page): Promise<void> => {
  await page.evaluate(() => localStorage.setItem("chapar.lock", '{"hold":true,"passkey":true}'));
  await page.reload();
  await page.locator('input[type="password"]').waitFor();
  await page.evaluate(() => localStorage.removeItem("chapar.lock"));
};

export const LOCK_SCENES: readonly Scene[] = [
  { ...ONE, name: "settings-words", only: "phone", act: (page) => inPart(page, "Language and dates", "زبان و تاریخ") },
  { ...ONE, name: "settings-display", act: (page) => inPart(page, "Display", "نمایش") },
  { ...ONE, name: "settings-privacy", act: (page) => inPart(page, "Privacy", "حریم خصوصی") },
  { ...ONE, name: "settings-about", only: "phone", act: (page) => inPart(page, "About", "درباره") },
  { ...ONE, name: "settings-lock", act: inLock },
  { ...ONE, name: "locked", act: atLock },
  {
    ...ONE,
    name: "locked-wait",
    only: "phone",
    act: async (page) => {
      await atLock(page);
      for (let count = 0; count < 3; count += 1) {
        await page.locator('input[type="password"]').fill(`000${count}`);
        await page.keyboard.press("Enter");
        await page.locator('[role="alert"]:not(:empty)').waitFor();
        await page.locator('button[aria-disabled="false"]').first().waitFor();
      }
      await page.locator("[role=alert]", { hasText: /\p{Nd}/u }).waitFor();
    },
  },
];
