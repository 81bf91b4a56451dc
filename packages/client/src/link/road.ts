/*
 * How the home is reached: one session over whichever route leads there now (protocol/8-road.md §7). Routes over different fronts
 * are raced; the one that worked on this network before is alone for two seconds; one that fell silent is left alone while there
 * are others. A link is used as soon as it is attached, and its route remembered once it has carried 64 KiB.
 */
import {
  backoffMs,
  type Carrier,
  CarrierError,
  type Clock,
  dialSession,
  type FoundLink,
  frontOfRoute,
  HandshakeDiscipline,
  isCarrierError,
  type Link,
  type LinkNeed,
  type LinkSearch,
  type PreparedLink,
  PROBE_BYTES,
  raceRoutes,
  type Rng,
  RouteMemory,
  type Session,
  type SessionCrypto,
  type SpareSearch,
} from "@chapar/carrier";
import type { StationRef } from "@chapar/wire";
import type { WayView } from "../api.ts";
import { ClientError, codeOf } from "../errors.ts";
import { reasonOf } from "./reason.ts";

/** How long the route that is remembered for a network is alone. */
export const HEAD_START_MS = 2_000;
/** For routes that would be better than the present one to prove themselves, when the present link is spent. */
const BETTER_LIMIT_MS = 15_000;
/** How long a link of last resort is kept before better ones are looked for; up to three times as long. */
const LAST_RESORT_RETIRE_MS = 60_000;

const SILENT: CarrierError = new CarrierError("carrier/timed-out");

/** What the platform brings. */
export interface RoadPlatform {
  /** what drives routes; its links lead to a SessionAcceptor */
  readonly carriers: readonly Carrier[];
  /** a name for the network that the device is in; undefined where nobody can tell */
  readonly network?: () => Promise<string | undefined>;
  /** the way to a station of a key on the network that the device is in, asked for when no other leads there (J-33) */
  readonly near?: (key: Uint8Array) => string;
  /** told which route a session runs over, for carriers that keep something ready for it */
  readonly attend?: (route: string, session: Session) => void;
}

/** Which route worked on which network; outlives the engine. */
export interface Winners {
  winner(network: string): string | undefined;
  believe(network: string, route: string): Promise<void>;
}

/** What the engine brings. */
export interface RoadPorts {
  readonly crypto: SessionCrypto;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly isOnline: () => boolean;
  readonly winners: Winners;
  /** Waits between tries; may end early. @throws when the signal aborts */
  readonly pause: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** a link of this kind carries the session from now on */
  readonly onMoved: (kind: string) => void;
  /** the session has no link, or none that speaks, and none was found yet; the code of why */
  readonly onSeeking: (code: string | undefined) => void;
}

type RoadOptions = RoadPorts & RoadPlatform;

/** Makes a road from what the engine brings; what the platform brings is inside. It may have to be fetched first. */
export type OpenRoad = (ports: RoadPorts) => Promise<Road>;

/** The way to one home. */
export class Road {
  readonly #options: RoadOptions;
  readonly #discipline: HandshakeDiscipline;
  #memory: RouteMemory;
  #network = "";
  #near: string | undefined;
  #session: Session | undefined;
  #isBelieved = false;
  readonly #tried = new Map<string, "failed" | "silent">();

  constructor(options: RoadOptions) {
    this.#options = { ...options, carriers: options.carriers.map((carrier) => this.#noting(carrier)) };
    this.#discipline = new HandshakeDiscipline(options);
    this.#memory = new RouteMemory({ clock: options.clock, rng: options.rng });
  }

  /** How a way did that was tried on this network; undefined when it was not, or works but is not in use. */
  stateOf(route: string): WayView["state"] {
    return this.#session?.route === route ? "in-use" : this.#tried.get(route);
  }

