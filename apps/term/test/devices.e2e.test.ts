/* A person of the terminal comes back in a browser: a real station, real processes, a real Chromium. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebPerson } from "./browser.ts";
import { type Line, Town } from "./process.ts";

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const PATIENT = ["--timeout", "120"];
const LONG = { timeout: 45_000 };

const texts = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => text);

/** A station with the web app, Sara and Dara in terminals, and a conversation between them. */
async function twoPeople(): Promise<{ readonly conversation: string; readonly invite: string }> {
  const ir = await town.station("ir", ["--region", "IR"]);
  await town.ask(["join", ir.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
  await town.ask(["join", ir.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  const { invite } = await town.ask(["invite", "--profile", "sara"]);
  const dara = await town.ask(["invite", "--profile", "dara"]);
  const { conversation } = await town.ask(["open", String(dara["invite"]), "--profile", "sara", ...PATIENT]);
  await town.ask(["send", String(conversation), "from the terminal", "--profile", "sara", ...PATIENT]);
  return { conversation: String(conversation), invite: String(invite) };
}

describe("a browser as another device of a person in a terminal", () => {
  it("D-6 D-10 D-13 D-31 is linked by the same six digits, both write as one, and it is revoked at once", async () => {
    const { conversation, invite } = await twoPeople();
    await using sara = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
    await using dara = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    await using web = await WebPerson.open();
    const { page } = web;
    await page.goto(invite);
    await page.getByText("I already have an account").click();
    await page.getByRole("button", { name: "Come back" }).click();
    await page.getByRole("button", { name: "Show my code" }).click();
    const code = await page.locator("[data-code]").textContent(LONG);
    const adding = town.stay(["device", "add", String(code), "--json", "--profile", "sara", ...PATIENT]);
    const { digits } = await adding.line((line) => line["event"] === "digits");
    const shown = page.getByRole("group", { name: /Six digits/ });
    await shown.waitFor(LONG);
    expect((await shown.textContent())?.replaceAll(/\D/g, "")).toBe(digits);
    adding.child.stdin?.write("yes\n");
    await adding.line((line) => line["event"] === "device-added");

    const chat = page.getByRole("link", { name: /Dara/ });
    await chat.waitFor(LONG);
    // The room of her own devices is no chat.
    expect(await page.getByRole("link", { name: /Sara/ }).count()).toBe(0);
    await chat.click();
    await page.getByText("from the terminal").first().waitFor(LONG);
    await web.write("from the browser");
    await dara.line((line) => line["text"] === "from the browser" && line["senderName"] === "Sara");
    await sara.line((line) => line["text"] === "from the browser" && line["mine"] === true);
    await town.ask(["send", conversation, "hello to both", "--profile", "dara", ...PATIENT]);
    await page.getByText("hello to both").first().waitFor(LONG);

    const { lines } = await town.run(["device", "list", "--json", "--profile", "sara"]);
    const browser = lines.find(({ isThis }) => isThis === false);
    expect(String(browser?.["name"])).toContain("Chrome");
    await town.ask(["device", "revoke", String(browser?.["id"]), "--profile", "sara", ...PATIENT]);
    await town.ask(["send", conversation, "only the terminal", "--profile", "dara", ...PATIENT]);
    await sara.line((line) => line["text"] === "only the terminal");
    expect(await page.getByText("only the terminal").count()).toBe(0);
    expect(web.complaints).toEqual([]);
  });
});

describe("a browser as the new device of a person whose terminal is gone", () => {
  it("D-43 D-44 comes back by the recovery words when the terminal is gone", async () => {
    const { conversation, invite } = await twoPeople();
    await using dara = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    await dara.line((line) => line["text"] === "from the terminal");
    await town.ask(["backup", "make", "--profile", "sara", ...PATIENT]);
    const { words } = await town.ask(["backup", "words", "--profile", "sara"]);
    await using web = await WebPerson.open();
    const { page } = web;
    await page.goto(invite);
    await page.getByText("I already have an account").click();
    await page.getByRole("button", { name: "Come back" }).click();
    await page.getByRole("radio", { name: "With recovery words" }).check();
    await page.getByLabel("Your 24 recovery words").fill(String(words));
    await page.getByRole("button", { name: "Bring everything back" }).click();
    const chat = page.getByRole("link", { name: /Dara/ });
    await chat.waitFor(LONG);
    await chat.click();
    await page.getByText("from the terminal").first().waitFor(LONG);
    await web.write("I am back");
    await dara.line((line) => line["text"] === "I am back" && line["senderName"] === "Sara");
    await town.ask(["send", conversation, "welcome", "--profile", "dara", ...PATIENT]);
    await page.getByText("welcome").first().waitFor(LONG);
    expect(texts(dara.lines)).toContain("I am back");
  });
});
