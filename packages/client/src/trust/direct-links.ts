/*
 * Links to stations other than the home, dialed directly: a second path for what the home might show to us alone.
 * They go over the same road as the link home, are opened for one purpose and closed after it; no account is shown on them.
 */
import { type Carrier, type Clock, type Rng, raceRoutes, RouteMemory, type SessionCrypto } from "@chapar/carrier";
import type { StationRef } from "@chapar/wire";
import type { OpenRoad, Winners } from "../link/road.ts";
import { StationLink, type StationLinkPorts } from "../link/station-link.ts";

/** How long dialing and greeting may take. */
const DIAL_LIMIT_MS = 20_000;

/** What dialing needs. */
export interface DirectPorts extends Omit<StationLinkPorts, "counted"> {
  readonly carriers: readonly Carrier[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly isOnline: () => boolean;
  readonly road?: OpenRoad;
  readonly sessionCrypto: SessionCrypto;
}

/** What leads to the home is told by links to the home alone. */
const NO_WINNERS: Winners = { winner: () => undefined, believe: () => Promise.resolve() };

/** Dials stations. */
export class DirectLinks {
  readonly #ports: DirectPorts;
  readonly #memory: RouteMemory;
  readonly #stop = new AbortController();

  constructor(ports: DirectPorts) {
    this.#ports = ports;
    this.#memory = new RouteMemory({ clock: ports.clock, rng: ports.rng });
  }

  /**
   * Does something over a link to a station; the link ends with it.
   *
   * @param signal  when it aborts, nobody waits for the station any more
   * @returns undefined when the station could not be reached, or the link ended on the way
   */
  async over<T>(
    station: StationRef,
    work: (link: StationLink) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    let link: StationLink | undefined;
    const leave = (): void => link?.close();
    signal?.addEventListener("abort", leave, { once: true });
    try {
      link = await this.#dial(station, signal);
      return await work(link);
    } catch {
      // No second path now; what it was wanted for is tried again later.
      return undefined;
    } finally {
      signal?.removeEventListener("abort", leave);
      link?.close();
    }
  }

  async #dial(station: StationRef, signal: AbortSignal | undefined): Promise<StationLink> {
    const { clock, road } = this.#ports;
    const limit = new AbortController();
    const give = (): void => limit.abort(new Error("the dial took too long"));
    const done = new AbortController();
    void clock.sleep(DIAL_LIMIT_MS, done.signal).then(give, () => undefined);
    const ends = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    for (const end of ends) end.addEventListener("abort", give, { once: true });
    if (signal?.aborted === true) give();
    try {
      return await (road === undefined ? this.#bare(station, limit.signal) : this.#over(road, station, limit.signal));
    } finally {
      done.abort();
      for (const end of ends) end.removeEventListener("abort", give);
    }
  }

  #greet(link: Parameters<(typeof StationLink)["greet"]>[0], station: StationRef): Promise<StationLink> {
    return StationLink.greet(link, station.key, { ...this.#ports, counted: () => undefined });
  }

  async #bare(station: StationRef, signal: AbortSignal): Promise<StationLink> {
    const { carriers, clock } = this.#ports;
    this.#memory.forgive();
    const usable: Parameters<typeof raceRoutes<StationLink>>[0]["usable"] = (link) => this.#greet(link, station);
    const won = await raceRoutes({ routes: station.urls, carriers, clock, memory: this.#memory, usable, signal });
    return won.value;
  }

  async #over(open: OpenRoad, station: StationRef, signal: AbortSignal): Promise<StationLink> {
    const { clock, rng, isOnline, sessionCrypto: crypto } = this.#ports;
    const road = await open({
      clock,
      rng,
      crypto,
      isOnline,
      winners: NO_WINNERS,
      pause: (delayMs, over) => clock.sleep(delayMs, over),
      onMoved: () => undefined,
      onSeeking: () => undefined,
    });
    const session = await road.open(() => station, signal);
    try {
      return await this.#greet(session.link, station);
    } catch (error) {
      session.link.close();
      throw error;
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#stop.abort();
  }
}
