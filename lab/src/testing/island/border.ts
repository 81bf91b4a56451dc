/* A border between regions on a network in memory: while it is cut, who dials across it finds nobody, and links across it are lost. */
import { type Carrier, CarrierError, type Link } from "@chapar/carrier";
import type { MemoryNetwork } from "@chapar/carrier/testing";

/** The border. */
export class Border {
  readonly #network: MemoryNetwork;
  /** region of each route */
  readonly #regions = new Map<string, string>();
  /** links across, with their routes */
  readonly #across = new Map<Link, string>();
  #isCut = false;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  /** Says where a route leads. */
  place(route: string, region: string): void {
    this.#regions.set(route, region);
  }

  /** What somebody in a region dials over. */
  carrier(region: string): Carrier {
    const inner = this.#network.carrier();
    return {
      ...inner,
      dial: async (route, options) => {
        const isAcross = (this.#regions.get(route) ?? region) !== region;
        if (isAcross && this.#isCut) throw new CarrierError("carrier/unreachable");
        const link = await inner.dial(route, options);
        if (!isAcross) return link;
        this.#across.set(link, route);
        void link.ended.then(() => this.#across.delete(link));
        // It may have been cut while this was dialed.
        if (this.#isCut) this.#lose(link, route);
        return link;
      },
    };
  }

  cut(): void {
    this.#isCut = true;
    for (const [link, route] of this.#across) this.#lose(link, route);
  }

  join(): void {
    this.#isCut = false;
  }

  #lose(link: Link, route: string): void {
    for (const pair of this.#network.links(route)) if (pair.dialer === link) pair.cut();
  }
}
