/* A tunnel from real programs to a site through a session, all on loopback: the exit is told that loopback is in reach. */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import {
  AllowanceBook,
  dialSession,
  portPolicy,
  prepareLink,
  SessionAcceptor,
  type PreparedLink,
  type Session,
} from "../src/index.ts";
import {
  sessionCrypto,
  startTunnelServer,
  systemClock,
  systemRng,
  TunnelExit,
  type ExitOptions,
  type TunnelServer,
} from "../src/node/index.ts";
import { linkPair, type LinkPair } from "../src/testing/link-pair.ts";
import { pattern } from "../src/testing/peers.ts";
import { decodeSocksDatagram, encodeSocksDatagram } from "../src/tunnel/socks-datagram.ts";

const clock = systemClock();
const rng = systemRng();
const crypto = sessionCrypto();
const NEVER = new AbortController().signal;
const PASS = Uint8Array.of(1, 2, 3);

interface Road {
  readonly tunnel: TunnelServer;
  readonly exit: TunnelExit;
  readonly pairs: LinkPair[];
  readonly refusals: string[];
  readonly outcomes: string[];
  readonly session: Session;
}

async function road(options: Partial<ExitOptions> = {}): Promise<Road> {
  const outcomes: string[] = [];
  const exit = new TunnelExit({
    allowsPort: portPolicy("all") ?? (() => false),
    allowance: new AllowanceBook(1e9, () => "now"),
    userOf: (pass) => (equalBytes(pass, PASS) ? pass : undefined),
    reach: "loopback",
    count: (outcome) => outcomes.push(outcome),
    ...options,
  });
  const signer = await crypto.newSigner();
  const acceptor = new SessionAcceptor({
    clock,
    rng,
    crypto,
    signer,
    accept: (session) => session.onStream((stream) => exit.take(stream)),
  });
  const pairs: LinkPair[] = [];
  const findLink = async (): Promise<{ route: string; value: PreparedLink }> => {
    const pair = linkPair({}, clock);
    pairs.push(pair);
    acceptor.accept(pair.acceptor);
    return { route: "memory:one", value: await prepareLink(pair.dialer, {}) };
  };
  const session = await dialSession({ clock, rng, crypto, findLink }, { signal: NEVER });
  const refusals: string[] = [];
  const tunnel = await startTunnelServer({
    session: () => session,
    pass: PASS,
    socksPort: 0,
    httpPort: 0,
    onRefused: (reason) => refusals.push(reason),
  });
  onTestFinished(async () => {
    await tunnel[Symbol.asyncDispose]();
    await acceptor[Symbol.asyncDispose]();
  });
  return { tunnel, exit, pairs, refusals, outcomes, session };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const BODY = pattern(3_000_000);

function site(): Promise<number> {
  return listening(createHttpServer((_request, response) => response.end(BODY)));
}

function curl(...args: readonly string[]): Promise<{ readonly code: number; readonly body: Buffer }> {
  const child = spawn("curl", ["-sS", "--max-time", "20", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code: code ?? -1, body: Buffer.concat(parts) }));
  });
}

function allOf(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve) => socket.once("close", () => resolve(Buffer.concat(parts))));
}

