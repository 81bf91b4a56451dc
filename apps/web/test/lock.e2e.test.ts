/*
 * The lock as a person meets it, in the real build in a real Chromium at a real station: putting it on, a wrong PIN, locking with a word
 * begun, a passkey, a second profile, and the word that wipes.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../scripts/browser.ts";
import { MAIN, say, WAIT_MS } from "./stage.ts";

let station: ChildProcess;
let folder = "";
let url = "";
let invite = "";
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chapar-lock-"));
  station = spawn(process.execPath, [MAIN, "up", "--data", folder, "--port", "0", "--json", "--name", "Qanat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (station.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: station.stdout })) {
    if (!line.includes('"ready"')) continue;
    // A passkey belongs to a name, not to an address.
    ({ url, invite } = JSON.parse(line.replaceAll("127.0.0.1", "localhost")) as { url: string; invite: string });
    break;
  }
  browser = await startBrowser();
  // The station says its address, not the name: to the page's policy that is another origin, without TLS.
  context = await browser.newContext({ bypassCSP: true, locale: "en", viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
}, 120_000);
afterAll(async () => {
  await browser.close();
  station.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function joinAs(name: string): Promise<void> {
  await page.goto(invite);
  await page.locator("#name").fill(name);
  await page.locator("#start").click();
  await page.locator("input[readonly]").waitFor();
}

const pinField = (): ReturnType<Page["locator"]> => page.getByLabel("PIN or passphrase", { exact: true });

async function unlock(pin: string): Promise<void> {
  await pinField().fill(pin);
  await page.keyboard.press("Enter");
}

async function openLockSettings(): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.getByRole("button", { name: /^App lock/u }).click();
}

/** Fills a form of the settings that asks twice. */
async function setSecret(label: string, button: string, secret: string): Promise<void> {
  const form = page.locator("dialog form", { hasText: label });
  const fields = form.locator("input");
  await fields.nth(0).fill(secret);
  await fields.nth(1).fill(secret);
  await form.getByRole("button", { name: button }).click();
}

/** Everything that the page shows, its title and its address. */
const everything = (): Promise<string> =>
  page.evaluate(
    () =>
      document.documentElement.outerHTML +
      document.title +
      location.href +
      JSON.stringify(history.state) +
      JSON.stringify(localStorage),
  );

/** Names of databases and of folders of files: what rests. */
const resting = (): Promise<readonly string[]> =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? "").sort());

describe("the lock of the app", () => {
  it("A-1 A-10 is put on, and shows nothing of a profile before its PIN", async () => {
    await joinAs("Sara Karimi");
    await openLockSettings();
    await setSecret("New PIN or passphrase", "Put the lock on", "rain on the roof");
    await pinField().waitFor();
    expect(await everything()).not.toContain("Sara");
    expect(await resting()).toEqual(["chapar-lock", "chapar/1", "chapar/2", "chapar/3"]);
    // A profile that somebody has open holds its name, and a worker that seals for it holds one too (G-82); nobody does.
    const held = await page.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name));
    expect(held).toEqual([]);
    await unlock("rain on the rood");
    await page.getByText("That does not open it.").waitFor();
    await unlock("rain on the roof");
    await page.getByRole("button", { name: "Settings" }).waitFor();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Your name").waitFor();
    expect(await page.getByLabel("Your name").inputValue()).toBe("Sara Karimi");
    await page.keyboard.press("Escape");
  });

  it("A-11 locks at a word, and a draft that was just begun is there afterwards", async () => {
    const other = await browser.newContext({ bypassCSP: true, locale: "en" });
    const dara = await other.newPage();
    dara.setDefaultTimeout(WAIT_MS);
    const link = await page.locator("input[readonly]").inputValue();
    await dara.goto(link.replace("127.0.0.1", "localhost"));
    await dara.locator("#name").fill("Dara");
    await dara.locator("#start").click();
    await dara.locator("textarea").waitFor();
    await say(dara, "a letter of mine");
    await page.locator('a[href^="#c/"]').click();
    await page.locator("article", { hasText: "a letter of mine" }).waitFor();
    await other.close();
    await page.locator("textarea").fill("begun and not sent");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("lock now");
    await page.keyboard.press("Enter");
    await pinField().waitFor();
    expect(page.workers()).toEqual([]);
    const shown = await everything();
    for (const secret of ["a letter", "begun", "Dara", "Sara", "#c/"]) expect(shown).not.toContain(secret);
    await unlock("rain on the roof");
    await page.locator('a[href^="#c/"]', { hasText: "begun and not sent" }).waitFor();
  });

  it("opens with a passkey too", async () => {
    const devtools = await context.newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        hasPrf: true,
        automaticPresenceSimulation: true,
      },
    });
    await openLockSettings();
    await page.locator('dialog input[type="password"]').fill("rain on the roof");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("button", { name: "No passkey any more" }).waitFor();
    await setSecret("PIN of the second profile", "Make it", "2468");
    await page.getByRole("button", { name: "Give it up" }).waitFor();
    await setSecret("The word", "Set the word", "pomegranate");
    await page.getByRole("button", { name: "Remove the word" }).waitFor();
    await page.getByRole("button", { name: "Lock now" }).click();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.locator('a[href^="#c/"]').waitFor();
  });

  it("A-30 opens another profile with the second PIN, which is an empty app with a name of its own", async () => {
    await page.evaluate(() => location.reload());
    await unlock("2468");
    await page.locator("#link").waitFor();
    expect(await everything()).not.toContain("Sara");
    await page.locator("#link").fill(invite);
    await page.getByRole("button", { name: "Open invite" }).click();
    await page.locator("#name").fill("Nobody");
    await page.locator("#start").click();
    await page.locator("input[readonly]").waitFor();
    expect(await page.locator('a[href^="#c/"]').count()).toBe(0);
    await page.goto(`${url}/#s/profile`);
    // A reload in the same instant would meet the history between two of its steps.
    await page.getByLabel("Your name").waitFor();
    await page.reload();
    await unlock("2468");
    await page.getByLabel("Your name").waitFor();
    expect(await page.getByLabel("Your name").inputValue()).toBe("Nobody");
    await page.reload();
    await unlock("rain on the roof");
    await page.locator('a[href^="#c/"]', { hasText: "Dara" }).waitFor();
  });

  it("A-20 destroys everything at the word and stands as on the first day", async () => {
    await page.reload();
    await unlock("pomegranate");
    await page.locator("#link").waitFor();
    const left = await page.evaluate(async () => ({
      stored: Object.keys(localStorage).filter((name) => name !== "chapar.settings"),
      caches: await caches.keys(),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      files: await navigator.storage.getDirectory().then(async (root) => {
        const names: string[] = [];
        for await (const name of root.keys())
          for await (const inside of (await root.getDirectoryHandle(name)).keys()) names.push(inside);
        return names;
      }),
    }));
    expect(left.stored).toEqual([]);
    expect(left.files).toEqual([]);
    expect((await resting()).filter((name) => /lock|\d/u.test(name))).toEqual([]);
    await page.goto("about:blank");
    await page.goto(url);
    await page.locator("#link").waitFor();
    expect(await pinField().count()).toBe(0);
  });
});
