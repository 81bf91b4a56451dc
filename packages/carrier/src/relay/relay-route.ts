/*
 * Routes through a relay: `relay+ws(s)://host[:port]/path?station=KEY[&via=KEY]`, keys in base32. What stands behind
 * `relay+` up to the question mark is a route to the relay itself, for whichever carrier drives it.
 */
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";

const PREFIX = "relay+";
const KEY_BYTES = 32;
/** As long as any URL of a station (protocol/3-identity.md). */
const MAX_ROUTE_BYTES = 256;

/** A route, read. */
export interface RelayRoute {
  /** the way to the relay */
  readonly inner: string;
  /** the station's key, 32 bytes */
  readonly station: Uint8Array;
  /** the second relay's key */
  readonly via: Uint8Array | undefined;
}

function keyOf(text: string | undefined): Uint8Array | undefined {
  const key = text === undefined ? undefined : fromBase32(text);
  return key?.byteLength === KEY_BYTES ? key : undefined;
}

/** @returns the route, or undefined when it is not one through a relay */
export function relayRoute(route: string): RelayRoute | undefined {
  if (route.length > MAX_ROUTE_BYTES) return undefined;
  const match = /^relay\+([a-z][a-z0-9+.-]*:\/\/[^\s?#]+)\?([a-z0-9=&]+)$/.exec(route);
  if (match === null) return undefined;
  const [, inner = "", query = ""] = match;
  const fields = new Map<string, string>();
  for (const part of query.split("&")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (more.length > 0 || fields.has(name) || (name !== "station" && name !== "via")) return undefined;
    fields.set(name, value);
  }
  const [station, via] = [keyOf(fields.get("station")), keyOf(fields.get("via"))];
  if (station === undefined || (fields.has("via") && via === undefined)) return undefined;
  return { inner, station, via };
}

/** As relayRoute. @throws CarrierError `carrier/bad-route` */
export function requireRelayRoute(route: string): RelayRoute {
  const read = relayRoute(route);
  if (read === undefined) throw new CarrierError("carrier/bad-route");
  return read;
}

/**
 * Writes a route through a relay.
 *
 * @param inner the relay's own address, such as `wss://relay.example/path`
 * @throws CarrierError `carrier/bad-route` when it would not be read again
 */
export function formatRelayRoute({ inner, station, via }: RelayRoute): string {
  const second = via === undefined ? "" : `&via=${toBase32(via)}`;
  const route = `${PREFIX}${inner}?station=${toBase32(station)}${second}`;
  requireRelayRoute(route);
  return route;
}
