/* People leave a station that was killed and wiped: real stations and processes, a terminal, and the sheet S6 in a real Chromium. */
import { rm } from "node:fs/promises";
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

/** Two stations that know each other; Sara lives at the first, Dara at the second, and they have talked. */
async function twoStations() {
  const de = await town.station("de", ["--region", "DE"]);
  const ir = await town.station("ir", ["--region", "IR", "--peer", de.url]);
  await town.ask(["join", de.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  return { de, ir };
}

const texts = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => text);

async function kill(station: Awaited<ReturnType<Town["station"]>>, name: string): Promise<void> {
  await station.process.end("SIGKILL");
  await rm(town.path(name), { recursive: true, force: true });
}

describe("moving", () => {
  it("M-1 M-8 M-9 M-12 leaves a home that was killed and wiped with one command, and letters that were on their way arrive", async () => {
    const { de, ir } = await twoStations();
    await town.ask(["join", ir.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    const { conversation } = await town.ask(["open", String(invite), "--profile", "sara", ...PATIENT]);
    const chat = String(conversation);
    await town.ask(["send", chat, "before", "--profile", "sara", ...PATIENT]);
    await town.run(["read", "--profile", "dara", ...PATIENT]);
    await town.run(["watch", "--profile", "sara", ...PATIENT]);

    await kill(ir, "ir");
    await town.run(["send", chat, "on its way", "--profile", "dara", "--timeout", "1"]);
    const moved = await town.ask(["move", de.invite, "--profile", "sara", ...PATIENT]);
    expect(moved).toMatchObject({ event: "moved", roomsLeft: 0, isOldHomeTold: false });
    await town.ask(["send", chat, "after", "--profile", "sara", ...PATIENT]);
    await using dara = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    await dara.line(({ text }) => text === "after");
    await using sara = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
    await sara.line(({ text }) => text === "on its way");
    expect(texts(sara.lines).filter((text) => text === "on its way")).toHaveLength(1);
    expect(await town.ask(["move", "--profile", "sara", "--timeout", "0"])).toMatchObject({ event: "moved" });
  });

  it("M-1 M-8 M-26 M-27 leaves by one button of S6 in a browser, the terminal at the other station follows, and then everything is deleted", async () => {
    const { de, ir } = await twoStations();
    await town.ask(["join", ir.invite, "--name", "Nima", "--profile", "nima", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "nima"]);
    const dara = await town.ask(["invite", "--profile", "dara"]);
    // Stations of this test speak without TLS, to which the content policy of a page opens no other origin.
    await using web = await WebPerson.open({ bypassCSP: true });
    const { page } = web;
    await web.join(String(invite), "Sara");
    await web.openPerson(String(dara["invite"]));
    await web.write("from the old home");
    await using reader = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    await reader.line(({ text }) => text === "from the old home");

    await page.getByRole("button", { name: "Settings" }).first().click();
    await page.getByRole("button", { name: /Where your data rests/ }).click();
    const field = page.getByLabel("Invite to the new station");
    await field.waitFor(LONG);
    await kill(ir, "ir");
    await field.fill(de.invite);
    await page.getByRole("button", { name: "Move", exact: true }).click();
    await page.getByText(/You live at .* now/).waitFor(LONG);
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Settings", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: /Dara/ }).click();
    await web.write("from the new home");
    await reader.line(({ text }) => text === "from the new home");
    const { conversation } = (await reader.line(({ text }) => text === "from the new home")) as Line;
    await town
      .stay(["send", String(conversation), "found you", "--json", "--profile", "dara", ...PATIENT])
      .line(() => true);
    await page.getByText("found you").first().waitFor(LONG);

    // And then everything goes: the station signs what it deleted, which anyone checks, and the other one is told.
    await page.goBack();
    await page.getByRole("button", { name: "Settings" }).first().click();
    await page.getByRole("button", { name: /Where your data rests/ }).click();
    await page.getByRole("button", { name: "Delete everything…" }).click();
    await page.getByLabel(/Type your name/).fill("Nobody");
    await page.getByRole("button", { name: "Delete it all for good" }).click();
    await page.getByText(/This is not your name/).waitFor(LONG);
    await page.getByLabel(/Type your name/).fill("Sara");
    await page.getByRole("button", { name: "Delete it all for good" }).click();
    await page.getByText("Everything was deleted").waitFor(LONG);
    await page.getByText(/public log has this receipt/).waitFor(LONG);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the receipt" }).click();
    const receipt = town.path("sara.receipt");
    await (await saved).saveAs(receipt);
    const held = await town.ask(["data", "receipt", "verify", receipt]);
    expect(held).toMatchObject({ event: "receipt", holds: true, isInLog: true });
    await reader.line((line) => JSON.stringify(line).includes('"what":"left"'));
    await page.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("dialog").waitFor({ state: "detached", ...LONG });
    await page.getByRole("link", { name: /Dara/ }).waitFor({ state: "detached", ...LONG });
    expect(await page.getByText("found you").count()).toBe(0);
  });
});
