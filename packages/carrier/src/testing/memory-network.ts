/*
 * A network in memory: routes that somebody listens at, a carrier that dials them, and a hand that blocks routes and
 * breaks links. Every scenario with several parties runs on one of these and one FakeClock.
 */
import { CarrierError } from "../errors.ts";
import type { Carrier, Clock, Link } from "../port.ts";
import { linkPair, type LinkPair, type LinkPairOptions } from "./link-pair.ts";

/** What a route does to those who dial it. */
export type RouteState = "open" | "refusing" | "silent";

/** A network of one clock. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #options: LinkPairOptions;
  readonly #listeners = new Map<string, (link: Link) => void>();
  readonly #states = new Map<string, RouteState>();
  readonly #pairs = new Map<LinkPair, string>();

  constructor(clock: Clock, options: LinkPairOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Links that are open now, optionally over one route. */
  links(route?: string): readonly LinkPair[] {
    return [...this.#pairs].filter(([, over]) => route === undefined || over === route).map(([pair]) => pair);
  }

  /** Takes links at a route until the returned function is called; open links stay. */
  listen(route: string, accept: (link: Link) => void): () => void {
    this.#listeners.set(route, accept);
    return () => {
      if (this.#listeners.get(route) === accept) this.#listeners.delete(route);
    };
  }

  /** What dialing a route does from now on: `refusing` fails at once, `silent` never answers. */
  set(route: string, state: RouteState): void {
    this.#states.set(route, state);
  }

  /** Breaks every open link, or those over one route. */
  cut(route?: string): void {
    for (const pair of this.links(route)) pair.cut();
  }

  /** A carrier on this network, with its own line if `options` say so. Drives any route; only those listened at open. */
  carrier(
    options: LinkPairOptions & { readonly kind?: string; readonly handles?: (route: string) => boolean } = {},
  ): Carrier {
    const line = { ...this.#options, ...options };
    return {
      kind: options.kind ?? "memory",
      handles: options.handles ?? (() => true),
      dial: (route, { signal }) => this.#dial(route, line, signal),
    };
  }

  async #dial(route: string, line: LinkPairOptions, signal: AbortSignal): Promise<Link> {
    signal.throwIfAborted();
    if (!/^[a-z][a-z0-9+.-]*:\S+$/.test(route)) throw new CarrierError("carrier/bad-route");
    const roundTripMs = 2 * (line.latencyMs ?? 0);
    if (roundTripMs > 0) await this.#clock.sleep(roundTripMs, signal);
    if (this.#states.get(route) === "silent") await this.#clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    const accept = this.#states.get(route) === "refusing" ? undefined : this.#listeners.get(route);
    if (accept === undefined) throw new CarrierError("carrier/unreachable");
    const pair = linkPair(line, this.#clock);
    this.#pairs.set(pair, route);
    void Promise.all([pair.dialer.ended, pair.acceptor.ended]).then(() => this.#pairs.delete(pair));
    accept(pair.acceptor);
    return pair.dialer;
  }
}
