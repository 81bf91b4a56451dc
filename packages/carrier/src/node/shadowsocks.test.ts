import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatBytes, equalBytes, toBase64Url, toHex, utf8 } from "@chapar/wire/bytes";
import type { Link } from "../port.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { pattern } from "../testing/peers.ts";
import { shadowsocksCarrier, streamLink, systemClock } from "./index.ts";
import { SHADOWSOCKS_METHODS, type ShadowsocksMethod } from "./shadowsocks-aead.ts";
import { ShadowsocksOpener, ShadowsocksSealer, shadowsocksKey } from "./shadowsocks-cipher.ts";
import { shadowsocksRoute } from "./shadowsocks-route.ts";
import { shadowsocksAddress } from "./shadowsocks-socket.ts";

const NEVER = new AbortController().signal;
const NOTHING = new Uint8Array(0);
const isInstalled = spawnSync("ss-server", ["-h"]).error === undefined;

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Debian's own server. */
async function startServer(
  method: string,
  password: string,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn("ss-server", ["-s", "127.0.0.1", "-p", String(port), "-k", password, "-m", method], {
    stdio: "ignore",
  });
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) break;
    await systemClock().sleep(25, NEVER);
  }
  return {
    port,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function routeOf(port: number, method: string, password: string, station: string, prefix = ""): string {
  const query = new URLSearchParams(prefix === "" ? { station } : { station, prefix });
  return `ss://${toBase64Url(utf8(`${method}:${password}`))}@127.0.0.1:${port}/?${query.toString()}`;
}

async function echoed(link: Link, bytes: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const done = new Promise<void>((resolve) => {
    link.receive((chunk) => {
      parts.push(chunk.slice());
      if ((size += chunk.byteLength) >= bytes.byteLength) resolve();
    });
  });
  link.send(bytes);
  await Promise.race([done, link.ended]);
  return concatBytes(...parts);
}

// What Debian has is what counts; without it this says so instead of passing quietly.
const describeInstalled = isInstalled ? describe : undefined;
if (!isInstalled) {
  describe("shadowsocks-libev", () => {
    it("NOT RUN: ss-server is not installed", () => expect(isInstalled).toBe(false));
  });
}

describeInstalled?.("shadowsocks-libev", () => {
  const password = "correct horse: battery é staple";
  let echo: ReturnType<typeof createServer>;
  let station: string;
  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      const link = streamLink(socket);
      link.receive((chunk) => link.send(chunk));
    });
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    station = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => echo.close(resolve));
  });

  it.each([
    ["chacha20-ietf-poly1305", ""],
    ["chacha20-ietf-poly1305", "GET / HTTP/1.1\r\n"],
    ["aes-256-gcm", "\u0016\u0003\u0001\u0000\u00a8\u0001\u0001"],
    ["aes-128-gcm", "POST "],
  ])("P-30 carries 300 kB there and back with %s and prefix %j", async (method, prefix) => {
    const server = await startServer(method, password);
    const route = routeOf(server.port, method, password, station, prefix);
    const link = await shadowsocksCarrier().dial(route, { signal: NEVER });
    expect(equalBytes(await echoed(link, pattern(300_000)), pattern(300_000))).toBe(true);
    link.close();
    expect(await link.ended).toBe("closed");
    await server.stop();
  });

  it("P-30 gets nothing from a server with another password, and ends", async () => {
    const server = await startServer("chacha20-ietf-poly1305", "other");
    const route = routeOf(server.port, "chacha20-ietf-poly1305", password, station);
    const link = await shadowsocksCarrier({ closeLimitMs: 500 }).dial(route, { signal: NEVER });
    const back = echoed(link, pattern(100));
    await systemClock().sleep(200, NEVER);
    link.close();
    expect(await link.ended).toMatch(/lost|closed/);
    expect((await back).byteLength).toBe(0);
    await server.stop();
  });
});

if (isInstalled) {
  describeCarrier("WebSocket through ss-server", async () => {
    const [method, password] = ["chacha20-ietf-poly1305", "suite"];
    const [peers, server, refusing] = await Promise.all([startPeerServer(), startServer(method, password), freePort()]);
    const via = (port: number, url: string): string => routeOf(port, method, password, url, "GET / HTTP/1.1\r\n");
    return {
      carrier: shadowsocksCarrier({ dialLimitMs: 2000, closeLimitMs: 1500 }),
      clock: systemClock(),
      canPause: true,
      route: (peer) => via(server.port, `${peers.url}/${peer}`),
      refusingRoute: via(refusing, peers.url),
      silentRoute: via(server.port, peers.silentUrl),
      foreignRoute: "https://station.example",
      run: (promise) => promise,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await peers[Symbol.asyncDispose]();
      },
    };
  });
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

/** A first packet of 400 bytes. */
function firstPacket(prefix: string): Uint8Array {
  const key = shadowsocksKey("chacha20-ietf-poly1305", "x");
  return new ShadowsocksSealer("chacha20-ietf-poly1305", key, Buffer.from(prefix, "latin1")).seal(pattern(400));
}

function addressHex(host: string): string {
  return toHex(shadowsocksAddress({ host, port: 443 }));
}

