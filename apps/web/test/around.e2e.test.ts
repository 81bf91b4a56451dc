/*
 * What stands around a conversation, as two people find it on a real station: searching, the palette and the keys, languages, calendars and
 * digits, what is told to others, comparing, being away, and being woken.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Camera } from "./camera.ts";
import { bubble, say, Stage } from "./stage.ts";

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

interface Registrations {
  readonly registrations: readonly { readonly registrationId: string }[];
}

const field = (page: Page): Locator => page.getByRole("searchbox", { name: "Search" });
const hits = (page: Page): Locator => page.getByRole("region", { name: "Messages", exact: true }).getByRole("listitem");
const menu = (page: Page, name: string): Promise<void> => page.getByRole("menuitem", { name, exact: true }).click();

async function settings(page: Page, part: RegExp): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.getByRole("button", { name: part }).click();
}

const shut = async (page: Page): Promise<void> => {
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
};

describe("around a conversation", () => {
  it("messages are found whatever the keyboard, and by who, when and what", async () => {
    const { sara, dara } = stage;
    await say(sara, "كتاب روي ميز است");
    await say(dara, "می‌خواهم ۱۲ کتاب بخرم");
    await sara
      .locator('form input[type="file"]')
      .setInputFiles({ name: "report.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 a report") });
    await sara.getByRole("button", { name: /^Remove .*report/u }).waitFor();
    await say(sara, "کتاب در پرونده");
    await bubble(dara, "در پرونده").waitFor();
    await field(dara).fill("کتاب");
    await expect.poll(() => hits(dara).count(), { timeout: 30_000 }).toBe(3);
    await dara.getByLabel("From", { exact: true }).selectOption({ label: "Sara" });
    await expect.poll(() => hits(dara).count(), { timeout: 30_000 }).toBe(2);
    await dara.getByLabel("What", { exact: true }).selectOption({ label: "Files" });
    await expect
      .poll(() => hits(dara).allInnerTexts(), { timeout: 30_000 })
      .toEqual([expect.stringContaining("پرونده")]);
    await dara.getByLabel("What", { exact: true }).selectOption({ label: "Everything" });
    await dara.getByLabel("From", { exact: true }).selectOption({ label: "From me" });
    await dara.getByLabel("When", { exact: true }).selectOption({ label: "Last 7 days" });
    await expect.poll(() => hits(dara).count(), { timeout: 30_000 }).toBe(1);
    await dara.getByLabel("When", { exact: true }).selectOption({ label: "Choose days…" });
    await dara.getByLabel("To day").fill("2020-01-31");
    await dara.getByText("Not found").waitFor();
    await dara.getByLabel("From day").fill("2020-02-01");
    await dara.getByLabel("To day").fill("");
    await hits(dara).first().getByRole("button").click();
    await dara.locator('article[data-found="true"]', { hasText: "می‌خواهم" }).waitFor();
    await field(dara).fill("12");
    await expect.poll(() => hits(dara).count(), { timeout: 30_000 }).toBe(1);
    await field(dara).fill("");

    // On a phone, in the chat.
    await sara.getByTitle("About this chat").click();
    await sara.getByRole("button", { name: "Find in this chat" }).click();
    await sara.getByRole("textbox", { name: "Find in this chat" }).fill("کتاب");
    await sara.getByText("1 of 3").waitFor();
    await sara.getByRole("button", { name: "Older hit" }).click();
    await sara.getByText("2 of 3").waitFor();
    await sara.getByRole("search", { name: "Find in this chat" }).getByRole("button", { name: "Close" }).click();
  });

  it("the palette does what it says, and keys are changed by pressing others", async () => {
    const { dara } = stage;
    const ground = (): Promise<string> => dara.evaluate(() => getComputedStyle(document.body).color);
    const light = await ground();
    await dara.keyboard.press("Control+k");
    await dara.getByRole("combobox").fill("dark app");
    await dara.keyboard.press("Enter");
    await expect.poll(ground).not.toBe(light);
    await settings(dara, /^Writing/u);
    await dara.getByRole("button", { name: /^Keyboard/u }).click();
    await dara.getByRole("button", { name: /Find in all messages.*Ctrl\+Shift\+F/u }).click();
    await dara.keyboard.press("q");
    await dara.getByText("Use Ctrl or Alt together with another key.").waitFor();
    await dara.keyboard.press("Alt+j");
    await dara.getByRole("button", { name: /Find in all messages.*Alt\+J/u }).waitFor();
    for (let at = 0; at < 3 && (await dara.locator("dialog[open]").count()) > 0; at++)
      await dara.keyboard.press("Escape");
    await dara.locator("dialog[open]").waitFor({ state: "detached" });
    await dara.keyboard.press("Alt+j");
    await expect.poll(() => field(dara).evaluate((one) => document.activeElement === one)).toBe(true);
    await dara.keyboard.press("Control+k");
    await dara.getByRole("combobox").fill("light app");
    await dara.keyboard.press("Enter");
    await expect.poll(ground).toBe(light);
  });

  it("speaks five languages, and counts days and digits as each person likes, apart from them", async () => {
    const { dara } = stage;
    const words = [
      ["فارسی", "rtl", "تنظیمات"],
      ["العربية", "rtl", "الإعدادات"],
      ["Русский", "ltr", "Настройки"],
      ["中文", "ltr", "设置"],
      ["English", "ltr", "Settings"],
    ] as const;
    await settings(dara, /^Language/u);
    for (const [name, direction, title] of words) {
      await dara.getByRole("radio", { name, exact: true }).check();
      await dara.getByRole("heading", { name: title, level: 2, exact: true }).waitFor();
      expect(await dara.locator("html").getAttribute("dir")).toBe(direction);
    }
    const year = (calendar: string, digits: string): string =>
      new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-${digits}`, { year: "numeric" })
        .formatToParts(new Date())
        .filter(({ type }) => type === "year")
        .map(({ value }) => value)
        .join("");
    const shown = [
      ["Jalali", "۴۵۶", year("persian", "arabext")],
      ["Hijri", "٤٥٦", year("islamic-umalqura", "arab")],
      ["Gregorian", "456", year("gregory", "latn")],
    ] as const;
    for (const [calendar, digits, expected] of shown) {
      await dara.getByRole("radio", { name: calendar, exact: true }).check();
      await dara.getByRole("radio", { name: digits, exact: true }).check();
      await dara.getByRole("button", { name: /^Devices/u }).click();
      await dara.getByText(new RegExp(`^Added .*${expected}`, "u")).waitFor();
      await dara.keyboard.press("Escape");
      await dara.getByRole("heading", { name: "Devices", level: 2 }).waitFor({ state: "detached" });
      // Closing what the settings led to leads back to where one was in them.
      await dara.getByRole("radio", { name: calendar, exact: true }).waitFor();
    }
    await shut(dara);
  });

  it("C-40 C-65 tells what was read or not, counts what was not, and sends without a sound", async () => {
    const { sara, dara } = stage;
    await sara.getByRole("button", { name: "Back" }).click();
    for (const text of ["one", "two", "three"]) await say(dara, `count ${text}`);
    const row = sara.getByRole("link", { name: /Dara/u });
    await row.getByText("3 unread messages").waitFor();
    await sara.getByRole("button", { name: "Unread", exact: true }).click();
    await row.waitFor();
    await sara.getByRole("button", { name: "All", exact: true }).click();
    await settings(sara, /^Privacy/u);
    await sara.getByRole("checkbox", { name: "That I have read messages" }).uncheck();
    await sara.getByRole("checkbox", { name: "That messages are on my devices" }).uncheck();
    await sara.getByRole("button", { name: "Back" }).last().click();
    await sara.getByRole("button", { name: "Close" }).click();
    await row.click();
    await dara.getByRole("button", { name: "Attach a photo or file" }).click();
    await menu(dara, "Send later or silently");
    await dara.getByRole("dialog").getByRole("textbox", { name: "Message" }).fill("without a sound");
    await dara.getByRole("button", { name: "Send silently now" }).click();
    await bubble(sara, "without a sound").waitFor();
    await say(sara, "I read it and do not say so");
    await bubble(dara, "I read it and do not say so").waitFor();
    await bubble(dara, "without a sound").getByRole("img", { name: "At the station" }).waitFor();
  });

  it("S5 compares sixty digits that are the same on both screens", async () => {
    const { sara, dara } = stage;
    const digits = async (page: Page): Promise<string> => {
      await page.getByRole("button", { name: "Person and safety" }).click();
      const list = page.getByRole("list", { name: /^Sixty digits/u });
      await list.waitFor();
      await page.getByRole("img", { name: /^QR code to compare/u }).waitFor();
      return (await list.innerText()).replaceAll(/\D/gu, "");
    };
    const [hers, his] = [await digits(sara), await digits(dara)];
    expect(hers).toMatch(/^\d{60}$/u);
    expect(hers).toBe(his);
    await dara.getByRole("button", { name: "They are the same" }).click();
    await dara.getByText(/^Compared in person on/u).waitFor();
    await sara.getByRole("button", { name: "They differ" }).click();
    await sara.getByText(/do not write anything secret here/u).waitFor();
  });

  it("D-60 D-61 D-62 compares by camera: none, no leave for it, another code, then the code of the other screen", async () => {
    const { sara, dara } = stage;
    const scan = sara.getByRole("button", { name: "Scan with the camera" });
    await scan.click();
    await sara.getByText(/^No camera was found/u).waitFor();
    await sara.keyboard.press("Enter");
    await scan.waitFor();
    await expect.poll(() => scan.evaluate((one) => one === document.activeElement)).toBe(true);
    await shut(dara);
    await dara.getByRole("button", { name: "New chat" }).click();
    await dara.getByRole("button", { name: "QR code" }).click();
    // It would lie over the code.
    await dara.getByText("Noted: compared in person").waitFor({ state: "detached" });
    await camera.holdBefore(dara.getByRole("img", { name: /QR/u }));
    await scan.click();
    await sara.getByText(/^The camera is not allowed here/u).waitFor();
    await sara.context().grantPermissions(["camera"], { origin: new URL(stage.url).origin });
    await sara.getByRole("button", { name: "Try again" }).click();
    await sara.getByText(/^This is a QR code, but not the one/u).waitFor();
    await sara.getByText(/^Not compared yet/u).waitFor();
    await sara.getByRole("button", { name: "Without the camera" }).click();
    await shut(dara);
    await dara.getByRole("button", { name: "Person and safety" }).click();
    await camera.holdBefore(dara.getByRole("img", { name: /^QR code to compare/u }));
    await scan.click();
    await sara.getByText(/^Compared in person on/u).waitFor();
    await scan.waitFor();
    for (const page of [sara, dara]) await shut(page);
  });

  it("says that there is no connection, goes on writing, and offers to be installed once there are two chats", async () => {
    const { sara, dara } = stage;
    await dara.evaluate(() => {
      const offer = Object.assign(new Event("beforeinstallprompt", { cancelable: true }), {
        prompt: async () => void (document.title = "asked to install"),
      });
      dispatchEvent(offer);
    });
    await dara.getByRole("button", { name: "New chat" }).click();
    await dara.getByRole("button", { name: "New group" }).click();
    await dara.getByRole("textbox", { name: "Name of the group" }).fill("Walks");
    await dara.getByRole("checkbox", { name: "Sara" }).check();
    await dara.getByRole("button", { name: "Make the group" }).click();
    await dara.getByText("Keep Chapar on this device?").waitFor();
    await dara.getByRole("button", { name: "Install", exact: true }).click();
    await expect.poll(() => dara.title()).toBe("asked to install");
    await dara.getByRole("link", { name: /Sara/u }).click();
    await bubble(dara, "I read it and do not say so").waitFor();
    await stage.stop();
    await dara.getByText(/^No connection/u).waitFor();
    await say(dara, "written meanwhile");
    await dara.getByText(/^No connection\. \d messages? waits?/u).waitFor();
    await stage.lying("push-here");
    await bubble(sara, "written meanwhile").waitFor();
    await dara.getByText(/^No connection/u).waitFor({ state: "detached" });
  });

  it("N-34 N-36 is woken by a push service that learns nothing, and shows one neutral notice", async () => {
    const { sara, dara } = stage;
    const asked: IncomingMessage[] = [];
    const service = createServer((request, answer) => {
      asked.push(request);
      answer.writeHead(201, { location: "/message/1" }).end();
    }).listen(0, "127.0.0.1");
    await once(service, "listening");
    const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}/push/sara`;
    const origin = new URL(stage.url).origin;
    await sara.context().grantPermissions(["notifications"], { origin });
    // The browser's own push service cannot be had here: the double stands in its place, with an address of its own.
    await sara.addInitScript((address) => {
      let held: unknown = null;
      const manager = {
        getSubscription: async () => held,
        subscribe: async () => (held = { endpoint: address, unsubscribe: async () => true }),
      };
      Object.defineProperty(ServiceWorkerRegistration.prototype, "pushManager", { get: () => manager });
    }, endpoint);
    await sara.goto("about:blank");
    await sara.goto(stage.url);
    await settings(sara, /^Notices/u);
    await sara.getByRole("radio", { name: "On", exact: true }).check();
    await sara.getByText("A notice never says who wrote or what").waitFor();
    const devtools = await sara.context().newCDPSession(sara);
    const registered = new Promise<string>((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }: Registrations) => {
        const [first] = registrations;
        if (first !== undefined) resolve(first.registrationId);
      });
    });
    await devtools.send("ServiceWorker.enable");
    const registrationId = await registered;
    await sara.goto("about:blank");
    // A station that begins anew does not know what it would have told of, and says so to everybody once.
    await stage.stop();
    await stage.lying("push-here");
    await say(dara, "the secret word is pomegranate");
    await expect.poll(() => asked.length, { timeout: 90_000 }).toBeGreaterThan(0);
    const { method, url, headers } = asked[0]!;
    expect([method, url]).toEqual(["POST", "/push/sara"]);
    expect(headers).toMatchObject({ ttl: "86400", "content-length": "0" });
    expect(headers.authorization).toMatch(/^vapid t=[\w.-]+, ?k=[\w-]+$/u);
    await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: "" });
    const worker = sara.context().serviceWorkers()[0]!;
    const notices = (): Promise<string[]> =>
      worker.evaluate(async () => {
        const { registration } = globalThis as unknown as { readonly registration: ServiceWorkerRegistration };
        return (await registration.getNotifications()).map(({ title, body }) => `${title}|${body}`);
      });
    await expect.poll(notices).toEqual(["Something new in Chapar|"]);
    service.close();
  });
});
