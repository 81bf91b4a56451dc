/* Where data rests (S6), and leaving: for another station, or for good. */
import type { Page } from "playwright-core";
import { byLabel, type Scene } from "./scene.ts";

const openData = async (page: Page): Promise<void> => {
  await byLabel(page, "Settings", "تنظیمات").click();
  await byLabel(page, "Where your data", "داده‌هایتان").click();
};

/** The part about deleting everything, with its fields. */
const LEAVE = "dialog section:last-of-type";
const openLeave = async (page: Page): Promise<void> => {
  await openData(page);
  await page.locator(`${LEAVE} button`).click();
  await page.locator(`${LEAVE} form input`).waitFor();
};

/** Each way of it. */
export const DATA_SCENES: readonly Scene[] = [
  {
    name: "data",
    query: "policy=1",
    hash: "",
    joined: true,
    act: async (page) => {
      await openData(page);
      await page.locator("dialog ul li").first().waitFor();
    },
  },
  {
    name: "move",
    query: "policy=1",
    hash: "",
    joined: true,
    act: async (page) => {
      await openData(page);
      const field = page.locator("dialog form input").first();
      await field.fill("https://next.example/#i/AQAuSZRZJJyuqs2tLNyk2HNHBM1PKCwSPCP3cVIw8uxRogEWaHR0cDov");
      await page.locator("dialog form button").first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "leave",
    query: "policy=1",
    hash: "",
    joined: true,
    act: async (page) => {
      await openLeave(page);
      await page.locator(`${LEAVE} form button`).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "left",
    query: "policy=1",
    hash: "",
    joined: true,
    act: async (page) => {
      await openLeave(page);
      const form = page.locator(`${LEAVE} form`);
      const label = (await form.locator("label").last().textContent()) ?? "";
      await form.locator("input").fill(/\u2068(.+?)\u2069/u.exec(label)?.[1] ?? "");
      await form.locator("button").click();
      await page.locator('dialog [role="status"] li').last().waitFor();
    },
  },
];
