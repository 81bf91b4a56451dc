/*
 * Routes through a volunteer's browser tab: `snow+ROUTE?station=KEY[&at=KEY][&stun=host:port]`, keys in base32. What stands between
 * `snow+` and the question mark is a route to the station where a volunteer is asked for, `at` that station's key when it is another than
 * the one that is wanted, and `stun` a service that tells an end its own address (RFC 8489).
 */
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";

const PREFIX = "snow+";
const KEY_BYTES = 32;
const MAX_ROUTE_BYTES = 256;
const STUN_FORM = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]):[1-9]\d{0,4}$/;

/** A route, read. */
export interface SnowRoute {
  /** the way to where a volunteer is asked for */
  readonly inner: string;
  /** the station that is wanted, 32 bytes */
  readonly station: Uint8Array;
  /** the one that is asked, 32 bytes */
  readonly at: Uint8Array;
  /** `host:port` */
  readonly stun: string | undefined;
}

function keyOf(text: string | undefined): Uint8Array | undefined {
  const key = text === undefined ? undefined : fromBase32(text);
  return key?.byteLength === KEY_BYTES ? key : undefined;
}

/** Whether a text is `host:port` as a route names a STUN service. */
export function isStunPlace(text: string): boolean {
  return STUN_FORM.test(text) && Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535;
}

/** @returns the route, or undefined when it is not one through a volunteer's tab */
export function snowRoute(route: string): SnowRoute | undefined {
  if (route.length > MAX_ROUTE_BYTES) return undefined;
  const match = /^snow\+([a-z][a-z0-9+.-]*:\/\/[^\s#]+)\?([a-z0-9=&.:[\]-]+)$/.exec(route);
  if (match === null) return undefined;
  const [, inner = "", query = ""] = match;
  const fields = new Map<string, string>();
  for (const part of query.split("&")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (more.length > 0 || fields.has(name) || !["station", "at", "stun"].includes(name)) return undefined;
    fields.set(name, value);
  }
  const station = keyOf(fields.get("station"));
  const at = fields.has("at") ? keyOf(fields.get("at")) : station;
  const stun = fields.get("stun");
  if (station === undefined || at === undefined || (stun !== undefined && !isStunPlace(stun))) return undefined;
  // One within another would lead nowhere that one alone does not.
  return inner.startsWith(PREFIX) ? undefined : { inner, station, at, stun };
}

/** As snowRoute. @throws CarrierError `carrier/bad-route` */
export function requireSnowRoute(route: string): SnowRoute {
  const read = snowRoute(route);
  if (read === undefined) throw new CarrierError("carrier/bad-route");
  return read;
}

/**
 * Writes a route through volunteers' tabs.
 *
 * @param inner a route to the station that is asked, such as its URL
 * @throws CarrierError `carrier/bad-route` when it would not be read again
 */
export function formatSnowRoute({
  inner,
  station,
  at = station,
  stun,
}: Omit<SnowRoute, "at"> & Partial<SnowRoute>): string {
  const asked = toBase32(at) === toBase32(station) ? "" : `&at=${toBase32(at)}`;
  const route = `${PREFIX}${inner}?station=${toBase32(station)}${asked}${stun === undefined ? "" : `&stun=${stun}`}`;
  requireSnowRoute(route);
  return route;
}
