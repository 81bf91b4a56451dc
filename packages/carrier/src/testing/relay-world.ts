/*
 * Stations with a sealed door and relays in front of them, on loopback: what tests of the road through volunteers are
 * played on.
 */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { sessionCrypto, systemClock, WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "../node/index.ts";
import {
  SEALED_BELOW_RELAY,
  startRelayServer,
  type RelayServer,
  type RelayServerOptions,
} from "../node/relay-server.ts";
import { doorIdentity, openDoorLink, type DoorIdentity } from "../node/sealed-door.ts";
import type { SealingIdentity } from "../node/sealing-identity.ts";
import type { Link } from "../port.ts";
import type { ListedPlace, RelayList } from "../relay/list.ts";
import { RelayMeter } from "../relay/meter.ts";
import { formatRelayRoute } from "../relay/relay-route.ts";

const PATH = "/way";
const CLOSE_LIMIT_MS = 1_500;

/** A station's sealed door. */
export interface SealedDoor extends AsyncDisposable {
  readonly identity: DoorIdentity;
  readonly place: ListedPlace;
  readonly url: string;
}

/** A relay that listens, and what it is. */
export interface TestRelay extends RelayServer {
  readonly identity: SealingIdentity;
  /** as another relay lists it */
  readonly place: ListedPlace;
  /** a route through it to a station, by way of a second relay when one is named */
  route(station: SealingIdentity, via?: SealingIdentity): string;
}

/** A fresh key. */
export function freshIdentity(): DoorIdentity {
  return doorIdentity(sessionCrypto().randomBytes(32));
}

/** Listens for sealed links; `drop` breaks the connection below without a word. */
export async function sealedDoor(
  accept: (link: Link, drop: () => void, path: string) => void,
  identity: DoorIdentity = freshIdentity(),
): Promise<SealedDoor> {
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  const http = createServer();
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  http.on("upgrade", (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted: WebSocket) => {
      const outer = webSocketLink(accepted, { closeLimitMs: CLOSE_LIMIT_MS });
      openDoorLink(outer, identity, { closeLimitMs: CLOSE_LIMIT_MS }).then(
        (link) => accept(link, () => accepted.terminate(), request.url ?? ""),
        () => undefined,
      );
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    identity,
    url,
    place: { kind: "station", key: identity.publicKey, urls: [url] },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** A list that holds for an hour. */
export function listOf(places: readonly ListedPlace[]): RelayList {
  const nowMs = systemClock().nowMs();
  return { issuer: new Uint8Array(32), number: 1, issuedAtMs: nowMs, expiresAtMs: nowMs + 3_600_000, places };
}

/** A meter without limits. */
export function openMeter(): RelayMeter {
  return new RelayMeter({}, systemClock(), { hourOf: () => 12, monthOf: () => "2030-01" });
}

/** Starts a relay with a list. */
export async function testRelay(
  places: readonly ListedPlace[],
  options: Partial<RelayServerOptions> = {},
): Promise<TestRelay> {
  const identity = freshIdentity();
  const list = listOf(places);
  const server = await startRelayServer({
    host: "127.0.0.1",
    port: 0,
    path: PATH,
    identity,
    list: () => list,
    meter: openMeter(),
    isOwnList: () => true,
    ...options,
  });
  const url = `ws://127.0.0.1:${server.port}${PATH}`;
  return {
    ...server,
    identity,
    place: { kind: "relay", key: identity.publicKey, urls: [url + SEALED_BELOW_RELAY] },
    route: (station, via) => formatRelayRoute({ inner: url, station: station.publicKey, via: via?.publicKey }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
