/* A person whose devices and whose home are gone comes back in a browser at another station: real stations, real processes, a real Chromium. */
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebPerson } from "./browser.ts";
import { Town } from "./process.ts";

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const PATIENT = ["--timeout", "120"];
const LONG = { timeout: 90_000 };

it("M-40 M-44 with the words and a file alone, when the old station was killed and its disk wiped", async () => {
  const de = await town.station("de", ["--region", "DE"]);
  const ir = await town.station("ir", ["--region", "IR", "--peer", de.url]);
  await town.ask(["join", ir.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
  await town.ask(["join", de.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  const dara = await town.ask(["invite", "--profile", "dara"]);
  const { conversation } = await town.ask(["open", String(dara["invite"]), "--profile", "sara", ...PATIENT]);
  await town.ask(["send", String(conversation), "from the old home", "--profile", "sara", ...PATIENT]);
  await using reader = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
  await reader.line((line) => line["text"] === "from the old home");
  const file = town.path("sara.backup");
  await town.ask(["backup", "make", file, "--profile", "sara", ...PATIENT]);
  const { words } = await town.ask(["backup", "words", "--profile", "sara"]);
  await ir.process.end("SIGKILL");
  await Promise.all(["ir", "sara"].map((name) => rm(town.path(name), { recursive: true, force: true })));

  await using web = await WebPerson.open();
  const { page } = web;
  await page.goto(de.invite);
  await page.getByText("I already have an account").click();
  await page.getByRole("button", { name: "Come back" }).click();
  await page.getByRole("radio", { name: "With recovery words" }).check();
  await page.getByLabel("Your 24 recovery words").fill(String(words));
  await page.locator('input[accept=".backup"]').setInputFiles(file);
  await page.getByLabel("If your station is gone").fill(de.invite);
  await page.getByRole("button", { name: "Bring everything back" }).click();
  const chat = page.getByRole("link", { name: /Dara/u });
  await chat.waitFor(LONG);
  await chat.click();
  await page.getByText("from the old home").first().waitFor(LONG);
  await web.write("from the new home");
  await reader.line((line) => line["text"] === "from the new home" && line["senderName"] === "Sara");
  await town.ask(["send", String(conversation), "found you", "--profile", "dara", ...PATIENT]);
  await page.getByText("found you").first().waitFor(LONG);
  // What came between the file and now was asked of Dara, and none of it was a message.
  await expect.poll(() => page.getByText("did not come").count(), LONG).toBe(0);
  // The old home was a plain address of this machine, which the page's policy does not even dial; everything else went without a complaint.
  const old = new URL(ir.url).host;
  expect(web.complaints.filter((text) => !text.includes(old))).toEqual([]);
});
