/*
 * A station that is reached through obfs4 too, as an operator starts it and a person meets it: the route stands in the invite and in
 * what the station tells, and carries.
 */
import { createServer, type AddressInfo } from "node:net";
import { ptProgramPath } from "@chapar/carrier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Town, type Line } from "./process.ts";

const isInstalled = ptProgramPath("obfs4", "server") !== undefined;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("up --pt", () => {
  if (!isInstalled) {
    it("NOT RUN: obfs4proxy is not installed", () => expect(isInstalled).toBe(false));
    return;
  }
  let town: Town;
  beforeAll(async () => {
    town = await Town.open();
  });
  afterAll(() => town[Symbol.asyncDispose]());

  it("P-133 offers a route that people are told of, and that carries a session", async () => {
    const place = `obfs4=127.0.0.1:${await freePort()}`;
    const { invite } = await town.station("disguised", ["--pt", place, "--exit", "--exit-reach", "loopback"]);
    const profile = town.path("dara");
    await town.ask(["join", invite, "--name", "Dara", "--profile", profile, "--timeout", "120"]);
    const { lines } = await town.run(["route", "list", "--profile", profile, "--json"]);
    const told = lines.find(({ kind }) => kind === "pt");
    expect(told).toMatchObject({ event: "route" });
    const uri = String(told?.["uri"]);
    expect(uri).toMatch(/^pt\+obfs4:\/\/cert=[^@]+;iat-mode=0@127\.0\.0\.1:\d+\/$/);
    const ports = ["--socks-port", "0", "--http-port", "0", "--json", "--timeout", "60"];
    const tunnel = town.stay(["tunnel", "--via", uri, "--profile", profile, ...ports]);
    await tunnel.line(({ event }: Line) => event === "ready");
    expect(tunnel.lines.filter(({ event }) => event === "state").at(-1)).toMatchObject({ state: "open", kind: "pt" });
    expect((await tunnel.end("SIGINT")).code).toBe(0);
  });

  it("P-133 says which transport cannot be started, and what one is", async () => {
    const none = await town.run([
      "up",
      "--data",
      town.path("none"),
      "--port",
      "0",
      "--pt",
      "nosuch=127.0.0.1:9",
      "--json",
    ]);
    expect([none.code, none.lines.at(-1)]).toMatchObject([69, { event: "error", code: "term/no-transport" }]);
    const wrong = await town.run(["up", "--data", town.path("none"), "--pt", "obfs4", "--json"]);
    expect([wrong.code, wrong.lines.at(-1)]).toMatchObject([64, { code: "term/usage" }]);
  });

  it("P-134 pt says by itself what it is for", async () => {
    const alone = await town.run(["pt"]);
    expect(alone.code).toBe(64);
  });
});
