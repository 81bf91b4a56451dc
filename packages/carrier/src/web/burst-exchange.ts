/*
 * Exchanges of bursts in a browser. A page cannot choose its connections: the station's `connection: close` ends each
 * where HTTP/1.1 is spoken; over HTTP/2 and 3 the front decides, and the budget is only kept for each exchange.
 */
import { burstCarrier, type BurstCarrierOptions, type BurstExchange } from "../burst/burst-carrier.ts";
import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { systemClock, systemRng } from "./system.ts";

/** Requests over `fetch`, without cookies or cache. */
export const fetchBurstExchange: BurstExchange = async ({ method, url, body }, signal) => {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      body: body ?? null,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    if (response.status === 200) return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    // A page is never told why.
    throw new CarrierError("carrier/unreachable", undefined, { cause: error });
  }
  throw new CarrierError("carrier/unreachable", `http ${response.status}`);
};

/** Drives `burst+https://` and `burst+http://` routes from a browser. @see burstCarrier */
export function webBurstCarrier(options: Partial<BurstCarrierOptions> = {}): Carrier {
  return burstCarrier({
    exchange: fetchBurstExchange,
    clock: systemClock(),
    rng: systemRng(),
    randomBytes: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    ...options,
  });
}
