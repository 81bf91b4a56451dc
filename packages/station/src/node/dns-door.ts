/*
 * The door for those who can reach nothing but a resolver: a name server for one domain that is delegated to this station
 * (protocol/8-road.md P-90). To strangers it is a small zone; whoever knows the station's key opens links, which are sealed like those
 * that come through relays.
 */
import { DnsAcceptor, dnsDomain, formatDnsRoute, type Clock, type Link } from "@chapar/carrier";
import { type DnsServer, startDnsServer } from "@chapar/carrier/node";
import { isIPv4 } from "node:net";
import { stationError } from "../errors.ts";
import type { Observer } from "../ports.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { networkOf } from "./road-gate.ts";

/** How a station is reached over DNS. */
export interface DnsDoorConfig {
  /** the domain whose name server this station is */
  readonly domain: string;
  /** 53, UDP and TCP */
  readonly port?: number;
  /** address to listen at; all of IPv4 */
  readonly host?: string;
  /** IPv4 address that the zone names for its server `ns.DOMAIN` */
  readonly address?: string;
  /** resolvers that people's programs ask, addresses with or without port, `system` for those of their network; `system` */
  readonly via?: readonly string[];
}

/** The way to a station over DNS, for lists and invites. @throws StationError `station/bad-config` */
export function dnsDoorRoute({ domain, via, address }: DnsDoorConfig, key: Uint8Array): string {
  if (dnsDomain(domain) === undefined || (address !== undefined && !isIPv4(address)))
    throw stationError("station/bad-config");
  try {
    return formatDnsRoute(domain, key, via);
  } catch (error) {
    throw stationError("station/bad-config", undefined, { cause: error });
  }
}

/** What a door needs of its station. */
export interface DnsDoorParts {
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly count: Observer["count"];
  /** takes a link that is sealed to the station's key */
  readonly accept: (link: Link, source: string) => void;
}

/** A door that is open. */
export interface DnsDoor extends AsyncDisposable {
  readonly linkCount: number;
}

/** Opens it. @throws Error `EADDRINUSE`, `EACCES` and the like from the sockets */
export async function openDnsDoor(config: DnsDoorConfig, parts: DnsDoorParts): Promise<DnsDoor> {
  const { key, clock, count, accept } = parts;
  const { domain, port = 53, host, address } = config;
  const acceptor = new DnsAcceptor({
    domain: dnsDomain(domain) ?? [],
    station: key,
    clock,
    sha256: nodeSha256,
    address: address === undefined ? undefined : Uint8Array.from(address.split(".").map(Number)),
    accept: (link, source) => {
      count("dns_links_opened", 1);
      accept(link, source);
    },
    onBound: () => count("dns_links_refused", 1),
  });
  const server: DnsServer = await startDnsServer({
    acceptor,
    port,
    host,
    sourceOf: (from) => `dns ${networkOf(from)}`,
  });
  return {
    get linkCount() {
      return acceptor.size;
    },
    async [Symbol.asyncDispose]() {
      acceptor.drop();
      await server[Symbol.asyncDispose]();
    },
  };
}
