/*
 * The way to the home station: race its routes (the first over which the station proves its key wins), hand the link to
 * the session, and when it ends begin again, for as long as the client lives. Owns nothing but the state that a person
 * sees as the route line.
 */
import { backoffMs, type Carrier, isCarrierError, raceRoutes, type Rng, RouteMemory } from "@chapar/carrier";
import { isWireError, WIRE_CODES, type StationRef } from "@chapar/wire";
import type { RouteView } from "../api.ts";
import { codeOf } from "../errors.ts";
import { StationLink, type StationLinkPorts } from "./station-link.ts";
import { Traffic } from "./traffic.ts";

/** A link that lasted this long was good: the next wait is short again. */
const GOOD_AFTER_MS = 30_000;
/** A refusal for good is asked again this rarely: a person may have been let in meanwhile. */
const REFUSED_WAIT_MS = 300_000;

/** What the way home needs. */
export interface HomeLinkPorts extends Omit<StationLinkPorts, "counted"> {
  readonly carriers: readonly Carrier[];
  /** for jitter */
  readonly rng: Rng;
  /** false when the platform knows that there is no network at all */
  readonly isOnline: () => boolean;
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
    this.#wake?.abort();
  }

  /** The link in use, ready for requests. */
  get link(): StationLink | undefined {
    return this.#link;
  }

  view(queued: number): RouteView {
    const { bytesPerSecond } = this.traffic;
    return { state: this.#state, kind: this.#kind, sinceMs: this.#sinceMs, bytesPerSecond, queued, code: this.#code };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#link?.close();
    await this.#running;
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
      const failure: unknown = await this.#once(station()).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (this.#stop.signal.aborted) break;
      if (this.#ports.clock.nowMs() - beganAtMs >= GOOD_AFTER_MS) attempt = 0;
      const isFinal = isWireError(failure) && !WIRE_CODES[failure.code].retry && failure.code !== "wire/link-ended";
      if (isFinal) this.#become("refused", failure.code);
      else this.#seek(codeOf(failure));
      await this.#pause(isFinal ? REFUSED_WAIT_MS : backoffMs(attempt, this.#ports.rng));
      attempt += 1;
    }
    this.#become("idle");
  }

  /** One link, from dialing to its end. @throws what ended it before it was ready */
  async #once(station: StationRef): Promise<void> {
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
    this.#kind = won.kind;
    const link = won.value;
    try {
      this.#link = link;
      await this.#session.begin(link);
      this.#become("open");
      await link.ended;
    } finally {
      this.#link = undefined;
      link.close();
      this.#session.end();
    }
  }

  async #pause(delayMs: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const stop = (): void => wake.abort();
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#ports.clock.sleep(delayMs, wake.signal);
    } catch {
      // Woken: by `connect` to try now, or by `close` to end.
    } finally {
      this.#wake = undefined;
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }
}

/** When no route led anywhere, what a station said counts for more than that others were silent. */
function reasonOf(error: unknown): unknown {
  if (!isCarrierError(error, "carrier/no-route") || !(error.cause instanceof AggregateError)) return error;
  const spoken = error.cause.errors.find((one) => codeOf(one)?.startsWith("carrier/") === false);
  return spoken ?? error;
}
