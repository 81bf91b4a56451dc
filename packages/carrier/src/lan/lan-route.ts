/*
 * Routes on the local network: `lan://KEY`, the station's key in base32. Where it is there is asked by multicast DNS (RFC 6762, RFC 6763), under a name that is
 * made of the key and the hour: who has the key can ask and knows what it hears; who has not hears a name like any other device's, which is
 * another one an hour later.
 */
import { concatBytes, fromBase32, toBase32, utf8, type Sha256 } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";

const KEY_BYTES = 32;
const LABEL = utf8("chapar lan v1\0");
/** How long a name lasts. */
export const LAN_PERIOD_MS = 3_600_000;
const NAME_BYTES = 15;
/** The most ordinary service there is: printers, televisions and boxes of all kinds have it. */
const SERVICE = "_http._tcp.local";

/** @returns the station's key, or undefined when a route is not one of the local network */
export function lanRoute(route: string): Uint8Array | undefined {
  const [, text = ""] = /^lan:\/\/([a-z2-7]+)\/?$/.exec(route) ?? [];
  const key = fromBase32(text);
  return key?.byteLength === KEY_BYTES ? key : undefined;
}

/** As lanRoute. @throws CarrierError `carrier/bad-route` */
export function requireLanRoute(route: string): Uint8Array {
  const key = lanRoute(route);
  if (key === undefined) throw new CarrierError("carrier/bad-route");
  return key;
}

/** The route to the station of a key. */
export function formatLanRoute(key: Uint8Array): string {
  return `lan://${toBase32(key)}`;
}

/** The name of a station at a time, in lower case. */
export function lanName(sha256: Sha256, key: Uint8Array, atMs: number): string {
  const period = new Uint8Array(8);
  new DataView(period.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(atMs / LAN_PERIOD_MS))));
  return `${toBase32(sha256(concatBytes(LABEL, key, period)).subarray(0, NAME_BYTES))}.${SERVICE}`;
}

/** The names that a station answers to: of this hour, and of those beside it, for clocks differ. */
export function lanNames(sha256: Sha256, key: Uint8Array, atMs: number): readonly string[] {
  return [0, -LAN_PERIOD_MS, LAN_PERIOD_MS].map((byMs) => lanName(sha256, key, atMs + byMs));
}
