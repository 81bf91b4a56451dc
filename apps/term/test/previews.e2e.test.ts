/* A terminal sends a link with its preview; a real browser shows the card, and the site hears of nobody but the sender. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pageSite } from "../src/testing/small-site.ts";
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
const LONG = { timeout: 60_000 };

describe("a link between a terminal and a browser", () => {
  it("C-101 C-103 C-104 is shown as a card that the sender made, and the reader's browser asks the site for nothing", async () => {
    await using site = await pageSite("The news of today");
    const station = await town.station("ir", ["--region", "IR"]);
    await town.ask(["join", station.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    await using sara = await WebPerson.open();
    const requests: string[] = [];
    sara.page.context().on("request", (request) => requests.push(request.url()));
    await sara.join(String(invite), "Sara");
    await sara.composer.waitFor(LONG);
    await sara.write("good day");
    await using dara = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    const { conversation } = await dara.line((line) => line["text"] === "good day");
    await dara.end("SIGTERM");
    await town.ask(["previews", "--also", "127.0.0.1", "--profile", "dara"]);
    const link = `${site.url}/story`;
    await town.ask(["send", String(conversation), `Read ${link} today`, "--preview", "--profile", "dara", ...PATIENT]);
    expect(site.asked).toEqual(["/story", "/picture.png"]);

    const card = sara.page.locator("article").getByRole("link", { name: "The news of today" });
    await card.waitFor(LONG);
    expect(await card.getAttribute("href")).toBe(link);
    expect(await card.innerText()).toContain(`127.0.0.1:${site.port}`);
    await card.getByText("Of everything").waitFor();
    const picture = card.locator("img");
    await picture.waitFor(LONG);
    await sara.page.waitForFunction(() =>
      [...document.querySelectorAll("article img")].every((one) => (one as HTMLImageElement).naturalWidth === 320),
    );
    expect(requests.filter((url) => url.includes(`:${site.port}`))).toEqual([]);
    expect(site.asked).toEqual(["/story", "/picture.png"]);
    expect(sara.complaints).toEqual([]);
  });
});
