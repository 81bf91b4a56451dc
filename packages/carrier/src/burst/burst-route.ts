/*
 * Routes of bursts: `burst+https://host[:port][,host[:port]…][/path]`, several hosts being several fronts of one station;
 * `burst+http` where the front has no TLS, as in a lab or behind somebody else's.
 */
import { CarrierError } from "../errors.ts";

/** Where a station takes bursts, below a front, unless the route names a path. */
export const BURST_PATH = "/v1/burst";

/** A route, read. */
export interface BurstRoute {
  readonly isTls: boolean;
  /** URLs without a slash at the end; the dialer spreads its connections over them */
  readonly fronts: readonly string[];
}

/** @returns the route, or undefined when it is not one of bursts */
export function burstRoute(route: string): BurstRoute | undefined {
  const match = /^burst\+(https?):\/\/([a-z0-9.:[\],-]+)(\/[\w./~-]*)?$/i.exec(route);
  if (match === null) return undefined;
  const [, scheme = "", hosts = "", path = ""] = match;
  const fronts: string[] = [];
  for (const host of hosts.split(",")) {
    try {
      const url = new URL(`${scheme}://${host}${path.replace(/\/+$/, "") || BURST_PATH}`);
      if (url.host === "") return undefined;
      fronts.push(`${url.protocol}//${url.host}${url.pathname}`);
    } catch {
      return undefined;
    }
  }
  return fronts.length > 8 ? undefined : { isTls: scheme.toLowerCase() === "https", fronts };
}

/** As burstRoute. @throws CarrierError `carrier/bad-route` */
export function requireBurstRoute(route: string): BurstRoute {
  const read = burstRoute(route);
  if (read === undefined) throw new CarrierError("carrier/bad-route");
  return read;
}
