/*
 * Node's TLS hello is unmistakable (52 to 59 ciphers where a browser has 15), and there are networks that drop what is not a
 * browser's (3-road.md R12) or remember who sent it. Where that is known to be so, a person can forbid it: routes that would show the
 * hello to a host on the open internet are then refused before anything is sent. What runs inside Shadowsocks shows none.
 */
import { BlockList, isIP } from "node:net";
import { burstRoute } from "../burst/burst-route.ts";
import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { webSocketUrl } from "../web-socket-route.ts";

/** Addresses that no border lies before: this machine, this link, private networks (RFC 6890, RFC 4193). */
const NEAR = new BlockList();
for (const [network, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  NEAR.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  NEAR.addSubnet(network, prefix, "ipv6");
}

function isNear(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  // A name may lead anywhere.
  if (family === 0) return host === "localhost" || host.endsWith(".localhost") || host.endsWith(".local");
  return NEAR.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** Whether dialing a route shows Node's own TLS hello to a host on the open internet. */
export function showsOwnHello(route: string): boolean {
  const url = webSocketUrl(route);
  if (url !== undefined) return url.startsWith("wss:") && !isNear(url);
  return burstRoute(route)?.fronts.some((front) => front.startsWith("https:") && !isNear(front)) ?? false;
}

/** As a carrier, but refuses routes that would show Node's own hello, with `carrier/own-hello`. */
export function withoutOwnHello(carrier: Carrier): Carrier {
  return {
    kind: carrier.kind,
    handles: (route) => carrier.handles(route),
    async dial(route, options) {
      if (showsOwnHello(route)) throw new CarrierError("carrier/own-hello");
      return await carrier.dial(route, options);
    },
  };
}
