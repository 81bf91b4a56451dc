/*
 * Dials stations through relays: to the relay over whatever carrier drives that way, through it by key, and sealed to
 * the station, so that the relay sees TLS. With a second relay the same once more in between.
 */
import { CarrierError } from "../errors.ts";
import type { Carrier, Link } from "../port.ts";
import { openThrough } from "../relay/open.ts";
import { relayRoute, requireRelayRoute, type RelayRoute } from "../relay/relay-route.ts";
import { CLOSE_LIMIT_MS, DIAL_LIMIT_MS } from "../web-socket-route.ts";
import { sealLink } from "./sealed-link.ts";

/** What a relay carrier needs. */
export interface RelayCarrierOptions {
  /** what drives the way to the relay; the first that handles it */
  readonly carriers: readonly Carrier[];
  /** until a dialed route is open to the station; 20 s */
  readonly dialLimitMs?: number;
  /** until the station has answered a close; 5 s */
  readonly closeLimitMs?: number;
}

async function reach(route: RelayRoute, options: RelayCarrierOptions, signal: AbortSignal): Promise<Link> {
  const carrier = options.carriers.find((each) => each.handles(route.inner));
  if (carrier === undefined) throw new CarrierError("carrier/bad-route");
  const limits = { signal, closeLimitMs: options.closeLimitMs ?? CLOSE_LIMIT_MS };
  let link = await carrier.dial(route.inner, { signal });
  // A link that is waited for in vain ends when the wait is over, and what waits for it then fails.
  const close = (): void => link.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    for (const key of route.via === undefined ? [route.station] : [route.via, route.station]) {
      link = await sealLink(await openThrough(link, key), key, limits);
    }
    return link;
  } catch (error) {
    link.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Drives `relay+…` routes. Its links lead to the door at which stations take sealed links of sessions. */
export function relayCarrier(options: RelayCarrierOptions): Carrier {
  return {
    kind: "relay",
    handles: (route) => {
      const inner = relayRoute(route)?.inner;
      return inner !== undefined && options.carriers.some((each) => each.handles(inner));
    },
    async dial(route, { signal }) {
      signal.throwIfAborted();
      const read = requireRelayRoute(route);
      const late = new AbortController();
      const timer = setTimeout(
        () => late.abort(new CarrierError("carrier/timed-out")),
        options.dialLimitMs ?? DIAL_LIMIT_MS,
      );
      try {
        return await reach(read, options, AbortSignal.any([signal, late.signal]));
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
