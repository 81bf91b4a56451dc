/*
 * A contact who means harm, and the person in the browser who reads them: each thing is refused or shown safely, nothing runs, the app
 * stays usable and nothing else in the chat is lost.
 */
import type { OutgoingFile } from "@chapar/client";
import { fromBase64Url, utf8 } from "@chapar/wire/bytes";
import { Disposition, textPart } from "@chapar/wire/content";
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
    // Ten megabytes do not fit into a letter: pasted they become a file, and the field stays a field.
    await page.evaluate(() => navigator.clipboard.writeText("all work and no play ".repeat(500_000)));
    await dara.composer.focus();
    await page.keyboard.press("Control+V");
    await page.getByRole("button", { name: /^Remove .*text\.txt/u }).waitFor(LONG);
    expect(await dara.composer.inputValue()).toBe("");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await bubble("text.txt").waitFor(LONG);
    await isWhole("the long text");
  });

  it("C-35 C-36 reacts with a hundred emoji and with markup: at most eight are shown, and each is an emoji", async () => {
    const lines = await mallory.client.messages(id, { limit: 99 });
    const target = lines.find(({ text }) => text === "good morning")!.id;
    // Every emoji of a block, twice: what is taken back and made again counts once.
    for (let at = 0; at < 100; at++) {
      const emoji = String.fromCodePoint(0x1f600 + (at % 60));
      await mallory.client.talk.react(target, emoji, true);
      if (at < 40) await mallory.client.talk.react(target, emoji, false);
    }
    const inReplyTo = fromBase64Url(target);
    await mallory.sendForged(id, { inReplyTo, body: textPart(MARKUP, Disposition.reaction) });
    await isWhole("the reactions");
    const shown = bubble("good morning").getByRole("button", { name: /1 person/u });
    await dara.page
      .getByLabel(/^Messages with/u)
      .first()
      .hover();
    await vi.waitFor(async () => {
      await dara.page.mouse.wheel(0, -4_000);
      await shown.first().waitFor({ timeout: 1_000 });
    }, LONG);
    expect(await shown.count()).toBeLessThanOrEqual(8);
    const marks = (await shown.allInnerTexts()).join("");
    expect(marks).toMatch(/^[\p{Extended_Pictographic}\d\s]+$/u);
  });

  it("C-94 sends pictures that are none, and files whose names turn around: each is a file to save, under its real name", async () => {
    const { page } = dara;
    const png = (width: number, height: number): Uint8Array => {
      const bytes = new Uint8Array(60);
      bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
      new DataView(bytes.buffer).setUint32(16, width);
      new DataView(bytes.buffer).setUint32(20, height);
      return bytes;
    };
    const photo = (fileName: string, bytes: Uint8Array, mediaType = "image/png"): OutgoingFile => ({
      fileName,
      mediaType,
      facts: { kind: "photo", width: 640, height: 480 },
      from: { bytes },
    });
    const files = [
      photo("bomb.png", png(60_000, 60_000)),
      photo("cut.jpg", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46), "image/jpeg"),
      photo("page.svg", utf8(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>`), "image/svg+xml"),
      photo("page.gif", utf8(`<html>${MARKUP}</html>`), "text/html"),
      photo("holiday\u202Egpj.exe", utf8("MZ"), "application/x-msdownload"),
    ];
    const signal = AbortSignal.timeout(60_000);
    await mallory.client.media.send(id, { text: "look at these", files }, { signal });
    const album = bubble("look at these");
    await album.waitFor(LONG);
    for (const name of ["bomb.png", "cut.jpg", "page.svg", "page.gif", "holidaygpj.exe"]) {
      const tile = album.getByRole("button", { name: new RegExp(`${name}.*Not a picture that can be shown`, "u") });
      await tile.waitFor(LONG);
    }
    expect(await album.innerText()).not.toMatch(/[\u202A-\u202E]/u);
    expect(await album.locator("img").count()).toBe(0);
    const save = page.getByRole("button", { name: /holidaygpj\.exe/u }).first();
    const [download] = await Promise.all([page.waitForEvent("download", LONG), save.click()]);
    expect(download.suggestedFilename()).toBe("holidaygpj.exe");
    await isWhole("the files");
  });

  it("C-30 C-70 C-80 writes markup into every field there is, and links that only look like others", async () => {
    const { page } = dara;
    await mallory.client.talk.poll(id, { question: `Which? ${MARKUP}`, options: [MARKUP, "<b>bold</b>"] });
    const poll = bubble("Which?");
    await poll.getByRole("radio").first().click();
    await poll.getByText("1", { exact: true }).first().waitFor(LONG);
    expect(await poll.innerText()).toContain("<script>alert(2)</script>");
    await mallory.client.send(id, {
      text: "[bank](javascript:alert(4)) javascript:alert(5) data:text/html,<script>1</script>",
    });
    await bubble("[bank]").waitFor(LONG);
    expect(await bubble("[bank]").locator("a").count()).toBe(0);
    await mallory.client.send(id, { text: "pay at https://bank.example@evil.example/login" });
    await bubble("pay at").getByRole("link").click();
    const asked = page.getByRole("dialog", { name: "Look at this address" });
    await asked.getByText("What stands before the @ is not where this link leads.").waitFor(LONG);
    await asked.getByRole("button", { name: "Do not open" }).click();
    await asked.waitFor({ state: "detached" });
    const [{ people } = { people: [] }] = await mallory.client.conversations();
    await mallory.client.groups.create(
      "<i>Walks</i>",
      people.map(({ identity }) => identity),
    );
    await page.getByRole("link", { name: /<i>Walks<\/i>/u }).waitFor(LONG);
    expect(await page.locator("a i").count()).toBe(0);
    await isWhole("the markup");
  });
});
