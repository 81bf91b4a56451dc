/*
 * Files as two people send them to each other on a real station: an album and its viewer, a film's worth of bytes over a line that
 * dies on the way, a recording.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAKE_MICROPHONE } from "../scripts/browser.ts";
import { bubble, Stage, WAIT_MS } from "./stage.ts";
import { Weir } from "./weir.ts";

const FILE_BYTES: number = 6 * 1024 * 1024;
const SOME_BYTES: number = 2 * 1024 * 1024;
/** More than a piece of a download, which is kept when all of it is here. */
const MOST_BYTES: number = 5 * 1024 * 1024;

const stage = new Stage();
const [saras, daras] = [new Weir(), new Weir()];
beforeAll(async () => {
  await stage.begin(FAKE_MICROPHONE);
  await saras.stand(stage.sara);
  await daras.stand(stage.dara);
  await Promise.all([again(stage.sara), again(stage.dara)]);
}, 180_000);
afterAll(() => stage.end());

/** The same chat, in a page that begins anew. */
async function again(page: Page): Promise<void> {
  await page.reload();
  await page.locator("textarea").waitFor();
  await bubble(page, "an answer").waitFor();
}

/** A picture of one colour. */
async function picture(page: Page, colour: string): Promise<Buffer> {
  const bytes = await page.evaluate(async (fill) => {
    const canvas = new OffscreenCanvas(320, 240);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = fill;
    context.fillRect(0, 0, 320, 240);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
  }, colour);
  return Buffer.from(bytes);
}

async function attach(page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
  await page.locator('form input[type="file"]').setInputFiles(files);
  for (const { name } of files)
    await page.getByRole("button", { name: new RegExp(`^Remove .*${name}`, "u") }).waitFor();
}

const send = (page: Page): Promise<void> => page.getByRole("button", { name: "Send", exact: true }).click();

const large = (name: string): { name: string; mimeType: string; buffer: Buffer } => ({
  name,
  mimeType: "application/octet-stream",
  buffer: randomBytes(FILE_BYTES),
});

/** How far the sending of a letter is, in percent. */
const progress = (letter: Locator): Locator => letter.getByRole("progressbar", { name: "Progress" });

const fileRow = (page: Page, name: string): Locator =>
  bubble(page, name).getByRole("button", { name: new RegExp(`Save.*${name}`, "u") });

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