  /** As a carrier, and writes down what did not open. */
  #noting(carrier: Carrier): Carrier {
    return {
      kind: carrier.kind,
      handles: (route) => carrier.handles(route),
      dial: async (route, options) => {
        try {
          const link = await carrier.dial(route, options);
          this.#tried.delete(route);
          return link;
        } catch (error) {
          // That another was faster says nothing of this one; that its time was over does.
          const isBeaten = options.signal.aborted && !isCarrierError(options.signal.reason, "carrier/timed-out");
          if (!isBeaten) this.#tried.set(route, "failed");
          throw error;
        }
      },
    };
  }

  /** Something changed outside: every front may be tried at once. */
  forgive(): void {
    this.#discipline.forgive();
  }

  /**
   * Opens a session with the home; its link is handed out as soon as the session is attached.
   *
   * @param station  asked again at each search
   * @throws what every route failed with; ClientError `client/wrong-station`; the signal's reason when aborted
   */
  async open(station: () => StationRef, signal: AbortSignal): Promise<Session> {
    const { clock, rng, crypto } = this.#options;
    const session = await dialSession(
      {
        clock,
        rng,
        crypto,
        acceptorKey: station().key,
        findLink: (search) => this.#find(search, station),
        findSpare: (search) => this.#findSpare(search, station()),
        onUnusable: (route) => this.#discipline.failed(route, SILENT),
        onSwitch: (need, route, from) => this.#moved(need, route, from),
      },
      { signal },
    );
    this.#session = session;
    if (session.route !== undefined) this.#options.attend?.(session.route, session);
    void session.ended.then(() => this.#forget(session));
    return session;
  }

  #forget(session: Session): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** Bytes came: enough of them make the route believed (P-42). */
  carried(): void {
    const session = this.#session;
    if (this.#isBelieved || session?.route === undefined || session.linkBytes < PROBE_BYTES) return;
    // A last resort is never what a device begins with.
    if (this.#isLast(session.route)) return;
    this.#isBelieved = true;
    void this.#options.winners.believe(this.#network, session.route);
  }

  #moved(need: LinkNeed, route: string, from: string | undefined): void {
    // Also when a spare made a search needless.
    if (need === "quiet" && from !== undefined) this.#fellSilent(from);
    this.#tried.delete(route);
    this.#isBelieved = this.#options.winners.winner(this.#network) === route;
    if (this.#session !== undefined) this.#options.attend?.(route, this.#session);
    const carrier = this.#driverOf(route);
    if (carrier !== undefined && need !== "first") this.#options.onMoved(carrier.kind);
  }

  #fellSilent(route: string): void {
    this.#discipline.failed(route, SILENT);
    this.#tried.set(route, "silent");
  }

  #driverOf(route: string): Carrier | undefined {
    return this.#options.carriers.find((each) => each.handles(route));
  }

  readonly #isLast = (route: string): boolean => route === this.#near || this.#driverOf(route)?.kind === "dns";

  /** The way that nobody named; none where whoever dials is to stay hidden behind relays. */
  #nearTo(station: StationRef, known: readonly string[]): string | undefined {
    const route = this.#options.near?.(station.key);
    const isOpen = known.some((each) => this.#driverOf(each)?.kind !== "relay");
    return route !== undefined && isOpen && !known.includes(route) && this.#driverOf(route) ? route : undefined;
  }

  /** Looks where the device is; elsewhere, what was blocked before says nothing. */
  async #lookAround(): Promise<void> {
    const network = (await this.#options.network?.()) ?? "";
    if (network === this.#network) return;
    this.#network = network;
    this.#memory = new RouteMemory({ clock: this.#options.clock, rng: this.#options.rng });
    this.#discipline.forgive();
    this.#tried.clear();
  }

  async #find(search: LinkSearch, station: () => StationRef): Promise<FoundLink> {
    const { need, route, signal } = search;
    const { rng, pause, onSeeking } = this.#options;
    if (need === "lost") onSeeking(undefined);
    await this.#lookAround();
    if (need === "quiet" && route !== undefined) this.#fellSilent(route);
    for (let failures = 1; ; failures++) {
      try {
        const found = await this.#race(search, station(), failures);
        const isProved = this.#options.winners.winner(this.#network) === found.route || isShort(found.kind);
        if (need === "first") this.#options.onMoved(found.kind);
        const retireMs = this.#isLast(found.route) ? LAST_RESORT_RETIRE_MS : undefined;
        return { route: found.route, value: found.value, proveBytes: isProved ? 0 : PROBE_BYTES, retireMs };
      } catch (error) {
        this.#recovered(search);
        signal.throwIfAborted();
        if (need === "first") throw reasonOf(error);
        if (need !== "spent") onSeeking(codeOf(reasonOf(error)));
        await pause(backoffMs(failures, rng), signal).catch((ended: unknown) => {
          this.#recovered(search);
          throw ended;
        });
      }
    }
  }

  /** One more beside the present link, over a front that is not silent, if there is any (P-140). */
  async #findSpare(search: SpareSearch, station: StationRef): Promise<FoundLink> {
    const { isOnline, carriers, clock } = this.#options;
    const front = search.route === undefined ? undefined : frontOfRoute(search.route);
    const mayWait = (route: string): boolean => {
      const kind = this.#driverOf(route)?.kind;
      return kind !== undefined && !COSTLY.has(kind) && frontOfRoute(route) !== front;
    };
    const others = [...new Set(station.urls)].filter(mayWait);
    const silent = this.#discipline.silent(others);
    const routes = others.filter((route) => !silent.includes(route));
    if (!isOnline() || routes.length === 0) throw new CarrierError("carrier/no-route");
    const { usable, signal } = search;
    const [memory, discipline] = [this.#memory, this.#discipline];
    const found = await raceRoutes({
      routes,
      carriers,
      clock,
      memory,
      discipline,
      usable: (link) => usable(link),
      signal,
    });
    const isProved = this.#options.winners.winner(this.#network) === found.route || isShort(found.kind);
    return { route: found.route, value: found.value, proveBytes: isProved ? 0 : PROBE_BYTES };
  }

  /** A search that ended because the silent link spoke again. */
  #recovered({ need, route, signal }: LinkSearch): void {
    if (need !== "quiet" || !signal.aborted || route === undefined || this.#session?.route !== route) return;
    this.#discipline.spoke(route);
    this.#tried.delete(route);
    const kind = this.#driverOf(route)?.kind;
    if (kind !== undefined) this.#options.onMoved(kind);
  }

  async #race(search: LinkSearch, station: StationRef, attempt: number): Promise<RaceWinner> {
    if (!this.#options.isOnline()) throw new CarrierError("carrier/no-route");
    const known = [...new Set(station.urls)].filter((route) => this.#driverOf(route) !== undefined);
    this.#near = this.#nearTo(station, known);
    if (search.need === "spent") {
      const found = await this.#betterThan(search, known);
      if (found !== undefined) return found;
      // Another of the same would be no better, and costs what a slow route has little of.
      if (search.route !== undefined && this.#isLast(search.route)) throw new CarrierError("carrier/no-route");
    }
    const winner = this.#options.winners.winner(this.#network);
    const isKnown = winner !== undefined && known.includes(winner);
    const routes = isKnown ? [winner, ...known.filter((route) => route !== winner)] : known;
    // Every second try is over those that were left alone: they may have come back while the others are down.
    const silent = attempt % 2 === 0 ? this.#discipline.silent(routes) : [];
    const headStartMs = isKnown && silent.length === 0 ? HEAD_START_MS : undefined;
    return await this.#run(search, silent.length > 0 ? silent : routes, { headStartMs, reserve: this.#near });
  }

  /** A spent link gives way to a better route, if one gives back 64 KiB while nobody waits for it (P-44). */
  async #betterThan(search: LinkSearch, known: readonly string[]): Promise<RaceWinner | undefined> {
    const at = search.route === undefined ? 0 : known.indexOf(search.route);
    const isLast = search.route !== undefined && this.#isLast(search.route);
    const before = isLast ? known.filter((route) => !this.#isLast(route)) : known.slice(0, Math.max(0, at));
    const better = before.filter((route) => this.#discipline.silent([route]).length === 0);
    if (better.length === 0) return undefined;
    try {
      return await this.#run(search, better, { probeBytes: PROBE_BYTES, attemptLimitMs: BETTER_LIMIT_MS });
    } catch {
      search.signal.throwIfAborted();
      return undefined;
    }
  }

  async #run(
    search: LinkSearch,
    routes: readonly string[],
    how: {
      readonly headStartMs?: number | undefined;
      readonly attemptLimitMs?: number;
      readonly probeBytes?: number;
      readonly reserve?: string | undefined;
    },
  ): Promise<RaceWinner> {
    const { clock, carriers } = this.#options;
    const { headStartMs, attemptLimitMs, probeBytes, reserve } = how;
    // The waits between tries are ours, so that they can be ended; the race's memory only orders the routes.
    this.#memory.forgive();
    const { route, kind, value } = await raceRoutes({
      routes,
      carriers,
      clock,
      memory: this.#memory,
      discipline: this.#discipline,
      usable: (link) => usable(search, link, probeBytes),
      isLast: this.#isLast,
      reserve,
      signal: search.signal,
      ...(headStartMs === undefined ? {} : { headStartMs }),
      ...(attemptLimitMs === undefined ? {} : { attemptLimitMs }),
    });
    return { route, kind, value };
  }
}

interface RaceWinner {
  readonly route: string;
  readonly kind: string;
  readonly value: PreparedLink;
}

/** Ways that are not opened to be kept in reserve: each name that is asked shows, and a volunteer is wanted by others. */
const COSTLY: ReadonlySet<string> = new Set(["dns", "snow"]);

/** A link made of many short flows, or of none, has no flow to prove. */
const isShort = (kind: string): boolean => kind === "burst" || kind === "dns";

/** As the search's own, but tells a person when the answer came from another station. */
async function usable(search: LinkSearch, link: Link, probeBytes: number | undefined): Promise<PreparedLink> {
  try {
    return await search.usable(link, probeBytes);
  } catch (error) {
    if (isCarrierError(error, "carrier/unusable") && error.reason === "key")
      throw new ClientError("client/wrong-station", undefined, { cause: error });
    throw error;
  }
}
