/*
 * A chat of 100,000 messages among 200 chats, in a real Chromium with a four times slower processor: memory, elements, scrolling, typing. The
 * screens are the built ones; the messages are made when they are asked for, so the engine's own memory is not in the heap.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, CDPSession, Page } from "playwright-core";
import { quantile, seen, watchKeys } from "./web-hands.ts";
import type { WebResult } from "./web-result.ts";

const ROOT = join(import.meta.dirname, "..");
const CPU_SLOWDOWN = 4;
const KEYS = 60;
/** As a quick hand types. */
const KEY_EVERY_MS = 120;
const STEPS = 120;
const STEP_PX = 700;

/** The screens over messages that are made when asked for, served by a process of its own. */
async function gallery(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = spawn(process.execPath, [join(ROOT, "apps/web/scripts/gallery.ts")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: child.stdout })) return { url: line, process: child };
  throw new Error("the gallery did not start");
}

/** What the page sees of itself while it is scrolled: the longest time that something in view was not drawn. */
async function scrolled(page: Page): Promise<{ readonly blankMs: number; readonly frameMs: number }> {
  return await page.evaluate(
    async ({ steps, by }) => {
      const list = document.querySelector<HTMLElement>('[role="log"]');
      if (list === null) throw new Error("no list");
      const isBlank = (): boolean => {
        const { left, top, width, height } = list.getBoundingClientRect();
        return [0.1, 0.5, 0.9].some((part) => {
          const at = document.elementFromPoint(left + width / 2, top + height * part);
          return (
            at?.closest("article, [data-index]")?.querySelector("article, time") === null &&
            at?.closest("article") === null
          );
        });
      };
      let [blankMs, blankSince, frameMs, last] = [0, 0, 0, performance.now()];
      for (let step = 0; step < steps; step += 1) {
        list.scrollTop -= by;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        frameMs = Math.max(frameMs, now - last);
        if (isBlank()) blankSince ||= last;
        else blankSince = 0;
        if (blankSince > 0) blankMs = Math.max(blankMs, now - blankSince);
        last = now;
      }
      return { blankMs, frameMs };
    },
    { steps: STEPS, by: STEP_PX },
  );
}

/**
 * From a key to the task after its frame, p75. Not the browser's event timing: without a screen it stamps no frame as shown while keys follow each
 * other, and each key then counts up to the last one's.
 */
async function typed(page: Page): Promise<number> {
  await watchKeys(page);
  await page.locator("textarea").focus();
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press(key % 9 === 8 ? "Space" : "a");
    await page.waitForTimeout(KEY_EVERY_MS);
  }
  return quantile(await seen(page, "painted"), 0.75);
}

async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  return (await devtools.send("Runtime.getHeapUsage")).usedSize;
}

/** Measures; prints one line a figure. */
export async function benchLongChat(browser: Browser, print: (result: WebResult) => void): Promise<void> {
  const { url, process: serving } = await gallery();
  try {
    await measure(browser, url, print);
  } finally {
    serving.kill("SIGTERM");
    await browser.close();
  }
}

async function measure(browser: Browser, url: string, print: (result: WebResult) => void): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.addInitScript(
    'localStorage.setItem("chapar.joined", "1"); localStorage.setItem("chapar.settings", \'{"language":"en"}\')',
  );
  const devtools = await context.newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  await page.goto(`${url}?world=huge&route=open`);
  await page.locator('a[href^="#c/"]').first().waitFor();
  const nodes = (): Promise<number> => page.evaluate(() => document.querySelectorAll("*").length);
  print({
    case: "200 chats: elements",
    ms: undefined,
    bytes: undefined,
    count: await nodes(),
    note: "the chat list, 390 x 844",
  });
  await page.locator('a[href^="#c/"]').first().click();
  await page.locator("article").last().waitFor();
  await page.waitForTimeout(1000);
  print({
    case: "100,000 messages: elements",
    ms: undefined,
    bytes: undefined,
    count: await nodes(),
    note: "list and chat, 390 x 844",
  });
  print({
    case: "100,000 messages: heap",
    ms: undefined,
    bytes: await heapBytes(devtools),
    note: "after a collection; without the engine (goal 60 MB)",
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  const { blankMs, frameMs } = await scrolled(page);
  const how = `${STEPS} frames of ${STEP_PX} px upwards, ${CPU_SLOWDOWN}x CPU throttle`;
  print({ case: "scrolling: longest blank", ms: Math.round(blankMs), bytes: undefined, note: how });
  print({ case: "scrolling: longest frame", ms: Math.round(frameMs), bytes: undefined, note: how });
  print({
    case: "typing: key to paint, p75",
    ms: Math.round(await typed(page)),
    bytes: undefined,
    note: `${KEYS} keys, ${CPU_SLOWDOWN}x CPU throttle`,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  print({
    case: "100,000 messages: heap after scrolling",
    ms: undefined,
    bytes: await heapBytes(devtools),
    note: "after a collection; without the engine",
  });
  await context.close();
}