const hashed = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("two people send each other files", () => {
  it("F-95 an album arrives with its caption, and is looked at, enlarged and left by keys", async () => {
    const { sara, dara } = stage;
    // Another one each time: an album of a try before may stand there.
    const caption = `two walls ${randomBytes(3).toString("hex")}`;
    const [red, blue] = [await picture(sara, "#b03020"), await picture(sara, "#2050b0")];
    await attach(
      sara,
      { name: "red.png", mimeType: "image/png", buffer: red },
      { name: "blue.png", mimeType: "image/png", buffer: blue },
    );
    await sara.locator("textarea").fill(caption);
    await send(sara);
    const album = bubble(dara, caption);
    await album.locator("img").nth(1).waitFor();
    expect(await album.locator("img").count()).toBe(2);

    const first = album.getByRole("button", { name: /two walls.*1 of 2/u });
    await first.focus();
    await dara.keyboard.press("Enter");
    const viewer = dara.getByRole("dialog", { name: "Photo" });
    await viewer.getByRole("img", { name: /two walls.*1 of 2/u }).waitFor();
    await viewer.getByText(caption, { exact: true }).waitFor();
    await dara.keyboard.press("ArrowRight");
    const shown = viewer.getByRole("img", { name: /two walls.*2 of 2/u });
    await shown.waitFor();
    const whole = await shown.boundingBox();
    await dara.keyboard.press("+");
    await viewer.getByRole("button", { name: "Whole picture" }).waitFor();
    const enlarged = await shown.boundingBox();
    expect(enlarged?.width).toBeGreaterThan((whole?.width ?? 0) * 1.3);
    await dara.keyboard.press("0");
    await viewer.getByRole("button", { name: "Zoom in" }).waitFor();
    await dara.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    expect(await first.evaluate((button) => document.activeElement === button)).toBe(true);
  });

  it("F-92 F-93 a sending that was cut goes on where it was when the page begins anew", async () => {
    const { sara, dara } = stage;
    const file = large("seeds.bin");
    saras.set({ sent: SOME_BYTES });
    await attach(sara, file);
    await send(sara);
    await expect.poll(() => saras.sent, { timeout: WAIT_MS }).toBeGreaterThan(SOME_BYTES);
    expect(Number(await progress(bubble(sara, file.name)).getAttribute("aria-valuenow"))).toBeLessThan(100);
    saras.set();
    await again(sara);
    await bubble(sara, file.name)
      .getByRole("img", { name: /At the station|On their device|Read/u })
      .waitFor();
    expect(saras.sent).toBeLessThan(FILE_BYTES - SOME_BYTES / 2);

    // … and so does fetching it: told how large it is first, then cut, then asked for again.
    const row = fileRow(dara, file.name);
    await row.getByText(/6\.3/u).waitFor();
    daras.set({ received: MOST_BYTES });
    await row.click();
    await expect.poll(() => daras.received, { timeout: WAIT_MS }).toBeGreaterThan(MOST_BYTES);
    await row.getByText(/of.*6\.3/u).waitFor();
    daras.set();
    await again(dara);
    const [download] = await Promise.all([dara.waitForEvent("download"), row.click()]);
    expect(download.suggestedFilename()).toBe(file.name);
    expect(await hashOf(await download.path())).toBe(hashed(file.buffer));
    expect(daras.received).toBeLessThan(FILE_BYTES / 2);
  });

  it("F-96 a sending that is paused stays so, and one that is given up stands as not taken", async () => {
    const { sara } = stage;
    const file = large("sand.bin");
    saras.set({ sent: SOME_BYTES });
    await attach(sara, file);
    await send(sara);
    const letter = bubble(sara, file.name);
    await letter.getByRole("button", { name: "Pause" }).click();
    await letter.getByText(/^Paused/u).waitFor();
    saras.set();
    await again(sara);
    await letter.getByText(/^Paused/u).waitFor();
    await letter.getByRole("button", { name: "Give up sending" }).click();
    await letter.getByRole("img", { name: "Not taken" }).waitFor();
    await progress(letter).waitFor({ state: "detached" });
  });

  it("F-95 a voice message is held or locked, and listened to at another speed", async () => {
    const { sara, dara } = stage;
    const mic = sara.getByRole("button", { name: "Record a voice message" });
    const bar = sara.getByRole("group", { name: "Recording a voice message" });
    // Locked, by the keyboard.
    await mic.focus();
    await sara.keyboard.press("Enter");
    await bar.getByText("Recording", { exact: true }).waitFor();
    await bar.getByText("0:01").waitFor();
    await sara.keyboard.press("Enter");
    const voice = dara.locator("article", { has: dara.getByRole("slider", { name: "Place in the recording" }) });
    await voice.first().waitFor();
    // Held, by a hand.
    await mic.hover();
    await sara.mouse.down();
    await bar.getByText("Let go to send").waitFor();
    await bar.getByText("0:01").waitFor();
    await sara.mouse.up();
    await voice.nth(1).waitFor();

    const one = voice.last();
    await one.getByRole("img", { name: "Not listened to" }).waitFor();
    await one.getByRole("button", { name: "Speed: 1" }).click();
    await one.getByRole("button", { name: "Speed: 1.5" }).click();
    await one.getByRole("button", { name: "Speed: 2" }).waitFor();
    await one.getByRole("button", { name: /^Play the voice message from/u }).click();
    await one.getByRole("img", { name: "Not listened to" }).waitFor({ state: "detached" });
    await again(dara);
    await one.getByRole("button", { name: /^Play the voice message from/u }).waitFor();
    expect(await one.getByRole("img", { name: "Not listened to" }).count()).toBe(0);
  });
});
