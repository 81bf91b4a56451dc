/*
 * Where volunteers' tabs and those who ask for one meet (protocol/8-road.md §14): a desk in memory, the list that a tab may dial by, and a STUN
 * service for both. The station's own key signs the list, so that a tab follows it for what it was opened for.
 */
import {
  type Clock,
  FIND_LABEL,
  formatSnowRoute,
  HelpDesk,
  type ListedPlace,
  type Rng,
  type SessionStream,
  signRelayList,
} from "@chapar/carrier";
import { type DoorIdentity, noiseCrypto, startStunServer } from "@chapar/carrier/node";
import { equalBytes } from "@chapar/wire/bytes";
import type { StationRef } from "@chapar/wire";

/** For how long a tab may go by a list that it was given. */
const LIST_LIFE_MS: number = 7 * 24 * 3600 * 1000;
const LIST_FRESH_MS = 3_600_000;
const WEB_URL = /^(?:https?|wss?):/;
const MAX_URLS = 4;

/** How a station takes volunteers in. */
export interface VolunteersConfig {
  /** UDP port of the STUN service, 0 for any free one; none without it */
  readonly stunPort?: number | undefined;
  /** other stations that volunteers here may lead to, and be asked for here */
  readonly stations?: readonly StationRef[] | undefined;
  /** tell people here the route through volunteers, among the station's others */
  readonly isRoute?: boolean | undefined;
}

/** What a station does with volunteers and questions for them. */
export interface HelpService extends AsyncDisposable {
  readonly desk: HelpDesk;
  /** Routes through volunteers to this station, who are asked for at its URL, and over another of its routes where one is given. */
  routes(further: string | undefined): readonly string[];
  /** takes a stream of a session when it is a question @returns false when it is none */
  take(stream: SessionStream, source: string): boolean;
}

/** What the service needs. */
export interface HelpServiceOptions {
  readonly config: VolunteersConfig;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly identity: DoorIdentity;
  readonly self: StationRef;
  /** address that the STUN service listens at */
  readonly host: string;
  readonly count: (outcome: string) => void;
}

function placeOf({ key, urls }: StationRef): ListedPlace {
  return { kind: "station", key, urls: urls.filter((url) => WEB_URL.test(url)).slice(0, MAX_URLS) };
}

/** Starts the service. @throws Error `EADDRINUSE` and the like from the socket */
export async function startHelpService(options: HelpServiceOptions): Promise<HelpService> {
  const { config, clock, rng, identity, self, host, count } = options;
  const stun = config.stunPort === undefined ? undefined : await startStunServer(host, config.stunPort);
  const stunPlace = stun === undefined ? "" : `${new URL(self.urls[0] ?? "").hostname}:${stun.port}`;
  const places = [self, ...(config.stations ?? [])].map(placeOf);
  const names = (key: Uint8Array): boolean => places.some((place) => equalBytes(place.key, key));
  let bytes: Promise<Uint8Array> | undefined;
  let signedAtMs = 0;
  const list = async (): Promise<{ bytes: Uint8Array; names: typeof names }> => {
    const nowMs = clock.nowMs();
    if (bytes === undefined || Math.abs(nowMs - signedAtMs) > LIST_FRESH_MS) {
      signedAtMs = nowMs;
      const times = { number: Math.floor(nowMs / 1000), issuedAtMs: nowMs, expiresAtMs: nowMs + LIST_LIFE_MS };
      bytes = signRelayList({ ...times, places }, identity);
    }
    return { bytes: await bytes, names };
  };
  const desk = new HelpDesk({
    clock,
    rng,
    crypto: noiseCrypto(),
    key: identity.agreement,
    list,
    stun: () => stunPlace,
    onFind: count,
  });
  const inner = self.urls[0] ?? "";
  return {
    desk,
    routes: (further) =>
      [inner, ...(further === undefined ? [] : [further])].flatMap((way) => {
        try {
          return [formatSnowRoute({ inner: way, station: self.key, stun: stunPlace === "" ? undefined : stunPlace })];
        } catch {
          // Too long to be a route: it is not told, and the others are.
          return [];
        }
      }),
    take(stream, source) {
      if (!equalBytes(stream.label, FIND_LABEL)) return false;
      desk.serve(stream, source);
      return true;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([desk[Symbol.asyncDispose](), stun?.[Symbol.asyncDispose]()]);
    },
  };
}
