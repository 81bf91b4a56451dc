/*
 * What an impatient stranger does: two people in two browsers on one real station, from the invite to the answer; then
 * without a network; then a photograph. Nothing on the way may print an error, and no inline code may run.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../scripts/browser.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const chromium = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";

interface Ready {
  readonly url: string;
  readonly invite: string;
}

let folder: string;
let station: ChildProcess;
let ready: Ready;
let browser: Browser;
const complaints: string[] = [];

async function startStation(): Promise<Ready> {
  const args = [join(root, "apps/term/src/main.ts"), "up", "--data", folder, "--port", "0", "--json", "--region", "IR"];
  station = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const piece of station.stdout ?? []) {
    said += String(piece);
    const line = said.split("\n").find((text) => text.includes('"ready"'));
    if (line !== undefined) return JSON.parse(line) as Ready;
  }
  throw new Error("the station ended before it was ready");
}

async function openPage(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A browser prints its own line for every refused connection; everything else is ours.
    if (message.type() === "error" && !message.text().includes("ERR_")) complaints.push(message.text());
  });
  return page;
}

async function joinAs(page: Page, invite: string, name: string): Promise<void> {
  await page.goto(invite);
  await page.locator("#name").fill(name);
  await page.locator("#start").click();
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator("textarea").fill(text);
  await page.locator('form button[type="submit"]').click();
}

/** What a first message in Persian needs of the app's scripts. */
const FIRST_MESSAGE = /\/assets\/(?:boot|index|app|web|rolldown-runtime|fa\.first\.gen)-[\w-]{8}\.js$/u;

const bubble = (page: Page, text: string): ReturnType<Page["locator"]> => page.locator("article", { hasText: text });