describe("a tunnel", () => {
  it("P-80 carries real curl over SOCKS5 with names resolved at the exit, and over CONNECT", async () => {
    const asked: string[] = [];
    const resolve = async (name: string): Promise<{ address: string; family: number }[]> => {
      asked.push(name);
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const { tunnel, outcomes } = await road({ resolve });
    const port = await site();
    const url = `http://site.example:${port}/`;
    const bySocks = await curl("--socks5-hostname", `127.0.0.1:${tunnel.socksPort}`, url);
    expect([bySocks.code, equalBytes(new Uint8Array(bySocks.body), BODY)]).toEqual([0, true]);
    const byConnect = await curl("--proxytunnel", "--proxy", `http://127.0.0.1:${tunnel.httpPort}`, url);
    expect([byConnect.code, equalBytes(new Uint8Array(byConnect.body), BODY)]).toEqual([0, true]);
    expect(asked).toEqual(["site.example", "site.example"]);
    expect(outcomes).toEqual(["opened", "opened"]);
    expect((await curl(`http://127.0.0.1:${tunnel.httpPort}/proxy.pac`)).body.toString()).toContain("FindProxyForURL");
  });

  it("P-82 reaches nothing inside, by address or by name, and dials the address it checked", async () => {
    const port = await site();
    let lookups = 0;
    const rebinding = async (): Promise<{ address: string; family: number }[]> => {
      lookups++;
      return lookups === 1
        ? [
            { address: "203.0.113.7", family: 4 },
            { address: "127.0.0.1", family: 4 },
          ]
        : [];
    };
    const { tunnel, refusals } = await road({ reach: "public", resolve: rebinding });
    const through = `127.0.0.1:${tunnel.socksPort}`;
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "rebind.example"]) {
      expect((await curl("--socks5-hostname", through, `http://${host}:${port}/`)).code, host).toBe(97);
    }
    expect(refusals).toEqual(Array.from({ length: 6 }, () => "address not allowed"));
    expect(lookups).toBe(1);
  });

  it("P-83 refuses ports, wrong passes and used-up allowances, each by name, and ends what goes on", async () => {
    const port = await site();
    const narrow = await road({ allowsPort: (asked) => asked === 443 });
    await curl("--socks5-hostname", `127.0.0.1:${narrow.tunnel.socksPort}`, `http://127.0.0.1:${port}/`);
    expect(narrow.refusals).toEqual(["port not allowed"]);
    const strange = await road({ userOf: () => undefined });
    await curl("--socks5-hostname", `127.0.0.1:${strange.tunnel.socksPort}`, `http://127.0.0.1:${port}/`);
    expect(strange.refusals).toEqual(["bad pass"]);
    const poor = await road({ allowance: new AllowanceBook(1_000_000, () => "now") });
    const first = await curl("--socks5-hostname", `127.0.0.1:${poor.tunnel.socksPort}`, `http://127.0.0.1:${port}/`);
    expect(first.code).not.toBe(0);
    expect(first.body.byteLength).toBeLessThanOrEqual(1_000_000);
    await curl("--socks5-hostname", `127.0.0.1:${poor.tunnel.socksPort}`, `http://127.0.0.1:${port}/`);
    expect(poor.refusals).toEqual(["allowance used up"]);
    expect(poor.exit.streamCount).toBe(0);
  });

  it("P-83 turns away what is beyond its streams", async () => {
    const { tunnel, refusals } = await road({ userOf: () => PASS, maxStreams: 0 });
    const answer = await curl("--proxytunnel", "--proxy", `http://127.0.0.1:${tunnel.httpPort}`, "http://a.example/");
    expect(answer.code).toBe(56);
    expect(refusals).toEqual(["busy"]);
  });

  it("P-81 carries datagrams, and gives answers only to who asked", async () => {
    const echo = createSocket("udp4");
    echo.on("message", (bytes, from) => echo.send(concatBytes(bytes, utf8("!")), from.port, from.address));
    await new Promise<void>((resolve) => echo.bind(0, "127.0.0.1", resolve));
    onTestFinished(() => void echo.close());
    const { tunnel } = await road();
    const control = connect(tunnel.socksPort, "127.0.0.1");
    onTestFinished(() => void control.destroy());
    const reply = new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = [];
      control.on("data", (part: Buffer) => {
        parts.push(part);
        if (Buffer.concat(parts).byteLength === 12) resolve(Buffer.concat(parts));
      });
    });
    control.write(Uint8Array.of(5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0));
    const nearPort = (await reply).readUInt16BE(10);
    const client = createSocket("udp4");
    const stranger = createSocket("udp4");
    onTestFinished(() => void (client.close(), stranger.close()));
    const answered = new Promise<Buffer>((resolve) => client.once("message", resolve));
    const target = { host: "127.0.0.1", port: echo.address().port };
    client.send(encodeSocksDatagram({ target, payload: utf8("hello") }), nearPort, "127.0.0.1");
    expect(decodeSocksDatagram(new Uint8Array(await answered))).toEqual({ target, payload: utf8("hello!") });
  });

  it("P-81 half-closes pass, so that who sends a request and an end gets the answer", async () => {
    const port = await listening(
      createServer({ allowHalfOpen: true }, (socket) => {
        const parts: Buffer[] = [];
        socket.on("data", (part: Buffer) => parts.push(part));
        socket.once("end", () => socket.end(`had ${Buffer.concat(parts).byteLength}`));
      }),
    );
    const { tunnel } = await road();
    const socket = connect({ port: tunnel.socksPort, host: "127.0.0.1", allowHalfOpen: true });
    const all = allOf(socket);
    socket.write(concatBytes(Uint8Array.of(5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255), pattern(5)));
    socket.end(pattern(700_000));
    expect((await all).subarray(12).toString()).toBe("had 700005");
  });

  it("P-81 open connections survive the loss of the link below", async () => {
    const port = await listening(createServer((socket) => socket.pipe(socket)));
    const { tunnel, pairs } = await road();
    const socket = connect(tunnel.socksPort, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    let countBytes = 0;
    const begun = Promise.withResolvers<void>();
    const whole = Promise.withResolvers<void>();
    socket.on("data", (part: Buffer) => {
      countBytes += part.byteLength;
      if (countBytes >= 100_000) begun.resolve();
      if (countBytes >= 12 + 600_000) whole.resolve();
    });
    socket.write(Uint8Array.of(5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255));
    socket.write(pattern(300_000));
    await begun.promise;
    pairs[0]?.cut();
    socket.write(pattern(300_000));
    await whole.promise;
    expect(pairs).toHaveLength(2);
    expect(countBytes).toBe(600_012);
  });

  it("P-81 connections that ask for nothing are few, and those beyond are ended", async () => {
    const { tunnel } = await road();
    const sockets = Array.from({ length: 300 }, () => connect(tunnel.socksPort, "127.0.0.1"));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (const socket of sockets) socket.on("error", () => undefined);
    const firstEnded = new Promise<void>((resolve) => sockets[0]?.once("close", () => resolve()));
    await Promise.all(sockets.slice(200).map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await firstEnded;
    while (tunnel.connectionCount > 128) await clock.sleep(5, NEVER);
    expect(tunnel.connectionCount).toBeLessThanOrEqual(128);
  });
});
