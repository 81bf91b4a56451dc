/*
 * Routes through a Shadowsocks server to a station behind it, as SIP002 writes servers:
 * `ss://base64url(method:password)@host:port/?station=…&prefix=…`. `station` is where the server is asked to connect:
 * `tcp://host:port` for a bare stream, or a station's URL, whose WebSocket then runs inside. `prefix` is what the salt
 * begins with (as Outline has it): characters up to U+00FF, a byte each.
 */
import { fromBase64, fromBase64Url, toBase64 } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";
import { webSocketUrl } from "../web-socket-route.ts";
import {
  SHADOWSOCKS_2022_METHODS,
  SHADOWSOCKS_METHODS,
  type Shadowsocks2022Method,
  type ShadowsocksMethod,
} from "./shadowsocks-aead.ts";
import { shadowsocks2022Key } from "./shadowsocks-2022.ts";
import { shadowsocksKey } from "./shadowsocks-cipher.ts";

/** A route, read. */
export interface ShadowsocksRoute {
  readonly server: { readonly host: string; readonly port: number };
  readonly method: ShadowsocksMethod | Shadowsocks2022Method;
  /** made of the password, or the password itself in the 2022 edition */
  readonly key: Uint8Array;
  readonly prefix: Uint8Array;
  /** where the server connects */
  readonly target: { readonly host: string; readonly port: number };
  /** the WebSocket URL to open inside; a bare stream when undefined */
  readonly webSocketUrl: string | undefined;
}

/** Bytes of a salt that may be chosen: sixteen at least stay random, so that no salt comes twice. */
const MAX_PREFIX_BYTES = 16;

/** Whether a method is one of the 2022 edition. */
export function is2022(method: ShadowsocksMethod | Shadowsocks2022Method): method is Shadowsocks2022Method {
  return method.startsWith("2022-");
}

function prefixOf(text: string): Uint8Array | undefined {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0x100);
  return codes.length > MAX_PREFIX_BYTES || codes.some((code) => code > 0xff) ? undefined : Uint8Array.from(codes);
}

function endpoint(url: URL, ordinaryPort: number): { readonly host: string; readonly port: number } | undefined {
  const port = url.port === "" ? ordinaryPort : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return host === "" || port === 0 ? undefined : { host, port };
}

function credentials(userInfo: string): readonly [method: string, password: string] | undefined {
  // SIP002: the 2022 edition's are percent-encoded, never base64.
  const bytes = fromBase64Url(userInfo.replace(/=+$/, "")) ?? fromBase64(userInfo);
  const text = bytes === undefined ? decodeURIComponent(userInfo) : new TextDecoder().decode(bytes);
  const at = text.indexOf(":");
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

function read(route: string, linkPath: string | undefined): ShadowsocksRoute | undefined {
  const match = /^ss:\/\/([^@/?#]+)@([^@/?#]+)\/?\?([^#\s]+)(?:#.*)?$/.exec(route);
  if (match === null) return undefined;
  const [, userInfo = "", host = "", query = ""] = match;
  const fields = new URLSearchParams(query);
  const [method, password] = credentials(userInfo) ?? [];
  const known = [...SHADOWSOCKS_METHODS, ...SHADOWSOCKS_2022_METHODS].find((each) => each === method);
  const server = endpoint(new URL(`tcp://${host}`), 0);
  const prefix = prefixOf(fields.get("prefix") ?? "");
  const station = new URL(fields.get("station") ?? "");
  if (known === undefined || password === undefined || server === undefined || prefix === undefined) return undefined;
  const key = is2022(known) ? shadowsocks2022Key(known, password) : shadowsocksKey(known, password);
  if (key === undefined) return undefined;
  // A plugin would carry the stream, and none is driven here.
  if ((fields.get("plugin") ?? "") !== "") return undefined;
  const isBare = station.protocol === "tcp:";
  const inner = isBare ? undefined : webSocketUrl(station.href, linkPath);
  if (!isBare && inner === undefined) return undefined;
  const isTls = inner?.startsWith("wss:") === true;
  const target = endpoint(station, isBare ? 0 : isTls ? 443 : 80);
  return target && { server, method: known, key, prefix, target, webSocketUrl: inner };
}

/**
 * @param linkPath  where links are taken below a station's URL; LINK_PATH
 * @returns the route, or undefined when it is not one through a Shadowsocks server that can be driven
 */
export function shadowsocksRoute(route: string, linkPath?: string): ShadowsocksRoute | undefined {
  try {
    return read(route, linkPath);
  } catch {
    // URL and percent decoding throw on what is no URL.
    return undefined;
  }
}

/** As shadowsocksRoute. @throws CarrierError `carrier/bad-route` */
export function requireShadowsocksRoute(route: string, linkPath?: string): ShadowsocksRoute {
  const known = shadowsocksRoute(route, linkPath);
  if (known === undefined) throw new CarrierError("carrier/bad-route");
  return known;
}

/** What a route through a server of the 2022 edition is made of. */
export interface Shadowsocks2022Place {
  /** `host:port` */
  readonly server: string;
  readonly method: Shadowsocks2022Method;
  readonly key: Uint8Array;
  /** `tcp://host:port` or a station's URL, as the server sees it */
  readonly station: string;
}

/** Writes such a route, as SIP002 does. @throws CarrierError `carrier/bad-route` when it would not be read again */
export function shadowsocksRouteOf({ server, method, key, station }: Shadowsocks2022Place): string {
  const user = `${method}:${encodeURIComponent(toBase64(key))}`;
  const route = `ss://${user}@${server}/?station=${encodeURIComponent(station)}`;
  requireShadowsocksRoute(route);
  return route;
}
