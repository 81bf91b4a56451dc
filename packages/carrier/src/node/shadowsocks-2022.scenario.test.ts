import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes, equalBytes, fromBase64, fromHex, toBase64, toHex, utf8 } from "@chapar/wire/bytes";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { pattern } from "../testing/peers.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { shadowsocksCarrier, startShadowsocksServer, systemClock, type ShadowsocksServer } from "./index.ts";
import { SaltPool, sessionSubkey, Shadowsocks2022Client, Shadowsocks2022Server } from "./shadowsocks-2022.ts";
import { KEY_BYTES, SHADOWSOCKS_2022_METHODS, StreamAead, type Shadowsocks2022Method } from "./shadowsocks-aead.ts";
import { shadowsocksRoute } from "./shadowsocks-route.ts";
import { shadowsocksAddress } from "./shadowsocks-socket.ts";

const NEVER = new AbortController().signal;
const NOW_MS = Date.UTC(2030, 0, 1);
const METHOD: Shadowsocks2022Method = "2022-blake3-aes-256-gcm";
const ADDRESS = shadowsocksAddress({ host: "s.test", port: 443 });

function routeOf(port: number, method: Shadowsocks2022Method, key: Uint8Array, station: string): string {
  const user = `${encodeURIComponent(method)}:${encodeURIComponent(toBase64(key))}`;
  return `ss://${user}@127.0.0.1:${port}/?${new URLSearchParams({ station }).toString()}`;
}

/** Both ends, at times of their own. */
function pair(method: Shadowsocks2022Method, seed: number, times = { client: NOW_MS, server: NOW_MS }) {
  const rng = new SeededRng(seed);
  const key = rng.bytes(KEY_BYTES[method]);
  const client = new Shadowsocks2022Client(method, key, rng.bytes(KEY_BYTES[method]), () => times.client);
  const pool = new SaltPool();
  const accept = (bytes: Uint8Array): ReturnType<typeof Shadowsocks2022Server.accept> =>
    Shadowsocks2022Server.accept(method, key, bytes, { pool, nowMs: () => times.server });
  return { key, client, pool, accept, times };
}

