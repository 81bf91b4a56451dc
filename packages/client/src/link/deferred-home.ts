/*
 * The way home before it is wanted. A person on a slow line can join, write and queue without any of what dials and speaks frames, so in a browser
 * the first `connect` brings it; until then this is what the route line shows. What failed to come is tried again, as a dial would be.
 */
import { backoffMs } from "@chapar/carrier";
import type { StationRef } from "@chapar/wire";
import type { RouteView, WayView } from "../api.ts";
import { codeOf } from "../errors.ts";
import type { DirectLinks, DirectPorts } from "../trust/direct-links.ts";
import type { HomeLink, HomeLinkPorts, Session } from "./home-link.ts";
import type * as LinkCode from "./link-code.ts";
import type { StationLink } from "./station-link.ts";

/** The link home as the engine uses it. */
export type Home = Pick<HomeLink, "connect" | "link" | "openBulk" | "view" | "stateOf" | "close">;

/** Links to other stations as parts of the engine use them. */
export type Directs = Pick<DirectLinks, "over" | "close">;

/** Brings the code. */
export type BringLinkCode = () => Promise<typeof LinkCode>;

/** A way home whose code is brought by the first `connect`. */
export class DeferredHome implements Home {
  readonly #bring: BringLinkCode;
  readonly #ports: HomeLinkPorts;
  readonly #session: Session;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  #home: HomeLink | undefined;
  #wake: AbortController | undefined;
  #isWanted = false;
  #code: string | undefined;
  #sinceMs: number;

  constructor(bring: BringLinkCode, ports: HomeLinkPorts, session: Session, onChange: () => void) {
    this.#bring = bring;
    this.#ports = ports;
    this.#session = session;
    this.#onChange = onChange;
    this.#sinceMs = ports.clock.nowMs();
  }

  connect(station: () => StationRef): void {
    if (this.#stop.signal.aborted) return;
    this.#home?.connect(station);
    this.#wake?.abort();
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#changed(undefined);
    void this.#begin(station);
  }

  #changed(code: string | undefined): void {
    this.#code = code;
    this.#sinceMs = this.#ports.clock.nowMs();
    this.#onChange();
  }

  async #begin(station: () => StationRef): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        const { HomeLink: Made } = await this.#bring();
        if (this.#stop.signal.aborted) return;
        this.#home = new Made(this.#ports, this.#session, this.#onChange);
        return this.#home.connect(station);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#changed(codeOf(error));
        await this.#pause(backoffMs(attempt, this.#ports.rng));
      }
    }
  }

  /** Waits between tries; `connect` and `close` end it. */
  async #pause(delayMs: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const stop = (): void => wake.abort();
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    await this.#ports.clock.sleep(delayMs, wake.signal).catch(() => undefined);
    this.#stop.signal.removeEventListener("abort", stop);
    this.#wake = undefined;
  }

  get link(): StationLink | undefined {
    return this.#home?.link;
  }

  async openBulk(): Promise<StationLink | undefined> {
    return this.#home?.openBulk();
  }

  view(queued: number): RouteView {
    if (this.#home !== undefined) return this.#home.view(queued);
    const isWanted = this.#isWanted && !this.#stop.signal.aborted;
    const state = !isWanted ? "idle" : this.#ports.isOnline() ? "seeking" : "offline";
    return { state, kind: undefined, sinceMs: this.#sinceMs, bytesPerSecond: 0, queued, code: this.#code };
  }

  stateOf(route: string): WayView["state"] {
    return this.#home?.stateOf(route);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#home?.close();
  }
}

/** Links to other stations whose code is brought by the first of them. */
export class DeferredDirects implements Directs {
  readonly #bring: BringLinkCode;
  readonly #ports: DirectPorts;
  #directs: DirectLinks | undefined;
  #isClosed = false;

  constructor(bring: BringLinkCode, ports: DirectPorts) {
    this.#bring = bring;
    this.#ports = ports;
  }

  async over<T>(station: StationRef, work: (link: StationLink) => Promise<T>): Promise<T | undefined> {
    // Without its code no other station is reached; what it was wanted for is tried again later.
    const code = await this.#bring().catch(() => undefined);
    if (code === undefined || this.#isClosed) return undefined;
    this.#directs ??= new code.DirectLinks(this.#ports);
    return await this.#directs.over(station, work);
  }

  close(): void {
    this.#isClosed = true;
    this.#directs?.close();
  }
}