describe.runIf(existsSync(chromium))("a first letter", () => {
  let sara: Page;
  let dara: Page;
  let link: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chapar-web-"));
    [ready, browser] = await Promise.all([startStation(), startBrowser()]);
    sara = await openPage({ viewport: { width: 390, height: 844 }, locale: "en" });
    dara = await openPage({ viewport: { width: 1280, height: 800 }, locale: "fa" });
  });

  afterAll(async () => {
    await browser?.close();
    station?.kill("SIGTERM");
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it("leads from the station's invite to a link of one's own", async () => {
    await joinAs(sara, ready.invite, "Sara سارا");
    const field = sara.locator("input[readonly]");
    await field.waitFor();
    link = await field.inputValue();
    expect(link).toMatch(/#i\/[\w-]+$/u);
  });

  it("W-73 leads from the link, in Persian, to writing at once, also where no other file comes than those of the first message", async () => {
    const later = Promise.withResolvers<void>();
    await dara.route("**/assets/*.js", async (route) => {
      if (!FIRST_MESSAGE.test(route.request().url())) await later.promise;
      await route.continue();
    });
    await dara.goto(link);
    expect(await dara.locator("html").getAttribute("dir")).toBe("rtl");
    expect(await dara.locator("h1").innerText()).toContain("سارا");
    await dara.locator("#name").fill("دارا");
    await dara.locator("#start").click();
    await dara.locator("textarea").waitFor();
    expect(await dara.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await dara.keyboard.type("سلام سارا، رسیدم!");
    await dara.keyboard.press("Enter");
    await bubble(dara, "رسیدم").waitFor();
    later.resolve();
    await dara.unrouteAll({ behavior: "wait" });
  });

  it("is read, and answered", async () => {
    await sara.locator('a[href^="#c/"]').click();
    await bubble(sara, "رسیدم").waitFor();
    await say(sara, "Welcome, 24 of 30");
    await bubble(dara, "Welcome, 24 of 30").waitFor();
    await bubble(sara, "Welcome").getByRole("img", { name: "At the station" }).waitFor();
  });

  it("G-80 G-81 seals and opens in a worker of its own, and goes on when the browser ends it", async () => {
    for (const page of [sara, dara]) {
      expect(page.workers()).toHaveLength(1);
      expect(page.workers()[0]?.url()).toMatch(/\/assets\/mls-worker-[\w-]+\.js$/u);
      const [worker] = page.workers();
      const ended = worker?.waitForEvent("close");
      await worker?.evaluate("globalThis.close()").catch(() => undefined);
      await ended;
    }
    await say(sara, "after the end");
    await bubble(dara, "after the end").waitFor();
    await say(dara, "and back again");
    await bubble(sara, "and back again").waitFor();
    for (const page of [sara, dara]) expect(page.workers()).toHaveLength(1);
  });

  it("shows the receipt of the answer", async () => {
    await bubble(sara, "Welcome").click({ button: "right" });
    await sara.getByRole("menuitem", { name: "Receipt" }).click();
    await sara.locator("dialog code").first().waitFor();
    await sara.keyboard.press("Escape");
    await sara.locator("dialog[open]").waitFor({ state: "detached" });
  });

  it("carries a photograph byte for byte", async () => {
    const bytes = await sara.evaluate(async () => {
      const canvas = new OffscreenCanvas(320, 200);
      const context = canvas.getContext("2d");
      context?.fillRect(20, 20, 100, 80);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg" })).arrayBuffer())];
    });
    await sara
      .locator('input[type="file"]')
      .setInputFiles({ name: "well.jpg", mimeType: "image/jpeg", buffer: Buffer.from(bytes) });
    await sara.locator("form img").waitFor();
    await say(sara, "the well");
    const photo = dara.locator("article img");
    await photo.waitFor();
    await photo.click();
    const [download] = await Promise.all([
      dara.waitForEvent("download"),
      dara.getByRole("button", { name: /ذخیره/u }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("well.jpg");
    expect([...(await readFile(await download.path()))]).toEqual(bytes);
    await dara.keyboard.press("Escape");
    await dara.locator("dialog[open]").waitFor({ state: "detached" });
  });

  it("starts within a second without a network, keeps what is written, and sends it when the way is back", async () => {
    await sara.waitForFunction(
      async () => (await caches.keys()).length > 0 && navigator.serviceWorker.controller !== null,
    );
    await sara.waitForFunction(async () => {
      const [name] = await caches.keys();
      return name !== undefined && (await (await caches.open(name)).match("/")) !== undefined;
    });
    // One language is kept, and no names of emoji before somebody picks one.
    const kept = await sara.evaluate(async () => {
      const [name] = await caches.keys();
      const requests = name === undefined ? [] : await (await caches.open(name)).keys();
      return requests.map(({ url }) => new URL(url).pathname.replace("/assets/", ""));
    });
    expect(kept.filter((file) => /^(?:fa|ar|ru|zh)\.|\.emoji\./u.test(file))).toEqual([]);
    expect(kept.filter((file) => file.startsWith("en.")).length).toBeGreaterThan(5);
    await sara.context().setOffline(true);
    const startMs = Date.now();
    await sara.reload();
    await sara.locator("textarea").waitFor();
    expect(Date.now() - startMs).toBeLessThan(3000);
    await bubble(sara, "رسیدم").waitFor();
    await say(sara, "written without a network");
    await bubble(sara, "written without").getByRole("img", { name: "Waiting for a route" }).waitFor();
    // What seals is kept on the device too.
    await expect.poll(() => sara.workers().length, { timeout: 30_000 }).toBe(1);
    await sara.getByText("1 waiting for a route").waitFor();
    // Another language is not on the device: that is said, and this one stays.
    await sara.getByRole("button", { name: "Back" }).click();
    await sara.getByRole("button", { name: "Settings" }).click();
    await sara.getByRole("button", { name: /^Language and dates/u }).click();
    await sara.getByRole("radio", { name: "Русский" }).dispatchEvent("click");
    await sara.getByText("No way to the station right now.").first().waitFor();
    expect(await sara.locator("html").getAttribute("lang")).toBe("en");
    expect(await sara.getByRole("radio", { name: "English" }).isChecked()).toBe(true);
    await sara.keyboard.press("Escape");
    await sara.context().setOffline(false);
    await bubble(dara, "written without a network").waitFor();
  });

  it("opens the same profile in one tab only, and says so", async () => {
    const second = await sara.context().newPage();
    await second.goto(ready.url);
    await second.getByText("open in another tab").waitFor();
    await second.close();
  });

  it("printed nothing on the way", () => {
    expect(complaints).toEqual([]);
  });
});
