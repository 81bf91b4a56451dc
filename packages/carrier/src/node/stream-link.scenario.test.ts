import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { CarrierError } from "../errors.ts";
import type { Carrier, Link } from "../port.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { conformancePeers } from "../testing/peers.ts";
import { streamLink, systemClock } from "./index.ts";

const LIMITS = { closeLimitMs: 1500 };

/** Bare TCP, where opening is all there is: a port nobody listens at refuses, one that drops packets is silent. */
const tcpCarrier: Carrier = {
  kind: "tcp",
  handles: (route) => route.startsWith("tcp:"),
  dial: (route, { signal }) =>
    new Promise<Link>((resolve, reject) => {
      signal.throwIfAborted();
      if (!route.startsWith("tcp:")) throw new CarrierError("carrier/bad-route");
      const port = Number(route.slice("tcp:".length));
      const timer = setTimeout(() => reject(new CarrierError("carrier/timed-out")), 1000);
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (port === 0) return;
      const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve(streamLink(socket, LIMITS));
      });
      socket.once("error", () => {
        clearTimeout(timer);
        reject(new CarrierError("carrier/unreachable"));
      });
    }),
};

describeCarrier("bare TCP in Node", async () => {
  const clock = systemClock();
  const servers: Server[] = [];
  const ports = new Map<string, number>();
  const sockets = new Set<Socket>();
  const listen = (server: Server): Promise<number> => {
    servers.push(server);
    return new Promise((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
    );
  };
  for (const [peer, act] of Object.entries(conformancePeers(clock))) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      act(streamLink(socket, LIMITS), () => socket.resetAndDestroy());
    });
    ports.set(peer, await listen(server));
  }
  const unused = createServer();
  const unusedPort = await listen(unused);
  unused.close();
  return {
    carrier: tcpCarrier,
    clock,
    canPause: true,
    route: (peer) => `tcp:${ports.get(peer) ?? 1}`,
    refusingRoute: `tcp:${unusedPort}`,
    silentRoute: "tcp:0",
    foreignRoute: "https://station.example",
    run: (promise) => promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
});
