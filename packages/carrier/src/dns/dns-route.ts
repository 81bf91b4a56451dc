/*
 * Routes over DNS: `dns://DOMAIN/?station=KEY[&via=RESOLVER,RESOLVER…]`. DOMAIN is delegated to the station's own name server, KEY is the
 * station's in base32, RESOLVER an address with or without a port (IPv6 in brackets). Without `via` the network's own resolvers are asked;
 * `via=system,192.0.2.53` asks both.
 */
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { addressClass } from "../address-class.ts";
import { CarrierError } from "../errors.ts";
import { nameBytes, type DnsName } from "./dns-message.ts";
import { dataRoomBytes } from "./dns-names.ts";

const KEY_BYTES = 32;
/** As long as any URL of a station (protocol/3-identity.md). */
const MAX_ROUTE_BYTES = 256;
const MAX_RESOLVERS = 8;
const DNS_PORT = 53;
/** Below this a query says more about itself than it carries. */
const LEAST_ROOM_BYTES = 8;
/** What `via` calls the resolvers of the network that the device is in. */
export const SYSTEM_RESOLVERS = "system";

/** Where a resolver listens. */
export interface ResolverAddress {
  readonly host: string;
  readonly port: number;
}

/** A route, read. */
export interface DnsRoute {
  readonly domain: DnsName;
  /** the station's key, 32 bytes */
  readonly station: Uint8Array;
  readonly asksSystem: boolean;
  readonly via: readonly ResolverAddress[];
}

/** A domain as a list of labels; undefined when it is none, or so long that a query of 72 bytes has no room beside it. */
export function dnsDomain(text: string): DnsName | undefined {
  const name = text.toLowerCase().split(".");
  const isName = name.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return isName && nameBytes(name) <= 64 && dataRoomBytes(name) >= LEAST_ROOM_BYTES ? name : undefined;
}

/** Reads `host`, `host:port`, `[v6]`, `[v6]:port`; addresses only, for a name would need a resolver. */
export function resolverAddress(text: string): ResolverAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? "";
  const port = Number(match[3] ?? DNS_PORT);
  const isAddress = match[1] === undefined ? /^(?:\d{1,3}\.){3}\d{1,3}$/.test(host) : host.includes(":");
  if (!isAddress || port === 0 || port > 65_535 || addressClass(host) === undefined) return undefined;
  return { host, port };
}

/** @returns the route, or undefined when it is not one over DNS */
export function dnsRoute(route: string): DnsRoute | undefined {
  const match = route.length > MAX_ROUTE_BYTES ? null : /^dns:\/\/([a-z0-9.-]+)\/?\?([\x21-\x7e]+)$/.exec(route);
  if (match === null) return undefined;
  const [, host = "", query = ""] = match;
  const fields = new Map<string, string>();
  for (const part of query.split("&")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (more.length > 0 || fields.has(name) || (name !== "station" && name !== "via")) return undefined;
    fields.set(name, value);
  }
  const domain = dnsDomain(host);
  const station = fromBase32(fields.get("station") ?? "");
  if (domain === undefined || station?.byteLength !== KEY_BYTES) return undefined;
  const named = (fields.get("via") ?? SYSTEM_RESOLVERS).split(",");
  const via = named.filter((text) => text !== SYSTEM_RESOLVERS).map(resolverAddress);
  const known = via.filter((address) => address !== undefined);
  if (known.length !== via.length || known.length > MAX_RESOLVERS) return undefined;
  return { domain, station, asksSystem: named.includes(SYSTEM_RESOLVERS), via: known };
}

/** As dnsRoute. @throws CarrierError `carrier/bad-route` */
export function requireDnsRoute(route: string): DnsRoute {
  const read = dnsRoute(route);
  if (read === undefined) throw new CarrierError("carrier/bad-route");
  return read;
}

/** Writes a route over DNS. @throws CarrierError `carrier/bad-route` when it would not be read again */
export function formatDnsRoute(domain: string, station: Uint8Array, via: readonly string[] = []): string {
  const beside = via.length === 0 ? "" : `&via=${via.join(",")}`;
  const route = `dns://${domain.toLowerCase()}/?station=${toBase32(station)}${beside}`;
  requireDnsRoute(route);
  return route;
}
