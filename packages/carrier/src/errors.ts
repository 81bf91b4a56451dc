/*
 * Every way in which a carrier refuses, as one table. Codes are stable API and compared as strings. No error names an
 * address: `reason` is what the platform calls the failure (`ECONNREFUSED`, `http 403`), never where it happened.
 */

interface CodeRow {
  /** one sentence: what failed */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

/** What each code means, whose fault it is, and whether trying again can help. Printed into docs/errors.md. */
export const CARRIER_CODES = {
  "carrier/bad-route": { what: "a route is not one this carrier can drive", whose: "user", retry: false },
  "carrier/unreachable": { what: "nothing answered as a station at the route", whose: "network", retry: true },
  "carrier/timed-out": { what: "the route did not open in time", whose: "network", retry: true },
  "carrier/unusable": { what: "the route opened, but no usable station spoke over it", whose: "network", retry: true },
  "carrier/refused": { what: "a relay answered that it does not forward there now", whose: "peer", retry: true },
  "carrier/own-hello": {
    what: "the route would show this program's own TLS hello on the open internet, which its settings forbid",
    whose: "user",
    retry: false,
  },
  "carrier/no-transport": {
    what: "the program that drives a pluggable transport is not installed or does not work",
    whose: "user",
    retry: false,
  },
  "carrier/no-route": { what: "no route led to the station", whose: "network", retry: true },
} as const;

const ROWS: Readonly<Record<string, CodeRow>> = CARRIER_CODES;

/** Stable codes of this package. */
export type CarrierCode = keyof typeof CARRIER_CODES;

/** A route that failed, or several. */
export class CarrierError extends Error {
  readonly code: CarrierCode;
  /** the platform's name of the failure, without any address */
  readonly reason: string | undefined;

  constructor(code: CarrierCode, reason?: string, options?: { readonly cause?: unknown }) {
    super(reason === undefined ? code : `${code}: ${reason}`, options);
    this.name = "CarrierError";
    this.code = code;
    this.reason = reason;
  }
}

/** Whether a caught value is this package's error, optionally with one code; works across workers. */
export function isCarrierError(error: unknown, code?: CarrierCode): error is CarrierError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(ROWS, error.code) && (code === undefined || error.code === code);
}
