/*
 * Opening a link to a station over whichever of its routes answers first. 
 */
import type { Carrier, Link } from "@chapar/carrier";
import type { StationRef } from "@chapar/wire";
import { ClientError } from "../errors.ts";

/** A link and what a person is told carries it. */
export interface DialedLink {
  readonly link: Link;
  readonly kind: string;
}

/** Makes the dialer that tries the routes of a station with these carriers. */
export function dialer(
  carriers: readonly Carrier[],
): (station: StationRef, signal: AbortSignal) => Promise<DialedLink> {
  return async (station, signal) => {
    let failure: unknown;
    for (const route of station.urls) {
      const carrier = carriers.find((one) => one.handles(route));
      if (carrier === undefined) continue;
      try {
        return { link: await carrier.dial(route, { signal }), kind: carrier.kind };
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure ?? new ClientError("client/no-route");
  };
}
