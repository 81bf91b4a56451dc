/* A terminal sends a link with its preview; a real browser shows the card, and the site hears of nobody but the sender. */
import { readFile, writeFile } from "node:fs/promises";
import { pictureIn } from "@chapar/client/pictures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pageSite, pngOf } from "../src/testing/small-site.ts";
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
  it("C-101 C-103 C-104 C-109 is shown as a card that the sender made, and the reader's browser asks the site for nothing", async () => {
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

    // The picture of each is shown to the other: in a terminal's file, and in the place of a first letter.
    const file = town.path("me.png");
    await writeFile(file, pngOf(400, 300));
    await town.ask(["picture", file, "--profile", "dara", ...PATIENT]);
    const avatar = sara.page.locator("header [data-who]").last();
    await avatar.and(sara.page.locator(":not(:empty)")).waitFor();
    const ground = (of: Element): string => getComputedStyle(of).backgroundImage;
    await expect.poll(() => avatar.evaluate(ground), { timeout: 60_000 }).toMatch(/^url\("blob:/u);
    const photograph = await sara.photograph();
    await sara.page.goto(`${station.url}/#s/profile`);
    const group = sara.page.getByRole("group", { name: "Your picture" });
    await group.waitFor(LONG);
    await group.locator("input").setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: photograph });
    await group.getByRole("button", { name: "Remove it" }).waitFor(LONG);
    await expect.poll(() => group.locator("[data-who]").evaluate(ground)).toMatch(/^url\("blob:/u);
    const got = town.path("sara.jpg");
    await town.ask(["read", "--json", "--profile", "dara", ...PATIENT]);
    const of = await town.ask(["picture", "--of", "Sara", "--save", got, "--profile", "dara"]);
    expect(of).toMatchObject({ event: "picture", mediaType: "image/jpeg" });
    expect(pictureIn(await readFile(got))).toEqual({ mediaType: "image/jpeg", width: 192, height: 192 });
    expect(sara.complaints).toEqual([]);
  });
});
