/*
 * The second half of W-25: a name in a URL says nothing about where it leads, so it is resolved before it is dialed and
 * every address it has must be one this station may dial. URLs that the operator named are dialed as they are.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { CarrierError, type Carrier } from "@chapar/carrier";
import { addressClass, mayDial, type AddressClass } from "../federation/address-class.ts";

/** Wraps a carrier so that it refuses names that lead to narrower addresses than the station's own. */
export function guardedCarrier(carrier: Carrier, own: AddressClass, operatorUrls: readonly string[]): Carrier {
  return {
    kind: carrier.kind,
    handles: (route) => carrier.handles(route),
    async dial(route, options) {
      if (!operatorUrls.includes(route)) await check(route, own);
      return await carrier.dial(route, options);
    },
  };
}

async function check(route: string, own: AddressClass): Promise<void> {
  const { hostname } = new URL(route);
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (isIP(host) !== 0) return;
  let addresses: readonly { readonly address: string }[];
  try {
    addresses = await lookup(host, { all: true });
  } catch {
    throw new CarrierError("carrier/unreachable");
  }
  if (!addresses.every(({ address }) => mayDial(own, addressClass(address))))
    throw new CarrierError("carrier/unreachable");
}
