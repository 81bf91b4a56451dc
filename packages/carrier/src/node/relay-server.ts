/*
 * A relay as a process runs it: one port, one path that nobody guesses. At the path links ask (protocol/8-road.md §10), at
 * `/sealed` below it links that a first relay passed on and that are sealed to this one's key. Everything else gets the same
 * bare 404, so that a prober learns of a web server and no more.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { mayDial, routeClass } from "../address-class.ts";
import { CarrierError } from "../errors.ts";
import type { RelayList } from "../relay/list.ts";
import type { RelayMeter } from "../relay/meter.ts";
import { Relay, type RelayBounds, type RelayOptions } from "../relay/relay.ts";
import { SEALED_PATH } from "../web-socket-route.ts";
import { guardedLookup, type Resolve } from "./guarded-lookup.ts";
import { openSealedLink } from "./sealed-link.ts";
import type { SealingIdentity } from "./sealing-identity.ts";
import { systemClock } from "./system.ts";
import { webSocketCarrier } from "./web-socket-carrier.ts";
import { WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "./web-socket-link.ts";

/** Below a relay's own path, for links that are sealed to its key. */
export const SEALED_BELOW_RELAY = "/sealed";
const HEADERS_LIMIT_MS = 10_000;
const REST_EVERY_MS = 15_000;
const CLOSE_LIMIT_MS = 2_000;
/** Connections that have not become links yet, beyond which new ones are turned away. */
const MAX_CONNECTIONS = 12_000;

/** How a relay listens and what it may do. */
export interface RelayServerOptions {
  readonly host: string;
  /** 0 for any free one */
  readonly port: number;
  /** where links ask, beginning with a slash */
  readonly path: string;
  /** the relay's own key; its links may be sealed to it */
  readonly identity: SealingIdentity;
  /** the list as it is now */
  readonly list: () => RelayList | undefined;
  readonly meter: RelayMeter;
  /** whether the list is the operator's own, which may lead to any address (P-63) */
  readonly isOwnList?: () => boolean;
  readonly bounds?: Partial<RelayBounds>;
  /** the system's resolver */
  readonly resolve?: Resolve;
  /** how a listed place is reached; over WebSockets, its URLs one after the other */
  readonly dial?: RelayOptions["dial"];
}

/** A relay that listens. */
export interface RelayServer extends AsyncDisposable {
  readonly port: number;
  readonly relay: Relay;
}

/** Tries a place's URLs one after the other. */
function dialer(options: RelayServerOptions): RelayOptions["dial"] {
  const limits = { linkPath: SEALED_PATH, closeLimitMs: CLOSE_LIMIT_MS };
  const free = webSocketCarrier(limits);
  const guarded = webSocketCarrier({ ...limits, lookup: guardedLookup("public", options.resolve) });
  return async ({ urls }, signal) => {
    const isOwn = options.isOwnList?.() ?? false;
    let failure: unknown = new CarrierError("carrier/unreachable");
    for (const url of urls) {
      const target = routeClass(url);
      if (!isOwn && (target === undefined || !mayDial("public", target))) continue;
      try {
        return await (isOwn ? free : guarded).dial(url, { signal });
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  };
}

/** An address, or the network of an IPv6 one: whoever has one has the whole of it. */
function sourceOf(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? "";
  return address.includes(":") && !address.startsWith("::ffff:") ? address.split(":").slice(0, 4).join(":") : address;
}

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}

function takeLinks(server: Server, relay: Relay, { path, identity }: RelayServerOptions): void {
  const sockets = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const asked = request.url ?? "";
    if (asked !== path && asked !== path + SEALED_BELOW_RELAY) return refuse(socket);
    const source = sourceOf(request);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const link = webSocketLink(webSocket, { closeLimitMs: CLOSE_LIMIT_MS });
      if (asked === path) return relay.accept(link, source);
      // Whoever fails at the seal has closed the link already.
      openSealedLink(link, identity).then(
        (inner) => relay.accept(inner, source),
        () => undefined,
      );
    });
  });
}

/**
 * Starts a relay.
 *
 * @throws Error `EADDRINUSE` and the like from the socket
 */
export async function startRelayServer(options: RelayServerOptions): Promise<RelayServer> {
  const { list, meter, bounds = {} } = options;
  const relay = new Relay({ clock: systemClock(), list, meter, dial: options.dial ?? dialer(options), bounds });
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.headersTimeout = HEADERS_LIMIT_MS;
  server.requestTimeout = HEADERS_LIMIT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  takeLinks(server, relay, options);
  server.listen(options.port, options.host);
  await once(server, "listening");
  const resting = setInterval(() => relay.rest(), REST_EVERY_MS);
  return {
    port: (server.address() as AddressInfo).port,
    relay,
    async [Symbol.asyncDispose]() {
      clearInterval(resting);
      const closed = once(server, "close");
      server.close();
      await relay[Symbol.asyncDispose]();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}
