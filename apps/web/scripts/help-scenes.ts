/* S7, helping others: over the app, and as a page of its own. */
import type { Page } from "playwright-core";
import { byLabel, scrolledDown, sheet, type Scene } from "./scene.ts";

/** Helping others, from the settings. */
const inHelp = async (page: Page): Promise<void> => {
  await byLabel(page, "Settings", "تنظیمات").click();
  await sheet(page);
  await byLabel(page, "Help others", "کمک به دیگران").click();
  await page.locator("dialog input[role=switch]").waitFor();
};

export const HELP_SCENES: readonly Scene[] = [
  ...(["", "help=3"] as const).flatMap((query): Scene[] => [
    { name: query === "" ? "help" : "help-people", query, hash: "", joined: true, act: inHelp },
    ...(query === "" ? [] : [{ name: "help-end", query, hash: "", joined: true, act: scrolledDown(inHelp) }]),
  ]),
  {
    name: "help-page",
    query: "",
    hash: "",
    path: "help",
    joined: false,
    act: async (page) => {
      await page.locator("main input[role=switch]").waitFor();
    },
  },
];
