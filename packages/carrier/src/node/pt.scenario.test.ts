import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { formatPtRoute, ptRoute } from "../pt/pt-route.ts";
import { pattern } from "../testing/peers.ts";
import { openPtDoor, ptCarrier, ptProgramPath, systemClock } from "./index.ts";
import { startPtServer } from "./pt-program.ts";

const NEVER = new AbortController().signal;
const scratch = mkdtempSync(join(tmpdir(), "chapar-pt-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let folders = 0;
const folder = (): string => join(scratch, String(++folders));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Debian's program is what counts; without it this says so instead of passing quietly.
const isInstalled = ptProgramPath("obfs4", "server") !== undefined;
if (!isInstalled) {
  describe("obfs4proxy", () => {
    it("NOT RUN: obfs4proxy is not installed", () => expect(isInstalled).toBe(false));
  });
} else {
  describeCarrier("WebSocket through obfs4proxy", async () => {
    const [peers, port, refusing] = await Promise.all([startPeerServer(), freePort(), freePort()]);
    const door = await openPtDoor({
      transport: "obfs4",
      public: { host: "127.0.0.1", port },
      listen: `127.0.0.1:${port}`,
      stateDir: folder(),
    });
    door.openTo(Number(new URL(peers.url).port));
    const carrier = ptCarrier({ stateDir: folder(), dialLimitMs: 3000, closeLimitMs: 4000 });
    const read = ptRoute(door.route);
    if (read === undefined) throw new Error("no route");
    const to = (toPort: number, path: string): string =>
      formatPtRoute({ ...read, target: { host: "127.0.0.1", port: toPort }, path }) ?? "";
    return {
      carrier,
      clock: systemClock(),
      canPause: true,
      route: (peer) => to(port, `/${peer}`),
      refusingRoute: to(refusing, ""),
      silentRoute: to(Number(new URL(peers.silentUrl).port), ""),
      foreignRoute: "https://station.example",
      run: (promise) => promise,
      async [Symbol.asyncDispose]() {
        await carrier[Symbol.asyncDispose]();
        await door[Symbol.asyncDispose]();
        await peers[Symbol.asyncDispose]();
      },
    };
  });

  describe("a door behind obfs4proxy", () => {
    it("P-133 is the same to those who were told of it after a restart, and ends with its program", async () => {
      const [port, stateDir] = [await freePort(), folder()];
      const options = { transport: "obfs4", public: { host: "station.example", port }, stateDir };
      const first = await openPtDoor({ ...options, listen: `127.0.0.1:${port}` });
      expect(ptRoute(first.route)).toMatchObject({ transport: "obfs4", target: { host: "station.example", port } });
      expect(first.route.length).toBeLessThan(200);
      await first[Symbol.asyncDispose]();
      await first.ended;
      const second = await openPtDoor({ ...options, listen: `127.0.0.1:${port}` });
      expect(second.route).toBe(first.route);
      await second[Symbol.asyncDispose]();
    });

    it("P-135 one source has sixty-four connections, and who knows no cookie has none", async () => {
      // It never answers: whoever is let in stays until the test is done.
      const inner = createServer((socket) => void socket.on("error", () => undefined));
      await new Promise<void>((resolve) => inner.listen(0, "127.0.0.1", resolve));
      const port = await freePort();
      const place = { host: "127.0.0.1", port };
      const door = await openPtDoor({
        transport: "obfs4",
        public: place,
        listen: `127.0.0.1:${port}`,
        stateDir: folder(),
      });
      door.openTo((inner.address() as AddressInfo).port);
      const carrier = ptCarrier({ stateDir: folder(), dialLimitMs: 120_000 });
      const done = new AbortController();
      let turnedAway = 0;
      const dialed = Array.from({ length: 70 }, () =>
        carrier.dial(door.route, { signal: done.signal }).catch(() => void (turnedAway += 1)),
      );
      await expect.poll(() => [door.connectionCount, turnedAway], { timeout: 60_000 }).toEqual([64, 6]);
      done.abort(new Error("done"));
      await Promise.all(dialed);
      await carrier[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
      inner.close();
    });
  });
}

const OURS = [process.execPath, join(import.meta.dirname, "../testing/pt-child-main.ts")] as const;

describe.each(["chapar_web", "chapar_burst"])("%s, a transport of ours", (transport) => {
  it("P-134 is started by a parent as server and client, and carries what it is given", async () => {
    const [peers, port] = await Promise.all([startPeerServer(), freePort()]);
    const place = { host: "127.0.0.1", port };
    // Ours has a plain port only: what it hands on goes to the peers themselves.
    const server = await startPtServer({
      transport,
      command: OURS,
      stateDir: folder(),
      listen: `127.0.0.1:${port}`,
      plainPort: new URL(peers.url).host,
    });
    expect(server.method.args).toMatchObject([["path", expect.stringMatching(/^\/[\w-]{24}$/) as string]]);
    const { args } = server.method;
    const route = formatPtRoute({ transport, args, target: place, path: "/echo" }) ?? "";
    const carrier = ptCarrier({ stateDir: folder(), commands: { [transport]: OURS } });
    const link = await carrier.dial(route, { signal: NEVER });
    let got = 0;
    const whole = new Promise<void>((resolve) => {
      link.receive((chunk) => (got += chunk.byteLength) >= 40_000 && resolve());
    });
    link.send(pattern(40_000));
    await whole;
    link.close();
    expect(await link.ended).toBe("closed");
    const wrong = formatPtRoute({ transport, args: [["path", "/other"]], target: place, path: "/echo" }) ?? "";
    const short = ptCarrier({ stateDir: folder(), dialLimitMs: 3000, commands: { [transport]: OURS } });
    await expect(short.dial(wrong, { signal: NEVER })).rejects.toMatchObject({
      code: expect.stringMatching(/timed-out|unreachable/) as string,
    });
    for (const each of [carrier, short, server, peers]) await each[Symbol.asyncDispose]();
  });
});

/** A program that says what it is told to, and lives until its input closes. */
const saying = (text: string): readonly string[] => [
  process.execPath,
  "-e",
  `process.stdout.write(${JSON.stringify(text)}); process.stdin.resume().on("end", () => process.exit());`,
];

describe("programs that are none", () => {
  it("P-131 are refused by name, and nothing of them stays", async () => {
    for (const [command, reason] of [
      [["/nonexistent/program"], "ended"],
      [[process.execPath, "-e", ""], "ended"],
      [saying("VERSION-ERROR no-version\n"), "no common version"],
      [saying("VERSION 1\nCMETHODS DONE\n"), "no such transport"],
      [saying("VERSION 1\nCMETHOD x socks5 192.0.2.1:9\n"), "not on this machine"],
      [saying(`VERSION 1\n${"x".repeat(100_000)}`), "line too long"],
    ] as const) {
      const carrier = ptCarrier({ stateDir: folder(), commands: { x: command } });
      await expect(carrier.dial("pt+x://a.example:1/", { signal: NEVER })).rejects.toMatchObject({
        code: "carrier/no-transport",
        reason,
      });
      await carrier[Symbol.asyncDispose]();
    }
    const carrier = ptCarrier({ stateDir: folder() });
    await expect(carrier.dial("pt+unknown://a.example:1/", { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/no-transport",
      reason: "not installed",
    });
    // Names of an object's own furniture are no transports.
    await expect(carrier.dial("pt+constructor://a.example:1/", { signal: NEVER })).rejects.toMatchObject({
      reason: "not installed",
    });
  });

  it("P-131 that are silent are given up when the route's time is over", async () => {
    const carrier = ptCarrier({ stateDir: folder(), dialLimitMs: 500, commands: { x: saying("VERSION 1\n") } });
    await expect(carrier.dial("pt+x://a.example:1/", { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/timed-out",
    });
  });

  it("P-132 whose SOCKS is malformed fail the route, whatever they answer", async () => {
    for (const answer of ["HTTP/1.1 200 OK\r\n\r\n", "\u0005\u0002", "\u0005\u0000\u0005\u0001\u0000", ""]) {
      const socks = createServer((socket) => {
        socket
          .on("error", () => undefined)
          .once("data", () => (answer === "" ? socket.destroy() : socket.write(answer)));
      });
      await new Promise<void>((resolve) => socks.listen(0, "127.0.0.1", resolve));
      const { port } = socks.address() as AddressInfo;
      const said = saying(`VERSION 1\nCMETHOD x socks5 127.0.0.1:${port}\nCMETHODS DONE\n`);
      const carrier = ptCarrier({ stateDir: folder(), dialLimitMs: 2000, commands: { x: said } });
      await expect(carrier.dial("pt+x://a.example:1/", { signal: NEVER })).rejects.toMatchObject({
        code: "carrier/unreachable",
      });
      await carrier[Symbol.asyncDispose]();
      socks.close();
    }
  });
});
