/*
 * Every screen with what leads to it: the world of the in-memory engine, the place, and the presses.
 */
import type { Page } from "playwright-core";

export interface Scene {
  readonly name: string;
  /** query of fake-engine.ts */
  readonly query: string;
  readonly hash: string;
  /** whether this browser has an account */
  readonly joined: boolean;
  /** only at this size: what looks the same at both is taken once */
  readonly only?: "phone" | "desk";
  readonly act?: (page: Page) => Promise<void>;
}

const inChat = async (page: Page): Promise<void> => {
  await page.locator('a[href^="#c/"]').nth(1).click();
  await page.locator("article").last().waitFor();
};

const sheet = async (page: Page): Promise<void> => {
  await page.locator("dialog[open]").waitFor();
};

const byLabel = (page: Page, en: string, fa: string): ReturnType<Page["locator"]> =>
  page.getByRole("button", { name: new RegExp(`^(?:${en}|${fa})`, "u") });

export const SCENES: readonly Scene[] = [
  { name: "landing-invite", query: "world=new", hash: "#i/person", joined: false },
  {
    name: "landing-problem",
    query: "world=new",
    hash: "#i/person",
    joined: false,
    only: "phone",
    act: async (page) => {
      await page.locator("html[data-app]").waitFor();
      await page.locator("#start").click();
      await page.locator("#name-problem:not(:empty)").waitFor();
    },
  },
  { name: "landing-open", query: "world=new", hash: "", joined: false },
  {
    name: "landing-more",
    query: "world=new",
    hash: "",
    joined: false,
    only: "phone",
    act: async (page) => {
      for (const summary of await page.locator("summary").all()) await summary.click();
      await page.locator("#link").fill("https://ir.example/#i/broken");
      await page.locator("html[data-app]").waitFor();
      await page.locator("#open-form .primary").click();
      await page.locator("#link-problem:not(:empty)").waitFor();
    },
  },
  { name: "chats", query: "route=open", hash: "", joined: true },
  { name: "chats-empty", query: "world=empty", hash: "", joined: true },
  {
    name: "chats-none-found",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: (page) => page.locator('input[type="search"]').fill("قلی"),
  },
  { name: "conversation", query: "route=open", hash: "", joined: true, act: inChat },
  {
    name: "conversation-opening",
    query: "route=seeking&queued=2",
    hash: "",
    joined: true,
    act: async (page) => {
      await page.locator('a[href^="#c/"]').first().click();
      await page.locator("article").last().waitFor();
      await page.waitForTimeout(1300);
    },
  },
  {
    name: "conversation-composing",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await inChat(page);
      await page
        .locator("textarea")
        .fill(
          "این پیش‌نویس چند سطر دارد.\nIts second line is English, 3 of 7.\nسطر سوم\nسطر چهارم\nسطر پنجم\nسطر ششم\nسطر هفتم",
        );
    },
  },
  {
    name: "conversation-photo-attached",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await inChat(page);
      const bytes = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(3000, 2000);
        const context = canvas.getContext("2d");
        if (context === null) return [];
        for (let at = 0; at < 4000; at += 1) {
          context.fillStyle = `hsl(${at % 360} 60% ${30 + (at % 40)}%)`;
          context.fillRect((at * 97) % 3000, (at * 61) % 2000, 120, 90);
        }
        const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.97 });
        return [...new Uint8Array(await blob.arrayBuffer())];
      });
      await page
        .locator('input[type="file"]')
        .setInputFiles({ name: "IMG_3001.jpg", mimeType: "image/jpeg", buffer: Buffer.from(bytes) });
      await page.locator("form img").waitFor();
    },
  },
  {
    name: "conversation-menu",
    query: "",
    hash: "",
    joined: true,
    only: "desk",
    act: async (page) => {
      await inChat(page);
      await page.locator('article[data-mine="true"]').last().click({ button: "right" });
      await page.locator('[role="menu"]:popover-open').waitFor();
    },
  },
  {
    name: "conversation-fault",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').nth(3).click();
      await page.locator("article").last().waitFor();
    },
  },
  {
    name: "photo",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await inChat(page);
      await page.locator("article img").click();
      await sheet(page);
    },
  },
  {
    name: "details",
    query: "",
    hash: "",
    joined: true,
    act: async (page) => {
      await inChat(page);
      await page.locator('button:has(h2[id="conversation-title"])').click();
      await page.locator("aside, dialog[open]").first().waitFor();
    },
  },
  {
    name: "receipt",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await inChat(page);
      await page.locator('article[data-mine="true"]').first().click({ button: "right" });
      await page.locator('[role="menuitem"]').last().click();
      await sheet(page);
      await page.locator("dialog code").first().waitFor();
    },
  },
  ...(["seeking", "open", "refused", "offline"] as const).map((route): Scene => ({
    name: `connection-${route}`,
    query: `route=${route}&queued=${route === "open" ? 0 : 3}`,
    hash: "",
    joined: true,
    ...(route === "seeking" ? {} : { only: "phone" as const }),
    act: async (page) => {
      await byLabel(page, "Connection", "اتصال").first().click();
      await sheet(page);
    },
  })),
  {
    name: "settings",
    query: "",
    hash: "",
    joined: true,
    act: async (page) => {
      await byLabel(page, "Settings", "تنظیمات").click();
      await sheet(page);
    },
  },
  {
    name: "recovery",
    query: "",
    hash: "",
    joined: true,
    only: "phone",
    act: async (page) => {
      await byLabel(page, "Settings", "تنظیمات").click();
      await byLabel(page, "Recovery", "واژه").click();
      await byLabel(page, "Show the words", "نمایش واژه").click();
      await page.locator("dialog ol").waitFor();
    },
  },
  {
    name: "new",
    query: "",
    hash: "",
    joined: true,
    act: async (page) => {
      await byLabel(page, "New chat", "گفت‌وگوی تازه").click();
      await sheet(page);
      await byLabel(page, "QR code", "کد QR").click();
      await page.locator("dialog svg[role=img]").waitFor();
    },
  },
];
