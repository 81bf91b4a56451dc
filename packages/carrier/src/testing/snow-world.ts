/*
 * A station at which volunteers are asked for, and volunteers, on loopback: what tests of the road through tabs are played on. The volunteers
 * here are of this process; tests with a real tab are apps/term's.
 */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import {
  newRtcPeer,
  noiseCrypto,
  sessionCrypto,
  systemClock,
  systemRng,
  WEB_SOCKET_SERVER_OPTIONS,
  webSocketCarrier,
  webSocketLink,
  type DoorIdentity,
} from "../node/index.ts";
import type { Link } from "../port.ts";
import { type ListedPlace, signRelayList } from "../relay/list.ts";
import { SessionAcceptor, type SessionAcceptorOptions } from "../session/acceptor.ts";
import { HelpDesk, type HelpDeskOptions } from "../snow/help-desk.ts";
import { formatSnowRoute } from "../snow/snow-route.ts";
import { Volunteer, type VolunteerOptions } from "../snow/volunteer.ts";
import { SEALED_PATH } from "../web-socket-route.ts";
import { equalBytes } from "@chapar/wire/bytes";
import { freshIdentity, openMeter } from "./relay-world.ts";

/** A world with one desk. */
export interface SnowWorld extends AsyncDisposable {
  readonly identity: DoorIdentity;
  readonly desk: HelpDesk;
  /** where links that carry sessions, or questions, are taken */
  readonly findUrl: string;
  readonly helpUrl: string;
  /** how questions ended */
  readonly outcomes: readonly string[];
  route(station: Uint8Array): string;
  volunteer(options?: Partial<VolunteerOptions>): Volunteer;
}

/** What differs from the usual. */
export interface SnowWorldOptions {
  readonly desk?: Partial<HelpDeskOptions>;
  readonly accept?: SessionAcceptorOptions["accept"];
  /** instead of the true list */
  readonly list?: Uint8Array;
  /** of the station that is asked; a fresh one */
  readonly identity?: DoorIdentity;
}

/** Starts a world whose volunteers may dial these places. */
export async function snowWorld(places: readonly ListedPlace[], options: SnowWorldOptions = {}): Promise<SnowWorld> {
  const identity = options.identity ?? freshIdentity();
  const [clock, rng, crypto] = [systemClock(), systemRng(), sessionCrypto()];
  const nowMs = clock.nowMs();
  const times = { number: 1, issuedAtMs: nowMs, expiresAtMs: nowMs + 3_600_000 };
  const bytes = options.list ?? (await signRelayList({ ...times, places }, identity));
  const names = (key: Uint8Array): boolean => places.some((place) => equalBytes(place.key, key));
  const outcomes: string[] = [];
  const desk = new HelpDesk({
    clock,
    rng,
    crypto: noiseCrypto(),
    key: identity.agreement,
    list: () => Promise.resolve({ bytes, names }),
    stun: () => "",
    bounds: { maxFindsOfSource: 1_000 },
    onFind: (outcome) => outcomes.push(outcome),
    ...options.desk,
  });
  const acceptor = new SessionAcceptor({
    clock,
    rng,
    crypto,
    signer: identity,
    accept: options.accept ?? ((session) => session.link.close()),
    find: (message, source) => desk.find(message, source),
  });
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  const http = createServer((_request, response) => response.writeHead(404).end());
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  http.on("upgrade", (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => {
      const link: Link = webSocketLink(accepted, { closeLimitMs: 4_000 });
      if (request.url === "/help") desk.accept(link, "here");
      else acceptor.accept(link, "here");
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const volunteers = new Set<Volunteer>();
  const exact = webSocketCarrier({ closeLimitMs: 4_000 });
  const sealed = webSocketCarrier({ linkPath: SEALED_PATH, closeLimitMs: 4_000 });
  return {
    identity,
    desk,
    findUrl: `${url}/find`,
    helpUrl: `${url}/help`,
    outcomes,
    route: (station) => formatSnowRoute({ inner: `${url}/find`, station, at: identity.publicKey, stun: undefined }),
    volunteer(chosen = {}) {
      const volunteer = new Volunteer({
        clock,
        rng,
        newPeer: newRtcPeer,
        verify: crypto.verify,
        stationKey: identity.publicKey,
        own: "loopback",
        connect: (signal) => exact.dial(`${url}/help`, { signal }),
        dial: (place, signal) => sealed.dial(place, { signal }),
        meter: openMeter(),
        maxPeople: 64,
        ...chosen,
      });
      volunteers.add(volunteer);
      return volunteer;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(Array.from(volunteers, (each) => each[Symbol.asyncDispose]()));
      await desk[Symbol.asyncDispose]();
      await acceptor[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Resolves once a volunteer is ready. */
export async function ready(volunteer: Volunteer): Promise<void> {
  const clock = systemClock();
  while (volunteer.state.mood !== "ready") await clock.sleep(5, new AbortController().signal);
}
