/*
 * Names to addresses for whoever dials on others' behalf: every address of a name must be one that may be dialed. The check
 * is the look-up of the connection itself: a name that is looked up twice may answer a harmless address to the check and
 * an inward one to the connection.
 */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { addressClass, mayDial, type AddressClass } from "../address-class.ts";
import { CarrierError } from "../errors.ts";

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** The system's resolver. */
export const systemResolve: Resolve = (name) => lookup(name, { all: true });

/**
 * All addresses of a name that may be dialed.
 *
 * @param own the narrowest class that may be dialed
 * @throws CarrierError `carrier/unreachable` when any address may not be dialed, or there is none; the resolver's error
 */
async function allowedAddresses(name: string, own: AddressClass, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const addresses = await resolve(name);
  if (addresses.length === 0 || !addresses.every(({ address }) => mayDial(own, addressClass(address))))
    throw new CarrierError("carrier/unreachable");
  return addresses;
}

/** A look-up that knows no name of which any address may not be dialed. Addresses are not looked up: check them before. */
export function guardedLookup(own: AddressClass, resolve: Resolve = systemResolve): LookupFunction {
  const find = callbackify(async (name: string) => await allowedAddresses(name, own, resolve));
  return (name, options, callback) => {
    find(name, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) callback(error, "");
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
