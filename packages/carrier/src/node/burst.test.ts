import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { BurstAcceptor } from "../burst/burst-acceptor.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { conformancePeers, type PeerName } from "../testing/peers.ts";
import { nodeBurstCarrier, serveBurst, systemClock } from "./index.ts";

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

describeCarrier("bursts in Node, without a budget", async () => {
  const clock = systemClock();
  const sockets = new Set<Socket>();
  const acceptors = new Map<string, BurstAcceptor>();
  for (const [peer, act] of Object.entries(conformancePeers(clock))) {
    const acceptor: BurstAcceptor = new BurstAcceptor({
      clock,
      holdMs: 2000,
      accept: (link) => act(link, () => acceptor.drop()),
    });
    acceptors.set(`/${peer}`, acceptor);
  }
  const http = createServer((request, response) => {
    const path = /^\/[a-z-]+/.exec(request.url ?? "")?.[0] ?? "";
    const acceptor = acceptors.get(path);
    const served = acceptor === undefined ? Promise.resolve(false) : serveBurst(acceptor, request, response, path);
    void served.then((was) => (was ? undefined : response.writeHead(404).end()));
  });
  const [silent, unused] = [createTcpServer(), createTcpServer()];
  for (const server of [http, silent]) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    });
  }
  const [host, silentHost, unusedHost] = await Promise.all([http, silent, unused].map(listen));
  unused.close();
  return {
    carrier: nodeBurstCarrier({ budget: { packets: 100_000, gapMs: 0 }, dialLimitMs: 2000, closeLimitMs: 1500 }),
    clock,
    canPause: true,
    route: (peer: PeerName) => `burst+http://${host}/${peer}`,
    refusingRoute: `burst+http://${unusedHost}`,
    silentRoute: `burst+http://${silentHost}`,
    foreignRoute: "https://station.example",
    run: (promise) => promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, silent].map((server) => new Promise((resolve) => server.close(resolve))));
    },
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
