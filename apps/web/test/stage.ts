/*
 * A station as a process of its own, honest or lying, and two people in two real browsers who have written to each other:
 * what the end-to-end tests of checking begin with.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { startBrowser } from "../scripts/browser.ts";

/** The repository. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
/** The command line. */
export const MAIN: string = join(ROOT, "apps/term/src/main.ts");
/** The browser that these tests need. */
export const CHROMIUM: string = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";
/** Two browsers and a station share this machine with whatever else runs on it. */
export const WAIT_MS = 90_000;

interface Ready {
  readonly url: string;
  readonly invite: string;
  readonly port: number;
}

/** Text as it is read, without the signs that keep directions apart. */
export const plain = (text: string): string => text.replaceAll(/[\u2068\u2069]/gu, "");

/** Writes a letter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.locator("textarea").fill(text);
  await page.locator('form button[type="submit"]').click();
}

/** The line that has a text. */
export const bubble = (page: Page, text: string): Locator => page.locator("article", { hasText: text });

/** Waits until a letter is at the station. */
export const atStation = (page: Page, text: string): Promise<void> =>
  bubble(page, text).getByRole("img", { name: "At the station" }).waitFor();

/** The log and the index that a letter stands at, from its receipt. */
export async function placeOf(page: Page, text: string): Promise<{ readonly log: string; readonly index: string }> {
  await bubble(page, text).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Receipt" }).click();
  await page.locator("dialog code").nth(2).waitFor();
  const log = (await page.locator("dialog code").nth(2).innerText()).trim();
  const index = (await page.locator("dialog dl > div").nth(1).locator("dd").innerText()).trim();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  return { log, index };
}

/** A station, Sara on a phone and Dara on a desk. */
export class Stage {
  #station: ChildProcess | undefined;
  #browser: Browser | undefined;
  #ready: Ready | undefined;
  folder = "";
  data = "";
  sara!: Page;
  dara!: Page;

  get url(): string {
    return this.#ready?.url ?? "";
  }

  async #start(...words: string[]): Promise<Ready> {
    const station = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    this.#station = station;
    const lines = createInterface({ input: station.stdout });
    for await (const line of lines) if (line.includes('"ready"')) return JSON.parse(line) as Ready;
    throw new Error("the station ended before it was ready");
  }

  /** Starts the honest station of the folder. */
  async honest(): Promise<void> {
    const port = String(this.#ready?.port ?? 0);
    const words = ["up", "--data", this.data, "--port", port, "--json", "--region", "IR", "--name", "Qanat"];
    const ready = await this.#start(MAIN, ...words);
    this.#ready ??= ready;
  }

  /** Starts a station of the same folder, key and port that lies as the orders say (lying-station.ts). */
  async lying(...orders: readonly string[]): Promise<void> {
    const port = String(this.#ready?.port ?? 0);
    await this.#start(
      join(ROOT, "apps/web/test/lying-station.ts"),
      this.data,
      port,
      join(ROOT, "apps/web/dist"),
      ...orders,
    );
  }

  /** Ends the station that runs. */
  async stop(): Promise<void> {
    const station = this.#station;
    if (station === undefined) return;
    const gone = once(station, "exit");
    station.kill("SIGTERM");
    await gone;
  }

  /** Copies the station's folder; what comes back puts the copy in its place, as if nothing had followed. */
  async copy(): Promise<() => Promise<void>> {
    const kept = join(this.folder, "copy");
    await cp(this.data, kept, { recursive: true });
    return async () => {
      await rm(this.data, { recursive: true, force: true });
      await cp(kept, this.data, { recursive: true });
    };
  }

  /** Away: a page that only lost its network would keep the link it has. */
  async leave(page: Page): Promise<void> {
    await page.goto("about:blank");
  }

  /** Opens the app again, at the only chat. */
  async back(page: Page): Promise<void> {
    await page.goto(this.url);
    await page.locator('a[href^="#c/"]').click();
  }

  /** Two people who have written to each other. @param flags  of the browser */
  async begin(flags: readonly string[] = []): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), "chapar-lies-"));
    this.data = join(this.folder, "station");
    const browser = await startBrowser(flags);
    this.#browser = browser;
    await this.honest();
    const pages = await Promise.all(
      [390, 1280].map(async (width) =>
        (await browser.newContext({ viewport: { width, height: 844 }, locale: "en" })).newPage(),
      ),
    );
    [this.sara, this.dara] = pages as [Page, Page];
    const { sara, dara } = this;
    for (const page of pages) page.setDefaultTimeout(WAIT_MS);
    await sara.goto(this.#ready?.invite ?? "");
    await sara.locator("#name").fill("Sara");
    await sara.locator("#start").click();
    const field = sara.locator("input[readonly]");
    await field.waitFor();
    await dara.goto(await field.inputValue());
    await dara.locator("#name").fill("Dara");
    await dara.locator("#start").click();
    await dara.locator("textarea").waitFor();
    await say(dara, "the first letter");
    await sara.locator('a[href^="#c/"]').click();
    await bubble(sara, "the first letter").waitFor();
    await say(sara, "an answer");
    await bubble(dara, "an answer").waitFor();
    await atStation(sara, "an answer");
  }

  /** Another browser of somebody, with nothing in it. */
  async another(options: BrowserContextOptions = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error("the stage has not begun");
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 844 },
      locale: "en",
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    return page;
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await this.#browser?.close();
    this.#station?.kill("SIGKILL");
    if (this.folder !== "") await rm(this.folder, { recursive: true, force: true });
  }
}
