import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import type { Link } from "../port.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { MAX_MESSAGE_BYTES, MAX_PIECE_BYTES } from "../web-socket-route.ts";
import { systemClock, systemRng, WEB_SOCKET_SERVER_OPTIONS, webSocketCarrier } from "./index.ts";

describeCarrier("ws in Node", async () => {
  const server = await startPeerServer();
  return {
    carrier: webSocketCarrier({ dialLimitMs: 2000, closeLimitMs: 1500 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => `${server.url}/${peer}`,
    refusingRoute: server.refusingUrl,
    silentRoute: server.silentUrl,
    foreignRoute: "onion:abc",
    run: (promise) => promise,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describe("ws link", () => {
  const never = new AbortController().signal;
  let http: Server;
  let route: string;
  let accepted: Promise<WebSocket>;
  let asked: Promise<string | undefined>;
  let wire: Duplex;

  beforeEach(async () => {
    http = createServer((_, response) => response.writeHead(403).end("no"));
    const upgrades = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
    const socket = Promise.withResolvers<WebSocket>();
    const path = Promise.withResolvers<string | undefined>();
    accepted = socket.promise;
    asked = path.promise;
    http.on("upgrade", (request, stream, head) => {
      path.resolve(request.url);
      wire = stream;
      upgrades.handleUpgrade(request, stream, head, socket.resolve);
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    route = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  const dial = (): Promise<Link> => webSocketCarrier().dial(`${route}/base/`, { signal: never });

  it("W-8 dials the link endpoint below a station's URL", async () => {
    const link = await dial();
    expect(await asked).toBe("/base/v1/link");
    link.close();
  });

  it("W-8 sends messages of at most 256 KiB", async () => {
    const link = await dial();
    const sizes: number[] = [];
    const socket = await accepted;
    const done = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        sizes.push(data.byteLength);
        if (sizes.length === 3) resolve();
      });
    });
    link.send(new Uint8Array(2 * MAX_PIECE_BYTES + 5));
    await done;
    expect(sizes).toEqual([MAX_PIECE_BYTES, MAX_PIECE_BYTES, 5]);
    link.close();
  });

  it("W-8 takes a message of 1 MiB, and ends the link at one byte more", async () => {
    const link = await dial();
    const got = new Promise<number>((resolve) => link.receive((chunk) => resolve(chunk.byteLength)));
    const socket = await accepted;
    socket.send(new Uint8Array(MAX_MESSAGE_BYTES));
    expect(await got).toBe(MAX_MESSAGE_BYTES);
    socket.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
    expect(await link.ended).not.toBe("closed");
  });

  it("W-8 ends the link at a text message, on both sides", async () => {
    const link = await dial();
    const socket = await accepted;
    const code = new Promise((resolve) => socket.once("close", resolve));
    socket.send("hello");
    expect(await link.ended).toBe("refused");
    expect(await code).toBe(1003);
  });

  it("hands out plain bytes, whose slice is a copy", async () => {
    const link = await dial();
    const got = new Promise<Uint8Array>((resolve) => link.receive(resolve));
    (await accepted).send(Uint8Array.of(1, 2, 3));
    const chunk = await got;
    expect(chunk.constructor).toBe(Uint8Array);
    expect(chunk.slice().buffer).not.toBe(chunk.buffer);
    link.close();
  });

  it("delivers what was read before a pause only after it", async () => {
    const link = await dial();
    const server = await accepted;
    const seen: number[] = [];
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    link.receive((chunk) => {
      seen.push(...chunk);
      if (seen.length === 2) second.resolve();
      else {
        link.pause();
        first.resolve();
      }
    });
    // One write, so that both are read at once.
    wire.cork();
    server.send(Uint8Array.of(1));
    server.send(Uint8Array.of(2));
    wire.uncork();
    await first.promise;
    await systemClock().sleep(30, never);
    expect(seen).toEqual([1]);
    link.resume();
    await second.promise;
    expect(seen).toEqual([1, 2]);
    link.close();
  });

  it("says which answer a web server gave that is no station", async () => {
    http.removeAllListeners("upgrade");
    await expect(dial()).rejects.toMatchObject({ code: "carrier/unreachable", reason: "http 403" });
  });
});

describe("system ports", () => {
  it("sleep at least as long as asked, and end early with the signal's reason", async () => {
    const clock = systemClock();
    const beforeMs = performance.now();
    await clock.sleep(20, new AbortController().signal);
    expect(performance.now() - beforeMs).toBeGreaterThan(18);
    const abort = new AbortController();
    const reason = new Error("enough");
    const sleeping = clock.sleep(2 ** 33, abort.signal);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1000);
  });

  it("give numbers in [0, 1)", () => {
    const rng = systemRng();
    const values = Array.from({ length: 500 }, () => rng.next());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(490);
  });
});
