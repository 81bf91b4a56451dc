import { createServer } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { BurstAcceptor } from "../burst/burst-acceptor.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { nodeBurstCarrier, serveBurst, systemClock } from "./index.ts";

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** A peer server's URL as a route. */
function burst(url: string): string {
  return url.replace("ws://", "burst+http://");
}

describeCarrier("bursts in Node, without a budget", async () => {
  const server = await startPeerServer();
  return {
    carrier: nodeBurstCarrier({ budget: { packets: 100_000, gapMs: 0 }, dialLimitMs: 2000, closeLimitMs: 1500 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => `${burst(server.url)}/burst/${peer}`,
    refusingRoute: burst(server.refusingUrl),
    silentRoute: burst(server.silentUrl),
    foreignRoute: "https://station.example",
    run: (promise) => promise,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describe("bursts over real connections", () => {
  it("P-20 opens a connection for each exchange, of at most 12 KB each way", async () => {
    const clock = systemClock();
    const sizes: [up: number, down: number][] = [];
    const acceptor = new BurstAcceptor({ clock, accept: (link) => link.receive((chunk) => link.send(chunk)) });
    const http = createServer((request, response) => {
      void serveBurst(acceptor, request, response);
    });
    http.on("connection", (socket: Socket) => {
      socket.once("close", () => sizes.push([socket.bytesRead, socket.bytesWritten]));
    });
    const host = await listen(http);
    const carrier = nodeBurstCarrier({ budget: { packets: 18, gapMs: 5 } });
    const link = await carrier.dial(`burst+http://${host}`, { signal: new AbortController().signal });
    let received = 0;
    const done = new Promise<void>((resolve) => {
      link.receive((chunk) => {
        received += chunk.byteLength;
        if (received === 100_000) resolve();
      });
    });
    link.send(new Uint8Array(100_000));
    await done;
    link.close();
    await link.ended;
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    expect(sizes.length).toBeGreaterThan(16);
    for (const [up, down] of sizes) {
      expect(up).toBeLessThanOrEqual(12_288);
      expect(down).toBeLessThanOrEqual(12_288);
      // Three of TCP, then data, half as many acknowledgements.
      const packets = 3 + Math.ceil(1.5 * Math.ceil(up / 1400)) + Math.ceil(1.5 * Math.ceil(down / 1400));
      expect(packets).toBeLessThanOrEqual(18);
    }
  });
});
