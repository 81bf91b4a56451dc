/*
 * The tunnel as a person uses it: a station with an exit, `chapar tunnel`, then real curl and a real Chromium, directly and
 * through a relay. All on loopback, which this exit was told to reach.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Town, type Line } from "./process.ts";

const EXECUTABLE = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";
const PAGE = "<!doctype html><title>A far site</title><p>سلام";
const EXIT = ["--exit", "--exit-ports", "all", "--exit-reach", "loopback"];

function curl(...args: readonly string[]): Promise<string> {
  const child = spawn("curl", ["-sS", "--max-time", "30", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (out += piece));
  return new Promise((resolve) => child.once("close", () => resolve(out)));
}

describe("chapar tunnel", () => {
  let town: Town;
  let invite = "";
  let site = "";
  const http = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(PAGE);
  });

  beforeAll(async () => {
    town = await Town.open();
    await new Promise<void>((resolve) => http.listen(0, "0.0.0.0", resolve));
    // This machine to the exit, and to the PAC file a place like any other.
    site = `http://127.0.0.2:${(http.address() as AddressInfo).port}/`;
    ({ invite } = await town.station("station", EXIT));
    await town.ask(["join", invite, "--name", "Dara", "--profile", town.path("dara"), "--timeout", "120"]);
  });
  afterAll(async () => {
    await town[Symbol.asyncDispose]();
    http.close();
  });

  const ports = ["--socks-port", "0", "--http-port", "0", "--json", "--timeout", "60"];
  const ready = ({ event }: Line): boolean => event === "ready";

  it("carries curl by SOCKS5 and by CONNECT with a pass of the profile's account", async () => {
    const tunnel = town.stay(["tunnel", "--profile", town.path("dara"), ...ports]);
    const { socks, http: proxy, pac, station } = await tunnel.line(ready);
    expect(station).toBe("station");
    expect(await curl("--socks5-hostname", String(socks), site)).toBe(PAGE);
    expect(await curl("--proxytunnel", "--proxy", `http://${String(proxy)}`, site)).toBe(PAGE);
    expect(await curl(String(pac))).toContain("FindProxyForURL");
    expect(tunnel.lines.filter(({ event }) => event === "state").at(-1)).toMatchObject({ state: "open", kind: "web" });
    expect(await curl("--socks5-hostname", String(socks), "http://127.0.0.1:1/")).toBe("");
    expect(await tunnel.line(({ event }) => event === "refused")).toMatchObject({ reason: "refused" });
    expect((await tunnel.end("SIGINT")).code).toBe(0);
  });

  it("carries Chromium by the PAC file, with nothing but an invite, through a relay's route too", async () => {
    const relay = town.stay([
      "relay",
      invite,
      "--data",
      town.path("relay"),
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      "--json",
    ]);
    const { routes } = await relay.line(ready);
    const [route = ""] = routes as readonly string[];
    for (const way of [
      ["--via", invite],
      ["--via", route, "--profile", town.path("dara")],
    ]) {
      const tunnel = town.stay(["tunnel", ...way, ...ports]);
      const { pac } = await tunnel.line(ready);
      const browser = await chromium.launch({
        executablePath: EXECUTABLE,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          `--proxy-pac-url=${String(pac)}`,
          "--proxy-bypass-list=<-loopback>",
        ],
      });
      try {
        const page = await browser.newPage();
        await page.goto(site);
        expect(await page.title()).toBe("A far site");
      } finally {
        await browser.close();
      }
      expect((await tunnel.end("SIGTERM")).code).toBe(0);
    }
    expect((await relay.end("SIGINT")).code).toBe(0);
  });

  it("says that a station has no exit, and that an invite is none", async () => {
    const plain = await town.station("plain");
    const refused = await town.run(["tunnel", "--via", plain.invite, ...ports]);
    expect([refused.code, refused.lines.at(-1)]).toMatchObject([77, { event: "error", code: "term/no-exit" }]);
    expect((await town.run(["tunnel", "--via", `${invite}x`, ...ports])).code).toBe(65);
    expect((await town.run(["tunnel", "--profile", town.path("nobody"), ...ports])).code).toBe(78);
  });
});
