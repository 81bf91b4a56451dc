/*
 * Every screen with what leads to it: the world of the in-memory engine, the place, and the presses.
 */
import type { Page } from "playwright-core";
import { CHAT_SCENES } from "./chat-scenes.ts";
import { DATA_SCENES } from "./data-scenes.ts";
import { CHANNEL_SCENES } from "./channel-scenes.ts";
import { GROUP_SCENES } from "./group-scenes.ts";
import { HELP_SCENES } from "./help-scenes.ts";
import { LOCK_SCENES } from "./lock-scenes.ts";
import { MEDIA_SCENES } from "./media-scenes.ts";
import { TOOLS_SCENES } from "./tools-scenes.ts";
import { byLabel, scrolledDown, sheet, type Scene } from "./scene.ts";
import { TALK_SCENES } from "./talk-scenes.ts";
import { PROOFS } from "../src/testing/sample-proofs.gen.ts";

const inChat = async (page: Page): Promise<void> => {
  await page.locator('a[href^="#c/"]').nth(1).click();
  await page.locator("article").last().waitFor();
};

const inConnection = async (page: Page): Promise<void> => {
  await byLabel(page, "Connection", "اتصال").first().click();
  await sheet(page);
};

/** The sheet of alerts, from the chats' header. */
const inAlerts = async (page: Page): Promise<void> => {
  await byLabel(page, "Alerts", "هشدارها").first().click();
  await page.locator("dialog li button").first().waitFor();
};

const inAlert =
  (at: number) =>
  async (page: Page): Promise<void> => {
    await inAlerts(page);
    await page.locator("dialog li button").nth(at).click();
    await page.locator("dialog dl").waitFor();
  };

const inSafety = async (page: Page): Promise<void> => {
  await inChat(page);
  await byLabel(page, "Person and safety", "فرد و امنیت").first().click();
  await page.locator("dialog ol li").first().waitFor();
};

const openProof =
  (bytes: string) =>
  async (page: Page): Promise<void> => {
    await inAlerts(page);
    await page
      .locator('dialog input[type="file"]')
      .setInputFiles({ name: "a.proof", mimeType: "application/octet-stream", buffer: Buffer.from(bytes, "hex") });
    await page.locator("[data-tone]").last().waitFor();
  };

const TRUST = { hash: "", joined: true, query: "trust=some" } as const;

/** What a person sees of Rule R. */
const TRUST_SCENES: readonly Scene[] = [
  { ...TRUST, name: "trust-chats" },
  { ...TRUST, name: "trust-conversation", act: inChat },
  {
    ...TRUST,
    name: "trust-lines",
    act: async (page) => {
      await inChat(page);
      await page.locator("article [aria-expanded]").first().scrollIntoViewIfNeeded();
      await page.locator("article [aria-expanded]").nth(1).click();
      await byLabel(page, "Ask the others", "از دیگران").first().click();
      await page.locator("article [role=status]").first().waitFor();
    },
  },
  {
    ...TRUST,
    name: "trust-lines-end",
    only: "phone",
    act: async (page) => {
      await inChat(page);
      await page.locator("article [aria-expanded]").last().scrollIntoViewIfNeeded();
      await page.locator("article [aria-expanded]").last().click();
      await page.locator("article", { hasText: "Back again" }).scrollIntoViewIfNeeded();
    },
  },
  {
    ...TRUST,
    name: "trust-paused",
    act: async (page) => {
      await page.locator('a[href^="#c/"]').nth(3).click();
      await byLabel(page, "Keep paused", "متوقف").waitFor();
    },
  },
  { ...TRUST, name: "trust-alerts", act: inAlerts },
  { ...TRUST, name: "trust-alerts-kinds", query: "trust=kinds", only: "phone", act: inAlerts },
  {
    ...TRUST,
    name: "trust-alerts-empty",
    query: "",
    act: async (page) => {
      await byLabel(page, "Settings", "تنظیمات").click();
      await sheet(page);
      await byLabel(page, "Alerts", "هشدارها").click();
      await page.locator('dialog input[type="file"]').waitFor({ state: "attached" });
    },
  },
  { ...TRUST, name: "trust-alert", act: inAlert(0) },
  { ...TRUST, name: "trust-alert-end", only: "phone", act: scrolledDown(inAlert(0)) },
  { ...TRUST, name: "trust-alert-keys", only: "phone", act: inAlert(1) },
  { ...TRUST, name: "trust-alert-back", only: "phone", act: inAlert(2) },
  {
    ...TRUST,
    name: "trust-restored",
    only: "phone",
    act: async (page) => {
      await inChat(page);
      await page
        .locator("article button", { hasText: /Restored|بازگشته/u })
        .first()
        .click();
      await sheet(page);
    },
  },
  { ...TRUST, name: "trust-safety", act: inSafety },
  { ...TRUST, name: "trust-safety-end", only: "phone", act: scrolledDown(inSafety) },
  {
    ...TRUST,
    name: "trust-safety-differ",
    only: "phone",
    act: async (page) => {
      await inSafety(page);
      await byLabel(page, "They differ", "فرق").click();
      await page.locator("dialog [role=alert]").waitFor();
    },
  },
  ...(["some", "stale"] as const).map((trust): Scene => ({
    ...TRUST,
    name: `trust-watch-${trust}`,
    query: `trust=${trust}&route=open`,
    ...(trust === "stale" ? { only: "phone" as const } : {}),
    act: scrolledDown(async (page) => {
      await byLabel(page, "Connection", "اتصال").first().click();
      await page.locator("dialog section [data-tone]").waitFor();
    }),
  })),
  { ...TRUST, name: "trust-proof-bad", only: "phone", act: scrolledDown(openProof("00")) },
  { ...TRUST, name: "trust-proof-word", only: "phone", act: scrolledDown(openProof(PROOFS.unanswered)) },
  {
    ...TRUST,
    name: "trust-proof-explained",
    query: "trust=told",
    only: "phone",
    act: scrolledDown(openProof(PROOFS.omitted)),
  },
  { ...TRUST, name: "trust-proof-good", only: "phone", act: scrolledDown(openProof(PROOFS.omitted)) },
];

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
      await byLabel(page, "Receipt", "رسید", "menuitem").click();
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
    act: inConnection,
  })),
  {
    name: "connection-cut",
    query: "route=open&cut=yes",
    hash: "",
    joined: true,
    act: (page) => inConnection(page).then(() => page.locator("dialog [data-island]").waitFor()),
  },
  {
    name: "connection-doctor",
    query: "route=open",
    hash: "",
    joined: true,
    act: async (page) => {
      await inConnection(page);
      await byLabel(page, "Find out", "بررسی کن").click();
      await page.locator("dialog section code").waitFor();
      await page.locator("dialog section code").scrollIntoViewIfNeeded();
    },
  },
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
  ...DATA_SCENES,
  ...HELP_SCENES,
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
  ...CHAT_SCENES,
  ...GROUP_SCENES,
  ...CHANNEL_SCENES,
  ...TRUST_SCENES,
  ...TOOLS_SCENES,
  ...TALK_SCENES,
  ...MEDIA_SCENES,
  ...LOCK_SCENES,
];
