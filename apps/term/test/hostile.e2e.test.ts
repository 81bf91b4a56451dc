/*
 * A contact who means harm, and the person in the browser who reads them: each thing is refused or shown safely, nothing runs, the app
 * stays usable and nothing else in the chat is lost.
 */
import { fromBase64Url, utf8 } from "@chapar/wire/bytes";
import { Disposition, textPart } from "@chapar/wire/content";
import { reactionPart } from "@chapar/wire/talk";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebPerson } from "./browser.ts";
import { Forger } from "./forger.ts";
import { Town } from "./process.ts";

const LONG = { timeout: 60_000 };
const MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>";

let town: Town;
let dara: WebPerson;
let mallory: Forger;
let id = "";
const dialogs: string[] = [];

beforeAll(async () => {
  town = await Town.open();
  const station = await town.station("ir", ["--region", "IR"]);
  [dara, mallory] = await Promise.all([WebPerson.open(), Forger.open(town.path("mallory"))]);
  dara.page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await mallory.client.join(station.invite, "<b>Mal\u202Elory</b>");
  mallory.client.connect();
  await dara.page.goto(await mallory.client.invite());
  await dara.page.getByLabel("Your name").fill("Dara");
  await dara.page.getByRole("button", { name: "Start writing" }).click();
  await dara.write("good morning");
  id = await vi.waitFor(async () => (await mallory.client.conversations())[0]!.id, LONG);
  await mallory.client.send(id, { text: "an honest word" });
  await bubble("an honest word").waitFor(LONG);
}, 180_000);
afterAll(async () => {
  await mallory[Symbol.asyncDispose]();
  await dara[Symbol.asyncDispose]();
  await town[Symbol.asyncDispose]();
});

const bubble = (text: string): Locator => dara.page.locator("article", { hasText: text }).last();

/** Nothing ran, nothing that may run stands in the page, and writing goes on both ways. */
async function isWhole(word: string): Promise<void> {
  const { page } = dara;
  await dara.write(`after ${word}`);
  await mallory.client.send(id, { text: `heard ${word}` });
  await bubble(`heard ${word}`).waitFor(LONG);
  await expect
    .poll(async () => (await mallory.client.messages(id, { limit: 30 })).map(({ text }) => text), LONG)
    .toContain(`after ${word}`);
  expect(await page.locator("section script, section iframe, section object, section embed, img[src=x]").count()).toBe(
    0,
  );
  expect(await page.locator("article b").count()).toBe(0);
  expect(dialogs).toEqual([]);
  expect(dara.complaints).toEqual([]);
}

describe("a contact who means harm", () => {
  it("C-9 has a name that turns nothing around and is no markup", async () => {
    const { page } = dara;
    const title = page.getByRole("heading", { name: "<b>Mallory</b>" });
    await title.waitFor(LONG);
    expect(await title.innerText()).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/u);
    await isWhole("the name");
  });

  it("C-1 F-22 sends content that is none: a line says so, and what stands around it stays", async () => {
    const deep = new Uint8Array(4_000).fill(0x81);
    await mallory.sendBytes(id, [
      new Uint8Array(0),
      Uint8Array.of(0xff, 0xff, 0xff),
      new Uint8Array(60_000).fill(0x9f),
      deep,
      utf8(MARKUP),
    ]);
    await dara.page
      .getByText(/messages? could not be shown/u)
      .last()
      .waitFor(LONG);
    await bubble("an honest word").waitFor();
    await isWhole("the rubbish");
  });

  it("C-2 sends a text as long as a letter may be, without a space, and one that is nothing but marks", async () => {
    const { page } = dara;
    await mallory.sendForged(
      id,
      { body: textPart("W".repeat(16_000)) },
      { body: textPart(`zalgo ${"o\u0300\u0301\u0302\u0303\u0304\u0305".repeat(1_000)}`) },
      { body: textPart(`${"\u202E\u2066".repeat(500)}24 of 30`) },
    );
    await bubble("WWWW").waitFor(LONG);
    await bubble("24 of 30").waitFor(LONG);
    const [box, width] = [await bubble("WWWW").boundingBox(), page.viewportSize()?.width ?? 0];
    expect(box!.x + box!.width).toBeLessThanOrEqual(width);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    // Ten megabytes do not fit into a letter at all: whoever tries is told, and nothing of theirs is lost.
    await dara.composer.evaluate((field: HTMLTextAreaElement) => {
      field.value = "x".repeat(10_000_000);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("This is too large to send.").waitFor(LONG);
    await dara.composer.fill("");
    await isWhole("the long text");
  });

  it("C-35 C-36 reacts two hundred times and with markup: at most eight are shown, and each is an emoji", async () => {
    const target = fromBase64Url(
      (await mallory.client.messages(id, { limit: 99 })).find(({ text }) => text === "good morning")!.id,
    );
    const emoji = (at: number): string => String.fromCodePoint(0x1f600 + (at % 64));
    await mallory.sendForged(
      id,
      ...Array.from({ length: 200 }, (_, at) => ({ inReplyTo: target, body: reactionPart(emoji(at)) })),
      { inReplyTo: target, body: textPart(MARKUP, Disposition.reaction) },
    );
    await isWhole("the reactions");
    const shown = bubble("good morning").getByRole("button", { name: /1 person/u });
    await dara.page.screenshot({ path: "/tmp/rows-hostile.png" });
    console.log(JSON.stringify((await mallory.client.messages(id, { limit: 99 })).map((m) => [m.text.slice(0, 20), m.reactions?.length, m.gap?.code])));
    await shown.first().waitFor({ timeout: 5000 });
    expect(await shown.count()).toBeLessThanOrEqual(8);
  });
});
