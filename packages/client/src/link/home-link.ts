/*
 * The way to the home station: find one (over the road, or over bare links where there is none), have the station prove its
 * key, hand the link to the session, and when it ends begin again, for as long as the client lives. Owns nothing but the state
 * that a person sees as the route line.
 */
import {
  backoffMs,
  type Carrier,
  openBulkLink,
  raceRoutes,
  type Rng,
  RouteMemory,
  type Session as CarrierSession,
  type SessionCrypto,
} from "@chapar/carrier";
import { isWireError, WIRE_CODES, type StationRef } from "@chapar/wire";
import type { RouteView, WayView } from "../api.ts";
import { codeOf, isClientError } from "../errors.ts";
import { reasonOf } from "./reason.ts";
import type { OpenRoad, Road, Winners } from "./road.ts";
import { StationLink, type StationLinkPorts } from "./station-link.ts";
import { Traffic } from "./traffic.ts";

/** A link that lasted this long was good: the next wait is short again. */
const GOOD_AFTER_MS = 30_000;
/** A refusal for good is asked again this rarely: a person may have been let in meanwhile. */
const REFUSED_WAIT_MS = 300_000;
/** A session finds another link by itself for so long; only then a silent one is given up from above. */
const SESSION_FROZEN_MS = 330_000;
/** How long a farewell to the station may take. */
const FAREWELL_LIMIT_MS = 1_000;

/** What the way home needs. */
export interface HomeLinkPorts extends Omit<StationLinkPorts, "counted"> {
  readonly carriers: readonly Carrier[];
  /** for jitter */
  readonly rng: Rng;
  /** false when the platform knows that there is no network at all */
  readonly isOnline: () => boolean;
  /** sessions that outlive links; without it, bare links over `carriers` */
  readonly road?: OpenRoad;
  readonly sessionCrypto: SessionCrypto;
  readonly winners: Winners;
  /** whether ways through relays are driven here (U-3) */
  readonly relays?: boolean;
}

/** A greeted link, and what has to end with it. */
interface Found {
  readonly kind: string;
  readonly link: StationLink;
  /** resolves when the station has heard that we go */
  readonly over?: Promise<unknown>;
}

/** What is done over a link; it may throw, which ends the link. */
export interface Session {
  /** Shows the account and begins to follow; resolves when the link is ready for use. */
  begin(link: StationLink): Promise<void>;
  /** The link is over. */
  end(): void;
}

/** Keeps one link to the home open. */
export class HomeLink {
  readonly #ports: HomeLinkPorts;
  readonly #session: Session;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  readonly #memory: RouteMemory;
  readonly traffic: Traffic;
  #wake: AbortController | undefined;
  #running: Promise<void> | undefined;
  #state: RouteView["state"] = "idle";
  #kind: string | undefined;
  #code: string | undefined;
  #sinceMs: number;
  #link: StationLink | undefined;
  #road: Promise<Road> | undefined;
  #roadNow: Road | undefined;
  /** the session that carries the link */
  #carried: CarrierSession | undefined;
  #isReady = false;
  #farewell: Promise<unknown> | undefined;

  constructor(ports: HomeLinkPorts, session: Session, onChange: () => void) {
    this.#ports = ports;
    this.#session = session;
    this.#onChange = onChange;
    this.#memory = new RouteMemory({ clock: ports.clock, rng: ports.rng });
    this.#sinceMs = ports.clock.nowMs();
    this.traffic = new Traffic(() => ports.clock.nowMs());
  }

