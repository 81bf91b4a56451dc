/*
 * One person on two devices, as a person links them: a pasted code and the same six digits, the history, a draft and what was decided
 * about chats, a name and a revocation, and one linked after it; then everything is lost, and the recovery words and a saved file bring it back.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Camera } from "./camera.ts";
import { bubble, plain, say, Stage } from "./stage.ts";

const stage = new Stage();
let camera: Camera;
beforeAll(async () => {
  camera = await Camera.make();
  await stage.begin(camera.flags);
}, 180_000);
afterAll(async () => {
  await stage.end();
  await camera.end();
});

let laptop: Page;
let words = "";
let backup = "";

const row = (page: Page): ReturnType<Page["getByRole"]> => page.getByRole("link", { name: /Sara/u });

async function settings(page: Page, part: RegExp): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.getByRole("button", { name: part }).click();
}

/** Back to the settings, and out of them. */
async function leaveSettings(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Settings", level: 2 }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
}

async function home(page: Page): Promise<void> {
  await page.goto("about:blank");
  await page.goto(stage.url);
  await page.getByRole("button", { name: "New chat" }).waitFor();
}

/** The text of the six digits that a page shows. */
async function digits(page: Page): Promise<string> {
  const shown = page.getByRole("group", { name: /Six digits/u });
  await shown.waitFor();
  return (await shown.innerText()).replaceAll(/\D/gu, "");
}

const save = (page: Page, button: string, count = 1): Promise<readonly Download[]> =>
  downloads(page, () => page.getByRole("button", { name: button }).click(), count);

const downloads = async (page: Page, press: () => Promise<void>, count: number): Promise<readonly Download[]> => {
  const found: Download[] = [];
  const all = new Promise<void>((done) => {
    page.on("download", (download) => found.push(download) === count && done());
  });
  await press();
  await all;
  return found;
};