/** Algorithm 1 of Wu et al., USENIX Security 2023 (3-road.md R1): whether a first packet would be blocked. */
function looksLikeNothing(packet: Uint8Array): boolean {
  const bits = packet.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0) / packet.byteLength;
  const text = Buffer.from(packet).toString("latin1");
  const runs = text.match(/[\x20-\x7e]+/g) ?? [];
  if (bits <= 3.4 || bits >= 4.6 || packet.subarray(0, 6).every(isPrintable)) return false;
  if (packet.filter(isPrintable).byteLength > packet.byteLength / 2) return false;
  if (runs.some((run) => run.length > 20)) return false;
  // oxlint-disable-next-line no-control-regex -- a TLS record begins so
  return !/^(?:[\x16\x17]\x03[\x00-\x09]|GET |PUT |POST|HEAD)/.test(text);
}

function blockedOf1000(prefix: string): number {
  return Array.from({ length: 1000 }, () => firstPacket(prefix)).filter(looksLikeNothing).length;
}

describe("shadowsocks framing", () => {
  it("P-31 with a prefix no first packet looks like nothing, without one nearly all do", () => {
    expect(blockedOf1000("GET / HTTP/1.1\r\n")).toBe(0);
    expect(blockedOf1000("\u0016\u0003\u0001\u0001")).toBe(0);
    expect(blockedOf1000("")).toBeGreaterThan(900);
  });

  it("P-31 no two salts are the same, whatever they begin with", () => {
    const key = shadowsocksKey("aes-128-gcm", "x");
    const salts = Array.from({ length: 500 }, () =>
      toHex(new ShadowsocksSealer("aes-128-gcm", key, utf8("GET / HTTP/1.1\r\n")).seal(NOTHING)),
    );
    expect(new Set(salts).size).toBe(500);
  });

  it("P-30 opens what was sealed, in whatever pieces, and nothing that was altered", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SHADOWSOCKS_METHODS),
        fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.nat(),
        (method: ShadowsocksMethod, messages, pieceBytes, flip) => {
          const key = shadowsocksKey(method, "secret");
          const sealer = new ShadowsocksSealer(method, key, NOTHING);
          const sealed = concatBytes(...messages.map((message) => sealer.seal(message)));
          const opener = new ShadowsocksOpener(method, key);
          const opened: Uint8Array[] = [];
          for (let at = 0; at < sealed.byteLength; at += pieceBytes) {
            opened.push(...opener.open(sealed.slice(at, at + pieceBytes))!);
          }
          expect(equalBytes(concatBytes(...opened), concatBytes(...messages))).toBe(true);
          if (concatBytes(...messages).byteLength === 0) return;
          const at = flip % sealed.byteLength;
          sealed[at] = (sealed[at] ?? 0) ^ 1;
          const got = new ShadowsocksOpener(method, key).open(sealed);
          expect(got === undefined || concatBytes(...got).byteLength < concatBytes(...messages).byteLength).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("P-30 derives keys as every client does", () => {
    // Known answer of EVP_BytesToKey with MD5: the first half is MD5("foobar").
    expect(toHex(shadowsocksKey("aes-256-gcm", "foobar"))).toBe(
      "3858f62230ac3c915f300c664312c63f568378529614d22ddb49237d2f60bfdf",
    );
    expect(shadowsocksKey("aes-128-gcm", "foobar").byteLength).toBe(16);
  });

  it("writes addresses as SOCKS5 does", () => {
    expect(addressHex("1.2.3.4")).toBe("010102030401bb");
    expect(addressHex("::1")).toBe("040000000000000000000000000000000101bb");
    expect(addressHex("2001:db8::ff:1.2.3.4")).toBe("0420010db800000000000000ff0102030401bb");
    expect(addressHex("a.test")).toBe("0306612e7465737401bb");
  });

  it("reads servers as SIP002 writes them, and no others", () => {
    const user = toBase64Url(utf8("aes-256-gcm:pass:word"));
    const query = `station=${encodeURIComponent("https://s.test:8443")}&prefix=%16%03%01`;
    expect(shadowsocksRoute(`ss://${user}@h.test:8388/?${query}#name`)).toEqual({
      server: { host: "h.test", port: 8388 },
      method: "aes-256-gcm",
      key: shadowsocksKey("aes-256-gcm", "pass:word"),
      prefix: Uint8Array.of(0x16, 3, 1),
      target: { host: "s.test", port: 8443 },
      webSocketUrl: "wss://s.test:8443/v1/link",
    });
    const refused = [
      `ss://${user}@h.test:8388`,
      `ss://${user}@h.test/?${query}`,
      `ss://${user}@h.test:1/?${query}&plugin=obfs-local`,
      `ss://${user}@h.test:1/?station=ftp%3A%2F%2Fx`,
      `ss://${toBase64Url(utf8("rc4-md5:x"))}@h.test:1/?${query}`,
      `ss://${user}@h.test:1/?station=tcp%3A%2F%2Fs.test%3A1&prefix=${encodeURIComponent("چاپار")}`,
      "ss://%zz@h.test:1/?station=tcp%3A%2F%2Fs.test%3A1",
    ];
    for (const route of refused) expect(shadowsocksRoute(route)).toBeUndefined();
  });
});
