/*
 * The second half of W-25: a name in a URL says nothing about where it leads, so every address it has must be one this
 * station may dial. The check is the look-up of the connection itself. URLs that the operator named are dialed as they are.
 */
import { SEALED_LINK_PATH, type AddressClass, type Carrier } from "@chapar/carrier";
import { guardedLookup, lanCarrier, systemResolve, webSocketCarrier, type Resolve } from "@chapar/carrier/node";

/**
 * WebSocket routes for a station that dials for its clients.
 *
 * @param carrier  dials what the operator named
 * @param own  the class of the station's own address; hosts that are addresses are checked before this, by their URL
 * @param resolve  the system's resolver, unless a test has another
 */
export function guardedCarrier(
  carrier: Carrier,
  own: AddressClass,
  operatorUrls: readonly string[],
  resolve: Resolve = systemResolve,
): Carrier {
  const guarded = webSocketCarrier({ lookup: guardedLookup(own, resolve) });
  return {
    kind: carrier.kind,
    handles: (route) => carrier.handles(route),
    dial: async (route, options) => await (operatorUrls.includes(route) ? carrier : guarded).dial(route, options),
  };
}

/** What a station dials others with: URLs, and keys on its own local network when its operator named them (P-103). */
export function stationCarrier(urls: Carrier): Carrier {
  const near = lanCarrier({ linkPath: SEALED_LINK_PATH });
  return {
    kind: urls.kind,
    handles: (route) => urls.handles(route) || near.handles(route),
    dial: async (route, options) => await (near.handles(route) ? near : urls).dial(route, options),
  };
}