  /** Begins to connect to a station; when it waits between tries, tries now. Idempotent. */
  connect(station: () => StationRef): void {
    if (this.#stop.signal.aborted) return;
    this.#running ??= this.#run(station);
    if (this.#wake === undefined) return;
    void this.#road?.then(
      (road) => road.forgive(),
      () => undefined,
    );
    this.#wake.abort();
  }

  /** The link in use, ready for requests. */
  get link(): StationLink | undefined {
    return this.#link;
  }

  /** Opens a link of bulk in the session (F-94); undefined where there is none. @throws as StationLink.greet */
  async openBulk(): Promise<StationLink | undefined> {
    const bulk = this.#link && this.#carried && openBulkLink(this.#carried);
    if (bulk === undefined || this.#link === undefined) return undefined;
    const counted = (sizeBytes: number): void => this.traffic.count(sizeBytes);
    return StationLink.greet(bulk, this.#link.hello.station, {
      ...this.#ports,
      counted,
      frozenAfterMs: SESSION_FROZEN_MS,
    });
  }

  view(queued: number): RouteView {
    const { bytesPerSecond } = this.traffic;
    return { state: this.#state, kind: this.#kind, sinceMs: this.#sinceMs, bytesPerSecond, queued, code: this.#code };
  }

  /** How a way did that was tried; undefined when it was not. */
  stateOf(route: string): WayView["state"] {
    return this.#roadNow?.stateOf(route);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#link?.close();
    const said = this.#farewell;
    await this.#running;
    // A process that ends at once would leave the station waiting for a session that nobody takes up again.
    if (said === undefined) return;
    const bell = new AbortController();
    const limit = this.#ports.clock.sleep(FAREWELL_LIMIT_MS, bell.signal).catch(() => undefined);
    await Promise.race([said, limit]);
    bell.abort();
  }

  #become(state: RouteView["state"], code?: string): void {
    if (this.#state === state && this.#code === code) return;
    this.#state = state;
    this.#code = code;
    this.#sinceMs = this.#ports.clock.nowMs();
    this.#onChange();
  }

  #seek(code?: string): void {
    this.#become(this.#ports.isOnline() ? "seeking" : "offline", code);
  }

  async #run(station: () => StationRef): Promise<void> {
    let attempt = 0;
    while (!this.#stop.signal.aborted) {
      this.#seek(this.#code);
      const beganAtMs = this.#ports.clock.nowMs();
      const failure: unknown = await this.#once(station).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (this.#stop.signal.aborted) break;
      if (this.#ports.clock.nowMs() - beganAtMs >= GOOD_AFTER_MS) attempt = 0;
      const isFinal = isForGood(failure);
      if (isFinal) this.#become("refused", codeOf(failure));
      else this.#seek(codeOf(failure));
      await this.#pause(isFinal ? REFUSED_WAIT_MS : backoffMs(attempt, this.#ports.rng));
      attempt += 1;
    }
    this.#become("idle");
  }

  /** One link, from dialing to its end. @throws what ended it before it was ready */
  async #once(station: () => StationRef): Promise<void> {
    const { road } = this.#ports;
    const { kind, link, over } = await (road === undefined ? this.#bare(station()) : this.#overRoad(road, station));
    this.#kind = kind;
    try {
      this.#link = link;
      this.#farewell = over;
      await this.#session.begin(link);
      this.#isReady = true;
      this.#become("open");
      await link.ended;
    } finally {
      this.#isReady = false;
      this.#link = undefined;
      link.close();
      this.#session.end();
    }
  }

  /** A link of its own, which ends with the connection that carries it. */
  async #bare(station: StationRef): Promise<Found> {
    const { carriers, clock } = this.#ports;
    const counted = (sizeBytes: number): void => this.traffic.count(sizeBytes);
    // The wait between tries is ours, so that `connect` can end it; the race's memory only orders the routes.
    this.#memory.forgive();
    const won = await raceRoutes({
      routes: station.urls,
      carriers,
      clock,
      memory: this.#memory,
      usable: (link) => StationLink.greet(link, station.key, { ...this.#ports, counted }),
      signal: this.#stop.signal,
    }).catch((error: unknown) => {
      throw reasonOf(error);
    });
    return { kind: won.kind, link: won.value };
  }

  /** A session, which moves from route to route below the link. */
  async #overRoad(open: OpenRoad, station: () => StationRef): Promise<Found> {
    const { clock, rng, isOnline, winners, sessionCrypto: crypto } = this.#ports;
    this.#road ??= open({
      clock,
      rng,
      crypto,
      isOnline,
      winners,
      pause: (delayMs, signal) => this.#pause(delayMs, signal),
      onMoved: (kind) => this.#moved(kind),
      onSeeking: (code) => {
        if (this.#isReady) this.#seek(code);
      },
    });
    const road = await this.#road.catch((error: unknown) => {
      // Its code could not be fetched: the next try fetches again.
      this.#road = undefined;
      throw error;
    });
    this.#roadNow = road;
    const session = await road.open(station, this.#stop.signal);
    const counted = (sizeBytes: number): void => {
      this.traffic.count(sizeBytes);
      road.carried();
    };
    const ports = { ...this.#ports, counted, frozenAfterMs: SESSION_FROZEN_MS };
    this.#carried = session;
    const close = (): void => session.link.close();
    this.#stop.signal.addEventListener("abort", close, { once: true });
    void session.ended.then(() => this.#stop.signal.removeEventListener("abort", close));
    const link = await StationLink.greet(session.link, station().key, ports);
    return { kind: this.#kind ?? "", link, over: session.ended };
  }

  /** Another link carries the session. */
  #moved(kind: string): void {
    const isOther = this.#kind !== kind;
    this.#kind = kind;
    if (!this.#isReady) return;
    if (this.#state === "open" && isOther) this.#onChange();
    this.#become("open");
  }

  /** Waits between tries, until woken. @throws the signal's reason when it aborts; without one, nothing */
  async #pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const stop = (): void => wake.abort();
    const signals = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    for (const each of signals) each.addEventListener("abort", stop, { once: true });
    try {
      await this.#ports.clock.sleep(delayMs, wake.signal);
    } catch {
      // Woken: by `connect` to try now, or by `close` to end.
      signal?.throwIfAborted();
    } finally {
      this.#wake = undefined;
      for (const each of signals) each.removeEventListener("abort", stop);
    }
  }
}

/** Whether the station said no, and will again. */
function isForGood(failure: unknown): boolean {
  if (isClientError(failure, "client/device-revoked")) return true;
  return isWireError(failure) && !WIRE_CODES[failure.code].retry && failure.code !== "wire/link-ended";
}
