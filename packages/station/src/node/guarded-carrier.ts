/*
 * The second half of W-25: a name in a URL says nothing about where it leads, so every address it has must be one this
 * station may dial. The check is the look-up of the connection itself: a name that is looked up twice may answer a harmless
 * address to the check and an inward one to the connection. URLs that the operator named are dialed as they are.
 */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { CarrierError, type Carrier } from "@chapar/carrier";
import { webSocketCarrier } from "@chapar/carrier/node";
import { addressClass, mayDial, type AddressClass } from "../federation/address-class.ts";

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

const systemResolve: Resolve = (name) => lookup(name, { all: true });

/** @throws CarrierError `carrier/unreachable` when any address may not be dialed, or there is none */
async function allowed(name: string, own: AddressClass, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(name);
  if (addresses.length === 0 || !addresses.every(({ address }) => mayDial(own, addressClass(address))))
    throw new CarrierError("carrier/unreachable");
  return addresses;
}

/** A look-up that knows no name of which any address may not be dialed. */
function guardedLookup(own: AddressClass, resolve: Resolve): LookupFunction {
  const find = callbackify(async (name: string) => await allowed(name, own, resolve));
  return (name, options, callback) => {
    find(name, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) callback(error, "");
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

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
