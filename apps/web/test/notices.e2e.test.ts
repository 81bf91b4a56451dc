/*
 * The service worker of the real build in a real Chromium: what a push shows while no window is seen, and that it says nothing of what came.
 * The push is delivered by the browser's own protocol, as its push service would.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../scripts/browser.ts";
import { buildWebApp } from "../scripts/build.ts";

const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".html": "text/html", ".css": "text/css" };

let server: Server;
let origin: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let devtools: CDPSession;

interface Registration {
  readonly registrationId: string;
}

/** The built files, and one empty page that runs nothing. */
async function serve(): Promise<void> {
  const dist = await buildWebApp({ root: fileURLToPath(new URL("../../../", import.meta.url)) });
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (path === "/empty") {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>empty</title>");
      return;
    }
    readFile(join(dist, path === "/" ? "index.html" : path)).then(
      (bytes) =>
        response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(bytes),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the service worker shows, asked in itself: no window of the app is needed. */
async function shown(): Promise<readonly { readonly title: string; readonly body: string }[]> {
  const [worker] = context.serviceWorkers();
  if (worker === undefined) throw new Error("no service worker runs");
  return await worker.evaluate(async () => {
    const { registration } = globalThis as unknown as { readonly registration: ServiceWorkerRegistration };
    return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
  });
}

/** Waits until the worker shows as many notices. */
async function until(count: number): Promise<void> {
  const endMs = performance.now() + 60_000;
  while ((await shown()).length !== count) {
    if (performance.now() > endMs) throw new Error(`the worker shows ${(await shown()).length} notices, not ${count}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeAll(async () => {
  await serve();
  browser = await startBrowser();
  context = await browser.newContext();
  await context.grantPermissions(["notifications"], { origin });
  page = await context.newPage();
  await page.goto(`${origin}/empty`);
  devtools = await context.newCDPSession(page);
}, 120_000);
afterAll(async () => {
  await browser.close();
  server.close();
});

describe("a push", () => {
  it("A-12 shows one neutral notice in the words that the app left, and none while a window is seen", async () => {
    const registered = new Promise<string>((resolve) => {
      devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        (event: { readonly registrations: readonly Registration[] }) => {
          const [first] = event.registrations;
          if (first !== undefined) resolve(first.registrationId);
        },
      );
    });
    await devtools.send("ServiceWorker.enable");
    await page.evaluate(async () => {
      await navigator.serviceWorker.register("/sw.js");
      const { active } = await navigator.serviceWorker.ready;
      active?.postMessage({ notice: "چیز تازه‌ای در چاپار هست" }, []);
    });
    const registrationId = await registered;
    const push = (): Promise<unknown> =>
      devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: "" });
    const seen = await page.evaluate(() => document.visibilityState);
    expect(seen).toBe("visible");
    await push();
    // Answered after the push was: a worker takes one event after another.
    expect(await shown()).toEqual([]);
    await page.goto("about:blank");
    await push();
    await until(1);
    await push();
    await until(1);
    expect(await shown()).toEqual([{ title: "چیز تازه‌ای در چاپار هست", body: "" }]);
  });
});
