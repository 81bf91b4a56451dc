/*
 * The session that a tunnel runs over: found by racing the routes of one station, kept over as many links as it takes, and
 * made anew when it is lost for good.
 */
import type { LookupFunction } from "node:net";
import {
  backoffMs,
  CarrierError,
  dialSession,
  HandshakeDiscipline,
  isCarrierError,
  raceRoutes,
  RouteMemory,
  SESSION_PATH,
  snowCarrier,
  type Carrier,
  type LinkSearch,
  type PreparedLink,
  type Session,
} from "@chapar/carrier";
import {
  newRtcPeer,
  nodeBurstCarrier,
  noiseCrypto,
  ptCarrier,
  relayCarrier,
  sessionCrypto,
  shadowsocksCarrier,
  systemClock,
  systemRng,
  webSocketCarrier,
} from "@chapar/carrier/node";
import { frameBytes, PING_AFTER_MS, PROTOCOL_VERSIONS } from "@chapar/wire";

/** Where a tunnel's session leads. */
export interface TunnelRoad {
  /** the station's Ed25519 key; nobody else is taken */
  readonly key: Uint8Array;
  /** best first */
  readonly routes: readonly string[];
  /** for what programs of pluggable transports keep */
  readonly stateDir: string;
}

/** How the session stands; `kind` of the route while it is open. */
export type RoadState = { readonly state: "seeking" } | { readonly state: "open"; readonly kind: string };

function carriers(stateDir: string, lookup: LookupFunction | undefined): readonly Carrier[] {
  const linkPath = SESSION_PATH;
  const finding = lookup === undefined ? {} : { lookup };
  const web = webSocketCarrier({ linkPath, ...finding });
  const burst = nodeBurstCarrier(finding);
  const pt = ptCarrier({ linkPath, stateDir, ...finding });
  const ss = shadowsocksCarrier({ linkPath, ...finding });
  const ways = [web, burst, pt, ss, relayCarrier({ carriers: [web, burst, pt] })];
  const snow = snowCarrier({ clock: systemClock(), crypto: noiseCrypto(), newPeer: newRtcPeer, carriers: ways });
  return [...ways, snow];
}

/** Pages that a link seems to load first (P-143): as many as a look at the beginning of a connection takes in. */
const PAGES = 4;

/** Keeps a session to one station for as long as it is wanted. */
export class TunnelSession {
  readonly #road: TunnelRoad;
  readonly #carriers: readonly Carrier[];
  readonly #clock = systemClock();
  readonly #rng = systemRng();
  readonly #memory: RouteMemory;
  readonly #discipline: HandshakeDiscipline;
  readonly #onState: (state: RoadState) => void;
  #session: Session | undefined;

  /**
   * @param lookup names to addresses, as `node:net` asks it; the system's resolver
   * @param first one to the same station: a front sees the handshakes of both together (P-40)
   */
  constructor(road: TunnelRoad, onState: (state: RoadState) => void, lookup?: LookupFunction, first?: TunnelSession) {
    this.#road = road;
    this.#carriers = first === undefined ? carriers(road.stateDir, lookup) : first.#carriers;
    this.#onState = onState;
    const [clock, rng] = [this.#clock, this.#rng];
    this.#memory = first === undefined ? new RouteMemory({ clock, rng }) : first.#memory;
    this.#discipline = first === undefined ? new HandshakeDiscipline({ clock }) : first.#discipline;
  }

  /** Another keeper of a session to the same station, which has opened nothing yet and tells nobody how it is. */
  sibling(): TunnelSession {
    return new TunnelSession(this.#road, () => undefined, undefined, this);
  }

  /** The session as it is now. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Opens a session. A way that opens and carries nothing is left alone, and the others are tried.
   *
   * @throws CarrierError when no route leads there; the signal's reason when aborted
   */
  async open(signal: AbortSignal): Promise<Session> {
    for (let left = this.#road.routes.length; ; left--) {
      try {
        return await this.#openOne(signal);
      } catch (error) {
        if (left <= 1 || signal.aborted || !isCarrierError(error, "carrier/unusable")) throw error;
      }
    }
  }

  async #openOne(signal: AbortSignal): Promise<Session> {
    const [clock, rng, crypto] = [this.#clock, this.#rng, sessionCrypto()];
    this.#onState({ state: "seeking" });
    const findLink = ({ usable, signal: ending }: LinkSearch): Promise<{ route: string; value: PreparedLink }> =>
      raceRoutes({
        routes: this.#road.routes,
        carriers: this.#carriers,
        clock,
        memory: this.#memory,
        discipline: this.#discipline,
        usable: (link) => usable(link),
        signal: ending,
      });
    const onSwitch = (_need: string, route: string): void =>
      this.#onState({ state: "open", kind: this.#kindOf(route) });
    const onUnusable = (route: string): void => {
      this.#memory.failed(route);
      this.#discipline.failed(route, new CarrierError("carrier/timed-out"));
    };
    const { key: acceptorKey } = this.#road;
    const options = { clock, rng, crypto, findLink, acceptorKey, onSwitch, onUnusable, pages: PAGES };
    const session = await dialSession(options, { signal });
    this.#session = session;
    void this.#attend(session);
    void session.ended.then(() => (this.#session = undefined));
    return session;
  }

  /** Opens another session whenever one is over, until the signal aborts. Never throws. */
  async keep(signal: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    for (let failures = 0; !signal.aborted;) {
      const session = this.#session ?? (await this.open(signal).catch(() => undefined));
      if (session === undefined) {
        await this.#clock.sleep(backoffMs(++failures, this.#rng), signal).catch(() => undefined);
        continue;
      }
      failures = 0;
      await Promise.race([session.ended, over]);
    }
    await this.#session?.[Symbol.asyncDispose]();
  }

  /** A station ends a session on whose first stream nobody greets or stays awake (W-1, W-6): this tunnel says no more there. */
  async #attend(session: Session): Promise<void> {
    const over = new AbortController();
    void session.ended.then(() => over.abort());
    session.link.receive(() => undefined);
    session.link.send(frameBytes({ kind: "request", id: 1, body: { type: "greet", version: PROTOCOL_VERSIONS[1] } }));
    for (let id = 2; !over.signal.aborted; id++) {
      await this.#clock.sleep(PING_AFTER_MS, over.signal).catch(() => undefined);
      session.link.send(frameBytes({ kind: "request", id, body: { type: "ping" } }));
    }
  }

  #kindOf(route: string): string {
    return this.#carriers.find((each) => each.handles(route))?.kind ?? "";
  }
}
