/*
 * The door for Shadowsocks' 2022 edition (protocol/8-road.md P-33 to P-36): a port that leads to this station's own HTTP port and nowhere else. Its
 * key is made of the station's seed, so that the route stays what it was over restarts and restorations.
 */
import { hkdfSync } from "node:crypto";
import { isIP } from "node:net";
import { shadowsocksRouteOf, startShadowsocksServer, type ShadowsocksServer } from "@chapar/carrier/node";
import { stationError } from "../errors.ts";
import type { Observer } from "../ports.ts";

const METHOD = "2022-blake3-aes-256-gcm";
const KEY_BYTES = 32;
const LABEL = "chapar station shadowsocks v1";

/** How a station is reached by Shadowsocks. */
export interface SsDoorConfig {
  /** name or address that people's programs dial */
  readonly publicHost: string;
  /** TCP */
  readonly port: number;
  /** the port that people's programs dial, when another is passed on; the same */
  readonly publicPort?: number;
  /** address to listen at; all of IPv4 */
  readonly host?: string;
}

/** Where the station's own HTTP is, as seen from this machine. */
export interface InnerAddress {
  readonly host: string;
  readonly port: number;
}

const keyOf = (seed: Uint8Array): Uint8Array => new Uint8Array(hkdfSync("sha256", seed, "", LABEL, KEY_BYTES));

/** The way to a station through its own Shadowsocks port. @throws StationError `station/bad-config` */
export function ssDoorRoute(config: SsDoorConfig, seed: Uint8Array, inner: InnerAddress): string {
  const { publicHost, publicPort = config.port } = config;
  const isHost = isIP(publicHost) !== 0 || /^[a-z0-9](?:[a-z0-9.-]{0,100}[a-z0-9])?$/i.test(publicHost);
  if (!isHost) throw stationError("station/bad-config");
  const host = publicHost.includes(":") ? `[${publicHost}]` : publicHost;
  return shadowsocksRouteOf({
    server: `${host}:${publicPort}`,
    method: METHOD,
    key: keyOf(seed),
    station: `http://${inner.host}:${inner.port}`,
  });
}

/** Opens it. @throws Error `EADDRINUSE` and the like from the socket */
export async function openSsDoor(
  config: SsDoorConfig,
  seed: Uint8Array,
  inner: InnerAddress,
  count: Observer["count"],
): Promise<ShadowsocksServer> {
  return await startShadowsocksServer({
    method: METHOD,
    key: keyOf(seed),
    port: config.port,
    host: config.host,
    target: inner,
    onRequest: (outcome) => count("shadowsocks", 1, outcome),
  });
}
