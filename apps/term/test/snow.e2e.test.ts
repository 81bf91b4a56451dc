/*
 * People whose home is cut off reach it through strangers' browser tabs: real Chromium with the page that anybody opens at /help, real
 * processes, and a web app in another Chromium. The home's address as people know it is shut; a volunteer is asked for over another.
 */
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseInvite } from "@chapar/e2e";
import { stationInvite } from "../src/invites.ts";
import { WebPerson } from "./browser.ts";
import { Crossing, freePort } from "./crossing.ts";
import { Town, type Line } from "./process.ts";

/** Under a loaded machine a command may wait longer than its usual half minute. */
const PATIENT = ["--timeout", "120"];
const EXECUTABLE = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** It lets traffic out, to this machine's other places. */
const EXIT = ["--exit", "--exit-ports", "all", "--exit-reach", "loopback"];

let town: Town;
const browsers = new Set<Browser>();
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await Promise.all(Array.from(browsers, (each) => each.close()));
  browsers.clear();
  await town[Symbol.asyncDispose]();
});

/** A volunteer's tab: the page opened, and switched on. */
async function volunteer(url: string): Promise<Page> {
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
  browsers.add(browser);
  const page = await browser.newPage({ locale: "en-GB" });
  await page.goto(`${url}/help`);
  await page.getByRole("switch", { name: "Help others with this page" }).click();
  await page.getByText("Ready. Nobody needs this page right now.").waitFor();
  return page;
}

interface Scene extends AsyncDisposable {
  /** the home's own address as people know it, shut from the start */
  readonly direct: Crossing;
  /** where people ask for a volunteer; no route of theirs leads over it */
  readonly asking: Crossing;
  /** where the home really is, for those outside */
  readonly url: string;
  readonly invite: string;
}

async function scene(): Promise<Scene> {
  const port = await freePort();
  const [direct, asking] = await Promise.all([Crossing.open(port), Crossing.open(port)]);
  // Two browsers hide their own addresses from each other; each learns one at the home.
  const stun = String(await freePort());
  const up = ["up", "--data", town.path("home"), "--port", String(port), "--stun-port", stun, "--json", ...EXIT];
  const first = town.stay(up);
  const { station } = await first.line(({ event }) => event === "ready");
  await first.end("SIGTERM");
  const way = `snow+http://${asking.front}?station=${String(station)}&stun=127.0.0.1:${stun}`;
  const home = town.stay([...up, "--route", way]);
  const { url, invite } = await home.line(({ event }) => event === "ready");
  direct.set("shut");
  const parsed = parseInvite(String(invite), (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
  if (!parsed.ok) throw new Error(parsed.code);
  const { token } = parsed.value.invite;
  const key = parsed.value.invite.home.station.key;
  const known = { key, urls: [`http://${direct.front}`] };
  return {
    direct,
    asking,
    url: String(url),
    invite: stationInvite({ station: known, region: "IR", name: "Home", token, routes: [way] }),
    async [Symbol.asyncDispose]() {
      await Promise.all([direct[Symbol.asyncDispose](), asking[Symbol.asyncDispose]()]);
    },
  };
}

const isText = (text: string) => (line: Line) => line["event"] === "message" && line["text"] === text;
const texts = (lines: readonly Line[]): string[] =>
  lines.filter(({ event, mine }) => event === "message" && mine === false).map(({ text }) => String(text));

describe("a home that only strangers' tabs lead to", () => {
  it("P-110 P-115 P-117 a conversation begins through one tab, goes on through another, and nothing is lost", async () => {
    await using s = await scene();
    const first = await volunteer(s.url);
    // A terminal gets in from nothing, by an invite whose URL is shut.
    await town.ask(["join", s.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    const reading = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
    const { invite } = await town.ask(["invite", "--profile", "sara"]);
    // It asked for volunteers over this way, and that was all.
    expect(s.asking.passedBytes).toBeLessThan(30_000);
    // So does a web app; its page may talk to its own origin only, so it comes from where it asks.
    await using dara = await WebPerson.open();
    const page = new URL(s.invite);
    await dara.join(`http://${s.asking.front}/${page.hash}`, "Dara");
    await dara.openPerson(String(invite));
    await dara.write("one");
    await reading.line(isText("one"));
    await first.getByText("2 people come through this page").waitFor();
    expect(await first.getByText(/about \d+ people?/u).textContent()).toMatch(/about [2-9]/u);

    const second = await volunteer(s.url);
    // A letter is under way while the tab that carries both is closed.
    await dara.write("two");
    await first.close();
    await dara.write("three");
    await reading.line(isText("three"));
    await second.getByText("2 people come through this page").waitFor();
    const conversation = String(reading.lines.find(isText("one"))?.["conversation"]);
    await town.ask(["send", conversation, "four", "--profile", "sara", ...PATIENT]);
    await dara.count(4);
    expect(texts(reading.lines)).toEqual(["one", "two", "three"]);
    expect((await dara.messages()).map(({ text }) => text)).toEqual(["one", "two", "three", "four"]);
    expect(s.direct.passedBytes).toBe(0);

    // Switched off, it carries nobody at once; nothing of the people is kept in the browser.
    await second.getByRole("switch", { name: "Help others with this page" }).click();
    await second.getByText("Off", { exact: true }).waitFor();
    const kept = await second.evaluate(() => JSON.stringify(localStorage));
    expect(kept).not.toMatch(/127\.0\.0\.1|station|Sara|Dara/u);
  });

  it("P-110 the tunnel takes the same way out, for as long as the tab is open", async () => {
    await using s = await scene();
    const site = createServer((_request, response) => response.end("a far site"));
    await new Promise<void>((resolve) => site.listen(0, "0.0.0.0", resolve));
    const far = `http://127.0.0.2:${(site.address() as AddressInfo).port}/`;
    const tab = await volunteer(s.url);
    const ports = ["--socks-port", "0", "--http-port", "0", "--json", "--timeout", "60"];
    const tunnel = town.stay(["tunnel", "--via", s.invite, ...ports]);
    const { socks } = await tunnel.line(({ event }) => event === "ready");
    const curl = spawn("curl", ["-sS", "--max-time", "60", "--socks5-hostname", String(socks), far]);
    let page = "";
    curl.stdout.setEncoding("utf8").on("data", (piece: string) => (page += piece));
    await once(curl, "close");
    site.close();
    expect(page).toBe("a far site");
    expect(tunnel.lines.filter(({ event }) => event === "state").at(-1)).toMatchObject({ state: "open", kind: "snow" });
    await tab.getByText(/about \d+ (?:person|people)/u).waitFor();
    expect((await tunnel.end("SIGINT")).code).toBe(0);
  });
});