describe("one person on two devices", () => {
  it("D-6 D-10 D-31 links another browser by a pasted code and the same six digits, and the history comes", async () => {
    const { dara } = stage;
    for (let at = 1; at <= 12; at++) await say(dara, `line ${at} of the story`);
    await bubble(stage.sara, "line 12 of the story").waitFor();
    await settings(dara, /^Devices/u);
    await dara.getByRole("button", { name: "Add a device" }).click();
    const link = await dara.getByRole("dialog").getByText(/#i\//u).innerText();

    laptop = await stage.another();
    await laptop.goto(link.trim());
    await laptop.getByText("I already have an account").click();
    await laptop.getByRole("button", { name: "Come back" }).click();
    await laptop.getByLabel("Name of this device").fill("Old laptop");
    await laptop.getByRole("button", { name: "Show my code" }).click();
    const code = await laptop.getByText(/^chapar:d\//u).innerText();
    await dara.getByLabel("Code of the new device").fill(code);
    await dara.getByRole("button", { name: "Use this code" }).click();
    const [ours, theirs] = await Promise.all([digits(dara), digits(laptop)]);
    expect(ours).toMatch(/^\d{6}$/u);
    expect(ours).toBe(theirs);
    await dara.getByRole("button", { name: "They are the same" }).click();
    await dara.getByText("The new device is one of yours now").waitFor();
    await row(laptop).click();
    await bubble(laptop, "line 12 of the story").waitFor();
    await laptop
      .getByRole("log")
      .or(laptop.getByLabel(/^Messages with/u))
      .first()
      .hover();
    await expect
      .poll(
        async () => {
          await laptop.mouse.wheel(0, -5000);
          return bubble(laptop, "the first letter").count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    await leaveSettings(dara);
  });

  it("N-38 N-7 D-21 what is begun, muted, put into a folder and read on one of them is so on the other", async () => {
    const { sara, dara } = stage;
    await dara.getByRole("textbox", { name: "Message", exact: true }).fill("begun on the desk");
    await expect
      .poll(() => laptop.getByRole("textbox", { name: "Message", exact: true }).inputValue(), { timeout: 60_000 })
      .toBe("begun on the desk");
    await laptop.getByRole("textbox", { name: "Message", exact: true }).fill("");
    await expect
      .poll(() => dara.getByRole("textbox", { name: "Message", exact: true }).inputValue(), { timeout: 60_000 })
      .toBe("");
    await row(laptop).click({ button: "right" });
    await laptop.getByRole("menuitem", { name: "Mute…" }).click();
    await laptop.getByRole("menuitem", { name: "For 8 hours" }).click();
    await row(dara).getByText("Muted").waitFor({ state: "attached" });
    await row(dara).click({ button: "right" });
    await dara.getByRole("menuitem", { name: "Folders…" }).click();
    await dara.getByLabel("Name of a new folder").fill("Family");
    await dara.getByRole("button", { name: "Make folder" }).click();
    await laptop.getByRole("button", { name: "Family", exact: true }).waitFor();
    await dara.keyboard.press("Escape");
    // Read on the desk, while the laptop looks at the list.
    await home(laptop);
    await say(sara, "read me once");
    await bubble(dara, "read me once").waitFor();
    await row(laptop).getByText("read me once").waitFor();
    await row(laptop).getByText("1 unread message").waitFor({ state: "detached" });
    await say(dara, "from the desk");
    await row(laptop).click();
    await bubble(laptop, "from the desk").waitFor();
    await say(laptop, "from the laptop");
    await bubble(sara, "from the laptop").waitFor();
    await bubble(dara, "from the laptop").waitFor();
  });

  it("D-13 D-20 are called what their owner likes, and one is taken out at once", async () => {
    const { sara, dara } = stage;
    await settings(dara, /^Devices/u);
    const device = dara.getByRole("listitem").filter({ hasText: "Old laptop" });
    await device.getByRole("button", { name: "Rename" }).click();
    await dara.getByLabel("Name of this device").fill("Laptop at work");
    await dara.getByRole("button", { name: "Save name" }).click();
    const renamed = dara.getByRole("listitem").filter({ hasText: "Laptop at work" });
    await renamed.getByText(/^Last seen/u).waitFor();
    await renamed.getByRole("button", { name: "Revoke" }).click();
    await dara.getByText(/Revoke .*Laptop at work.*\? It reads nothing new/u).waitFor();
    await dara.getByRole("button", { name: "Revoke now" }).click();
    await renamed.waitFor({ state: "detached" });
    await leaveSettings(dara);
    await sara.getByText(/removed a device/u).waitFor();
    await say(sara, "not for the laptop");
    await bubble(dara, "not for the laptop").waitFor();
    expect(await bubble(laptop, "not for the laptop").count()).toBe(0);
    await laptop.context().close();
  });

  it("D-6 D-60 D-65 D-66 links a phone after that by the code that it shows, and never by the code of an invite", async () => {
    const { dara } = stage;
    await dara.context().grantPermissions(["camera"], { origin: new URL(stage.url).origin });
    await settings(dara, /^Devices/u);
    await dara.getByRole("button", { name: "Add a device" }).click();
    const invite = dara.getByRole("dialog").getByText(/#i\//u);
    const link = (await invite.innerText()).trim();
    await camera.holdBefore(dara.getByRole("dialog").getByRole("img"));
    await dara.getByRole("button", { name: "Scan with the camera" }).click();
    await dara.getByText(/^This is a QR code, but not the one/u).waitFor();
    await dara.getByRole("button", { name: "Without the camera" }).click();

    const phone = await stage.another({ viewport: { width: 390, height: 844 } });
    await phone.goto(link);
    await phone.getByText("I already have an account").click();
    await phone.getByRole("button", { name: "Come back" }).click();
    await phone.getByLabel("Name of this device").fill("New phone");
    await phone.getByRole("button", { name: "Show my code" }).click();
    await camera.holdBefore(phone.getByRole("dialog").getByRole("img"));
    await dara.getByRole("button", { name: "Scan with the camera" }).click();
    const [ours, theirs] = await Promise.all([digits(dara), digits(phone)]);
    expect(ours).toBe(theirs);
    await dara.getByRole("button", { name: "They are the same" }).click();
    await dara.getByText("The new device is one of yours now").waitFor();
    await row(phone).click();
    await bubble(phone, "from the laptop").waitFor();
    const listed = dara.getByRole("listitem").filter({ hasText: "New phone" });
    await listed.getByText(/^Last seen/u).waitFor();
    await leaveSettings(dara);
    await phone.context().close();
  });
});

describe("a person who loses every device", () => {
  it("D-40 D-50 writes the words down, saves a backup, and takes everything along to read", async () => {
    const { dara } = stage;
    await settings(dara, /^Recovery words/u);
    await dara.getByRole("button", { name: "Show the words" }).click();
    const shown = dara.getByRole("list", { name: "Your 24 recovery words" }).getByRole("listitem");
    await shown.nth(23).waitFor();
    words = (await shown.allInnerTexts()).map((text) => text.replaceAll(/[^a-z]/gu, "")).join(" ");
    expect(words.split(" ")).toHaveLength(24);
    // What the settings led to leads back to them.
    await dara.keyboard.press("Escape");
    await dara.getByRole("button", { name: /^Backup/u }).click();
    await dara.getByRole("button", { name: "Back up now" }).click();
    await dara.getByText(/^Last backup at your station/u).waitFor();
    const [file] = await save(dara, "Save as a file");
    backup = join(stage.folder, "chapar.backup");
    await file!.saveAs(backup);
    const files = await save(dara, "Export everything to read", 2);
    const names = files.map((one) => one.suggestedFilename());
    for (const kind of ["html", "json"]) expect(names.filter((name) => name.endsWith(`.${kind}`))).toHaveLength(1);
    for (const one of files) {
      const text = await readFile(await one.path(), "utf8");
      for (const line of ["the first letter", "line 7 of the story", "from the laptop"]) expect(text).toContain(line);
    }
    const page = await stage.another();
    const html = files.find((one) => one.suggestedFilename().endsWith("html"));
    await page.setContent(await readFile(await html!.path(), "utf8"));
    await page.getByText("line 7 of the story").waitFor();
    await page.context().close();
    await dara.keyboard.press("Escape");
    await dara.getByRole("button", { name: /^Backup/u }).waitFor();
    await dara.keyboard.press("Escape");
    await dara.locator("dialog[open]").waitFor({ state: "detached" });
    await row(dara).click({ button: "right" });
    const one = await downloads(
      dara,
      () => dara.getByRole("menuitem", { name: "Export to read", exact: true }).click(),
      2,
    );
    const read = await Promise.all(one.map(async (file) => readFile(await file.path(), "utf8")));
    expect(read.filter((text) => text.includes("from the laptop"))).toHaveLength(2);
    const data = JSON.parse(read.find((text) => text.startsWith("{")) ?? "{}") as {
      readonly messages: { readonly text: string }[];
    };
    expect(data.messages.map(({ text }) => text)).toContain("line 7 of the story");
  });

  it("D-43 D-44 N-39 comes back with words and file; whoever had compared decides about the new device, and both go on writing", async () => {
    const { sara, dara } = stage;
    await sara.getByRole("button", { name: "Person and safety" }).click();
    await sara.getByRole("button", { name: "They are the same" }).click();
    await sara.getByText(/^Compared in person on/u).waitFor();
    await sara.keyboard.press("Escape");
    await dara.context().close();
    const fresh = await stage.another();
    await fresh.goto(stage.url);
    await fresh.getByText("I already have an account").click();
    await fresh.getByRole("button", { name: "Come back" }).click();
    await fresh.getByRole("radio", { name: "With recovery words" }).check();
    await fresh.getByLabel("Your 24 recovery words").fill(words.replace(/^\w+/u, "zebra"));
    await fresh.getByLabel("A backup file instead of the station’s").setInputFiles(backup);
    await fresh.getByRole("button", { name: "Bring everything back" }).click();
    await fresh.getByText("These are not 24 recovery words of this person.").waitFor();
    await fresh.getByLabel("Your 24 recovery words").fill(words);
    await fresh.getByRole("button", { name: "Bring everything back" }).click();
    await row(fresh).click();
    await bubble(fresh, "from the laptop").waitFor();
    await say(fresh, "I am back");
    await bubble(sara, "I am back").waitFor();
    await sara.getByText(/has a device that was not there when you compared/u).waitFor();
    expect(await sara.getByRole("textbox", { name: "Message", exact: true }).count()).toBe(0);
    await sara.getByRole("button", { name: "It is theirs, go on" }).click();
    await say(sara, "welcome");
    await bubble(fresh, "welcome").waitFor();
    expect(plain(await row(fresh).innerText())).toContain("welcome");
  });
});
