/*
 * A browser that is killed in the middle of a large file, in both directions, and a tab that is closed: a real Chromium with a profile on the disk,
 * and what flows when it begins again.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Locator } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebPerson } from "./browser.ts";
import { Town } from "./process.ts";
import { Weir } from "./weir.ts";

const MIB: number = 1024 * 1024;
const FILE_BYTES: number = 9 * MIB;
const FIRST_BYTES: number = 4 * MIB;
const SECOND_BYTES: number = 3 * MIB;
/** What may flow twice at each cut: what was under way, half a mebibyte that was not full, and the app itself. */
const TWICE_BYTES: number = 1.5 * MIB;
const PATIENT = ["--timeout", "120"];

let town: Town;
let weir: Weir;
let web: WebPerson | undefined;
beforeEach(async () => {
  town = await Town.open();
  weir = await Weir.open();
});
afterEach(async () => {
  await web?.[Symbol.asyncDispose]();
  await town[Symbol.asyncDispose]();
  await weir[Symbol.asyncDispose]();
});

const hashed = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** The browser of this profile, at the only chat. */
async function browser(): Promise<WebPerson> {
  web = await WebPerson.keeping(town.path("chromium"));
  return web;
}

async function inChat({ page }: WebPerson): Promise<void> {
  await page.goto(weir.url);
  await page.getByRole("link", { name: /Dara/u }).click();
}

const line = ({ page }: WebPerson, name: string): Locator => page.locator("article", { hasText: name });
const saving = (at: WebPerson, name: string): Locator =>
  line(at, name).getByRole("button", { name: new RegExp(`Save.*${name}`, "u") });

it("F-92 F-93 F-146 a browser that is killed goes on with a file where it was, sending and fetching, and so does a tab that was closed", async () => {
  const { invite: home } = await town.station("de", ["--port", String(weir.port), "--url", weir.url]);
  await town.ask(["join", home, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  const { invite } = await town.ask(["invite", "--profile", "dara"]);
  let sara = await browser();
  await sara.join(home, "Sara");
  await sara.openPerson(String(invite));
  await sara.write("the first letter");
  const { conversation } = await town.ask(["read", "--profile", "dara", ...PATIENT]);
  const id = String(conversation);

  // Sending: the browser dies in the middle, then the tab is closed in the middle.
  const sent = randomBytes(FILE_BYTES);
  await writeFile(town.path("film.bin"), sent);
  let cut = weir.set(FIRST_BYTES);
  await sara.attachPath(town.path("film.bin"));
  await cut;
  await sara.kill();
  cut = weir.set(SECOND_BYTES);
  sara = await browser();
  await inChat(sara);
  await line(sara, "film.bin").getByRole("progressbar").waitFor();
  await cut;
  const shown = Number(await line(sara, "film.bin").getByRole("progressbar").getAttribute("aria-valuenow"));
  expect(shown).toBeGreaterThan(((FIRST_BYTES - TWICE_BYTES) * 100) / FILE_BYTES);
  await sara.reopen();
  void weir.set();
  await inChat(sara);
  await line(sara, "film.bin")
    .getByRole("img", { name: /At the station|On their device|Read/u })
    .waitFor();
  expect(weir.flowed).toBeLessThan(FILE_BYTES - FIRST_BYTES - SECOND_BYTES + 2 * TWICE_BYTES);
  await town.run(["read", "--profile", "dara", ...PATIENT]);
  const got = await town.ask(["save", id, "--to", town.path("saved"), "--profile", "dara", ...PATIENT]);
  expect(hashed(await readFile(String(got["savedTo"])))).toBe(hashed(sent));

  // Fetching, the same.
  const given = randomBytes(FILE_BYTES);
  await writeFile(town.path("seeds.bin"), given);
  await town.ask(["send", id, "--file", town.path("seeds.bin"), "--profile", "dara", ...PATIENT]);
  await saving(sara, "seeds.bin").waitFor();
  cut = weir.set(FIRST_BYTES);
  await saving(sara, "seeds.bin").click();
  await cut;
  await sara.kill();
  cut = weir.set(SECOND_BYTES);
  sara = await browser();
  await inChat(sara);
  await saving(sara, "seeds.bin").click();
  await cut;
  await sara.reopen();
  void weir.set();
  await inChat(sara);
  const [download] = await Promise.all([sara.page.waitForEvent("download"), saving(sara, "seeds.bin").click()]);
  expect(await hashOf(await download.path())).toBe(hashed(given));
  expect(weir.flowed).toBeLessThan(FILE_BYTES - FIRST_BYTES - SECOND_BYTES + 2 * TWICE_BYTES);
});
