/*
 * Drives dns routes from Node. The link is sealed to the station's key before anything goes over it, because resolvers are whoever's the
 * network says: they see TLS. The seal is the cheapest that TLS has: X25519 alone, as a key share of ML-KEM would be 70 queries more
 * before the first byte (docs/adr/0015).
 */
import { createHash, randomBytes } from "node:crypto";
import { bareDnsCarrier, type DnsCarrierOptions } from "../dns/dns-carrier.ts";
import { requireDnsRoute } from "../dns/dns-route.ts";
import type { Carrier } from "../port.ts";
import { openNodeDatagrams, systemResolvers } from "./dns-datagrams.ts";
import { sealLink } from "./sealed-link.ts";
import { systemClock } from "./system.ts";

/** For TLS to be agreed on over a slow line: 0.5 kB there, 1 kB back. */
const SEAL_LIMIT_MS = 20_000;

/** For a close to be answered: what waits before it takes its time. */
const CLOSE_LIMIT_MS = 12_000;

/** Bounds of a dns carrier, and where it asks. */
export interface NodeDnsOptions extends Partial<DnsCarrierOptions> {
  /** until the station has answered the close of a sealed link; as long as for a bare one */
  readonly sealCloseLimitMs?: number;
}

/** As dnsCarrier, but its links are not sealed: for measuring, and for tests of what is below. */
export function nodeBareDnsCarrier(options: NodeDnsOptions = {}): Carrier {
  return bareDnsCarrier({
    open: openNodeDatagrams,
    systemResolvers,
    clock: systemClock(),
    sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
    randomBytes: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
    ...options,
  });
}

/** Drives `dns://` routes. Its links lead to the door at which stations take sealed links of sessions. @see bareDnsCarrier */
export function dnsCarrier(options: NodeDnsOptions = {}): Carrier {
  const bare = nodeBareDnsCarrier(options);
  const closeLimitMs = options.sealCloseLimitMs ?? options.closeLimitMs ?? CLOSE_LIMIT_MS;
  return {
    kind: bare.kind,
    handles: (route) => bare.handles(route),
    async dial(route, { signal }) {
      const { station } = requireDnsRoute(route);
      const link = await bare.dial(route, { signal });
      return await sealLink(link, station, { signal, sealLimitMs: SEAL_LIMIT_MS, closeLimitMs, ecdhCurve: "X25519" });
    },
  };
}
