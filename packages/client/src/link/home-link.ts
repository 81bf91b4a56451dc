/*
 * The way to the home station: dial its routes, greet, hand the link to the session, and when it ends begin again, for as
 * long as the client lives. Owns nothing but the state that a person sees as the route line.
 */
import type { Clock } from "@chapar/carrier";
import { isWireError, WIRE_CODES, type StationRef } from "@chapar/wire";
import type { RouteView } from "../api.ts";
import { codeOf } from "../errors.ts";
import { backOffMs } from "./back-off.ts";
import type { DialedLink } from "./dial.ts";
import { StationLink, type StationLinkPorts } from "./station-link.ts";
import { Traffic } from "./traffic.ts";

/** A link that lasted this long was good: the next wait is short again. */
const GOOD_AFTER_MS = 30_000;
/** A refusal for good is asked again this rarely: a person may have been let in meanwhile. */
const REFUSED_WAIT_MS = 300_000;

/** What the way home needs. */
export interface HomeLinkPorts extends Omit<StationLinkPorts, "counted"> {
  readonly clock: Clock;
  /** Opens one link over the best of the routes. @throws CarrierError when none works */
  readonly dial: (station: StationRef, signal: AbortSignal) => Promise<DialedLink>;
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
    this.#sinceMs = ports.clock.nowMs();
    this.traffic = new Traffic(() => ports.clock.nowMs());
  }

  /** Begins to connect to a station; when it waits between tries, tries now. Idempotent. */
  connect(station: () => StationRef): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running === undefined) this.#running = this.#run(station);
    else this.#wake?.abort();
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

  async #run(station: () => StationRef): Promise<void> {
    let attempt = 0;
    while (!this.#stop.signal.aborted) {
      this.#become(this.#ports.isOnline() ? "seeking" : "offline");
      const beganAtMs = this.#ports.clock.nowMs();
      const failure = await this.#once(station()).catch((error: unknown) => error);
      if (this.#stop.signal.aborted) break;
      if (this.#ports.clock.nowMs() - beganAtMs >= GOOD_AFTER_MS) attempt = 0;
      const isFinal = isWireError(failure) && !WIRE_CODES[failure.code].retry;
      if (isFinal) this.#become("refused", failure.code);
      else this.#become(this.#ports.isOnline() ? "seeking" : "offline", codeOf(failure));
      await this.#pause(isFinal ? REFUSED_WAIT_MS : backOffMs(attempt++, this.#ports.random(4)));
    }
    this.#become("idle");
  }

  /** One link, from dialing to its end. @throws what ended it before it was ready */
  async #once(station: StationRef): Promise<void> {
    const dialed = await this.#ports.dial(station, this.#stop.signal);
    this.#kind = dialed.kind;
    const counted = (sizeBytes: number): void => this.traffic.count(sizeBytes);
    const link = await StationLink.greet(dialed.link, station.key, { ...this.#ports, counted });
    try {
      if (this.#stop.signal.aborted) return;
      await this.#session.begin(link);
      this.#link = link;
      this.#become("open");
      const reason = await link.ended;
      // W-2: an update is needed; nothing else that ends a link is final.
      if (reason === "wire/unknown-version") this.#become("refused", reason);
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