describe("shadowsocks 2022", () => {
  interface Case {
    readonly method: Shadowsocks2022Method;
    readonly key: string;
    readonly nowMs: number;
    readonly request: string;
    readonly host: string;
    readonly port: number;
    readonly payload: string;
    readonly answeredAtMs: number;
    readonly salt: string;
    readonly response: string;
  }
  const file = new URL("../../../../vectors/shadowsocks/sip022.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

  it.each(cases)("P-33 reads what another implementation wrote, in both directions: $method", (one) => {
    const key = fromBase64(one.key)!;
    const parts = { pool: new SaltPool(), nowMs: () => one.nowMs };
    const request = Shadowsocks2022Server.accept(one.method, key, fromHex(one.request)!, parts);
    if (request === undefined || request === "more") throw new Error("not taken");
    expect([request.host, request.port]).toEqual([one.host, one.port]);
    expect(toHex(concatBytes(...request.payload))).toBe(one.payload);
    const client = new Shadowsocks2022Client(one.method, key, fromHex(one.salt)!, () => one.answeredAtMs);
    const got: Uint8Array[] = [];
    for (const byte of fromHex(one.response)!) got.push(...client.open(Uint8Array.of(byte))!);
    expect(toHex(concatBytes(...got))).toBe(one.payload);
  });

  it("P-33 carries any bytes both ways, in whatever pieces, and nothing that was altered", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SHADOWSOCKS_2022_METHODS),
        fc.array(fc.nat(90_000), { maxLength: 3 }),
        fc.integer({ min: 100, max: 40_000 }),
        fc.nat(),
        (method, sizes, pieceBytes, seed) => {
          const messages = sizes.map(pattern);
          const { client, accept } = pair(method, seed);
          const request = accept(client.begin(ADDRESS, messages[0] ?? new Uint8Array(0)));
          if (request === undefined || request === "more") throw new Error("not taken");
          const there = [...request.payload];
          const later = concatBytes(...messages.slice(1).map((message) => client.seal(message)));
          for (let at = 0; at < later.byteLength; at += pieceBytes)
            there.push(...request.stream.open(later.slice(at, at + pieceBytes))!);
          const all = concatBytes(...messages);
          expect(equalBytes(concatBytes(...there), all)).toBe(true);
          const back = concatBytes(...messages.map((message) => request.stream.seal(message)));
          const got: Uint8Array[] = [];
          for (let at = 0; at < back.byteLength; at += pieceBytes)
            got.push(...client.open(back.slice(at, at + pieceBytes))!);
          expect(equalBytes(concatBytes(...got), all)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("P-33 takes nothing that was altered anywhere, in either direction", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SHADOWSOCKS_2022_METHODS), fc.nat(), fc.nat(), (method, seed, flip) => {
        const { client, accept, key, times } = pair(method, seed);
        const begin = client.begin(ADDRESS, utf8("letter"));
        const altered = begin.with(flip % begin.byteLength, (begin[flip % begin.byteLength] ?? 0) ^ 1);
        // Where the altered byte is of a length, what follows may be waited for; it is never taken.
        expect([undefined, "more"]).toContain(accept(altered));
        const request = accept(begin);
        if (request === undefined || request === "more") throw new Error("not taken");
        const answer = request.stream.seal(utf8("answer"));
        const at = flip % answer.byteLength;
        expect(client.open(answer.with(at, (answer[at] ?? 0) ^ 1))).toBeUndefined();
        // The answer to one request is not that to another of the same key.
        const other = new Shadowsocks2022Client(
          method,
          key,
          new SeededRng(seed + 1).bytes(KEY_BYTES[method]),
          () => times.client,
        );
        expect(other.open(answer)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("P-33 sends padding where there is no payload to send, and takes no header that has neither", () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const { client, accept } = pair(METHOD, seed);
      const begin = client.begin(ADDRESS, new Uint8Array(0));
      sizes.add(begin.byteLength);
      expect(accept(begin)).toMatchObject({ host: "s.test", port: 443, payload: [] });
    }
    expect(sizes.size).toBeGreaterThan(10);
    const { key, accept } = pair(METHOD, 1);
    /** A request whose header ends as it is told. */
    const crafted = (salt: Uint8Array, tail: readonly number[]): Uint8Array => {
      const aead = new StreamAead(METHOD, sessionSubkey(key, salt));
      const header = concatBytes(ADDRESS, Uint8Array.from(tail));
      const fixed = new Uint8Array(11);
      new DataView(fixed.buffer).setBigUint64(1, BigInt(NOW_MS / 1000));
      fixed[10] = header.byteLength;
      return concatBytes(salt, aead.seal(fixed), aead.seal(header));
    };
    const tails = [[0, 0], [0, 1], [0, 9, 1, 2], [0], []];
    expect(tails.map((tail, i) => accept(crafted(new Uint8Array(32).fill(i), tail)))).toEqual(
      tails.map(() => undefined),
    );
    for (const tail of [
      [0, 0, 7],
      [0, 1, 0],
    ])
      expect(accept(crafted(new Uint8Array(32).fill(tail.length + (tail[2] ?? 0)), tail))).toBeDefined();
  });

  it("P-34 takes a request once, and only within thirty seconds of its own clock", () => {
    for (const [client, server, isTaken] of [
      [NOW_MS, NOW_MS + 30_000, true],
      [NOW_MS, NOW_MS - 30_000, true],
      [NOW_MS, NOW_MS + 31_000, false],
      [NOW_MS, NOW_MS - 31_000, false],
    ] as const) {
      const { client: stream, accept } = pair(METHOD, 1, { client, server });
      expect(accept(stream.begin(ADDRESS, utf8("x"))) !== undefined).toBe(isTaken);
    }
    const { client, accept, pool, times } = pair(METHOD, 2);
    const begin = client.begin(ADDRESS, utf8("x"));
    expect(accept(begin)).toBeDefined();
    expect(accept(begin)).toBeUndefined();
    times.server = NOW_MS + 30_000;
    expect(accept(begin)).toBeUndefined();
    expect(pool.size).toBe(1);
    // Half a minute later its time is over, and it need not be remembered.
    times.server = NOW_MS + 61_000;
    expect(accept(begin)).toBeUndefined();
    expect(pool.add(Uint8Array.of(1), NOW_MS + 61_000)).toBe(true);
    expect(pool.size).toBe(1);
  });

  it("P-34 forgets no salt early, however many come", () => {
    const pool = new SaltPool(100);
    const salts = Array.from({ length: 150 }, (_, i) => Uint8Array.of(i, 7));
    expect(salts.filter((salt) => pool.add(salt, NOW_MS))).toHaveLength(100);
    expect(salts.filter((salt) => pool.add(salt, NOW_MS + 59_000))).toHaveLength(0);
    expect(pool.add(Uint8Array.of(1, 2, 3), NOW_MS + 61_000)).toBe(true);
  });

  it("P-35 reads any first bytes without throwing", () => {
    const { accept } = pair(METHOD, 3);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(accept(bytes)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("P-33 reads routes of the 2022 edition, with keys of the right length", () => {
    const key = new Uint8Array(32).fill(200);
    const route = routeOf(8388, METHOD, key, "tcp://127.0.0.1:80");
    expect(shadowsocksRoute(route)).toMatchObject({ method: METHOD, key });
    for (const bad of [
      routeOf(8388, METHOD, key.subarray(1), "tcp://127.0.0.1:80"),
      routeOf(8388, "2022-blake3-aes-128-gcm", key, "tcp://127.0.0.1:80"),
      route.replace("2022-blake3-aes-256-gcm", "2022-blake3-chacha8-poly1305"),
    ])
      expect(shadowsocksRoute(bad)).toBeUndefined();
  });
});

interface Bench {
  readonly server: ShadowsocksServer;
  readonly key: Uint8Array;
  readonly station: string;
  readonly outcomes: string[];
}

/** A server before an echo. */
async function bench(method: Shadowsocks2022Method = METHOD): Promise<Bench> {
  const echo: Server = createServer((socket) => socket.pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const target = { host: "127.0.0.1", port: (echo.address() as AddressInfo).port };
  const key = new Uint8Array(KEY_BYTES[method]).fill(3);
  const outcomes: string[] = [];
  const onRequest = (outcome: string): void => void outcomes.push(outcome);
  const server = await startShadowsocksServer({ method, key, port: 0, host: "127.0.0.1", target, onRequest });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await new Promise((resolve) => echo.close(resolve));
  });
  return { server, key, station: `tcp://127.0.0.1:${target.port}`, outcomes };
}

/** What a stranger sees after it sent bytes, one piece after the other: the bytes that came, and how the connection ended. */
async function probe(port: number, pieces: readonly Uint8Array[]): Promise<readonly [bytes: number, end: string]> {
  const socket: Socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let size = 0;
  let end = "open";
  socket.on("data", (bytes: Buffer) => (size += bytes.byteLength));
  socket.once("end", () => (end = "closed"));
  socket.once("error", () => (end = "reset"));
  for (const piece of pieces) {
    socket.write(piece);
    await systemClock().sleep(5, NEVER);
  }
  await systemClock().sleep(40, NEVER);
  const seen = [size, end] as const;
  socket.destroy();
  return seen;
}

describe("a Shadowsocks server of the 2022 edition", () => {
  it.each(SHADOWSOCKS_2022_METHODS)("P-36 carries 300 kB there and back with %s, to its station", async (method) => {
    const { server, key, station, outcomes } = await bench(method);
    const link = await shadowsocksCarrier().dial(routeOf(server.port, method, key, station), { signal: NEVER });
    const parts: Uint8Array[] = [];
    const done = new Promise<void>((resolve) => {
      link.receive((chunk) => {
        parts.push(chunk.slice());
        if (concatBytes(...parts).byteLength === 300_000) resolve();
      });
    });
    link.send(pattern(300_000));
    await done;
    expect(equalBytes(concatBytes(...parts), pattern(300_000))).toBe(true);
    expect([server.streams, outcomes]).toEqual([1, ["taken"]]);
    link.close();
    expect(await link.ended).toBe("closed");
  });

  it("P-35 P-36 says nothing, and does not close, whatever a stranger sends: noise, pieces, replays, old ones, other places", async () => {
    const { server, key, station, outcomes } = await bench();
    const rng = new SeededRng(4);
    const port = Number(new URL(station).port);
    const begin = (host: string, atMs: number): Uint8Array =>
      new Shadowsocks2022Client(METHOD, key, rng.bytes(32), () => atMs).begin(
        shadowsocksAddress({ host, port }),
        pattern(50),
      );
    const right = begin("127.0.0.1", Date.now());
    // It is right, and is answered.
    expect((await probe(server.port, [right]))[0]).toBeGreaterThan(50);
    const strangers: readonly (readonly Uint8Array[])[] = [
      [right],
      [begin("127.0.0.1", Date.now() - 120_000)],
      [begin("169.254.169.254", Date.now())],
      ...[1, 7, 8, 15, 32, 33, 49, 50, 51, 58, 59, 60, 221, 5_000].map((sizeBytes) => [rng.bytes(sizeBytes)]),
      // The right bytes, but not at once: whoever counts how many are read before something happens learns nothing.
      Array.from({ length: 80 }, (_, i) => begin("127.0.0.1", Date.now()).subarray(i, i + 1)),
      [right.with(40, (right[40] ?? 0) ^ 1)],
      [utf8("GET / HTTP/1.1\r\nhost: x\r\n\r\n")],
    ];
    const seen = await Promise.all(strangers.map((pieces) => probe(server.port, pieces)));
    expect(seen).toEqual(strangers.map(() => [0, "open"]));
    expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(1);
  });

  it("P-36 keeps so many that show nothing and no more, the oldest going first", async () => {
    const { server } = await bench();
    const sockets: Socket[] = [];
    const ended: number[] = [];
    // In groups: of more than a listener's queue takes at once the kernel loses some without telling either side.
    while (sockets.length < 1_030) {
      const from = sockets.length;
      const group = Array.from({ length: 103 }, (_, i) => {
        const socket = connect(server.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.once("close", () => ended.push(from + i));
        return socket;
      });
      await Promise.all(group.map((socket) => once(socket, "connect")));
      sockets.push(...group);
      await expect.poll(() => server.strangers, { timeout: 30_000 }).toBe(Math.min(sockets.length, 1_024));
    }
    await expect.poll(() => ended.length, { timeout: 30_000 }).toBe(6);
    expect(ended.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const socket of sockets) socket.destroy();
  });
});

describeCarrier("WebSocket through our own Shadowsocks server", async () => {
  const peers = await startPeerServer();
  const key = new Uint8Array(16).fill(9);
  const method = "2022-blake3-aes-128-gcm";
  const start = (url: string): Promise<ShadowsocksServer> => {
    const target = { host: "127.0.0.1", port: Number(new URL(url).port) };
    return startShadowsocksServer({ method, key, port: 0, host: "127.0.0.1", target });
  };
  const [server, silent] = await Promise.all([start(peers.url), start(peers.silentUrl)]);
  const refusing = Number(new URL(peers.refusingUrl).port);
  return {
    carrier: shadowsocksCarrier({ dialLimitMs: 2000, closeLimitMs: 4000 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => routeOf(server.port, method, key, `${peers.url}/${peer}`),
    refusingRoute: routeOf(refusing, method, key, peers.url),
    silentRoute: routeOf(silent.port, method, key, peers.silentUrl),
    foreignRoute: "https://station.example",
    run: (promise) => promise,
    async [Symbol.asyncDispose]() {
      await Promise.all([server, silent].map((each) => each[Symbol.asyncDispose]()));
      await peers[Symbol.asyncDispose]();
    },
  };
});
