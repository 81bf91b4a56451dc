/*
 * Routes through a Shadowsocks server to a station behind it, as SIP002 writes servers:
 * `ss://base64url(method:password)@host:port/?station=…&prefix=…`. `station` is where the server is asked to connect:
 * `tcp://host:port` for a bare stream, or a station's URL, whose WebSocket then runs inside. `prefix` is what the salt
 * begins with (as Outline has it): characters up to U+00FF, a byte each.
 */
import { fromBase64, fromBase64Url } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";
import { webSocketUrl } from "../web-socket-route.ts";
import { SHADOWSOCKS_METHODS, type ShadowsocksMethod } from "./shadowsocks-cipher.ts";

/** A route, read. */
export interface ShadowsocksRoute {
  readonly server: { readonly host: string; readonly port: number };
  readonly method: ShadowsocksMethod;
  readonly password: string;
  readonly prefix: Uint8Array;
  /** where the server connects */
  readonly target: { readonly host: string; readonly port: number };
  /** the WebSocket URL to open inside; a bare stream when undefined */
  readonly webSocketUrl: string | undefined;
}

/** Bytes of a salt that may be chosen: sixteen at least stay random, so that no salt comes twice. */
const MAX_PREFIX_BYTES = 16;

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
  const bytes = fromBase64Url(userInfo.replace(/=+$/, "")) ?? fromBase64(userInfo);
  const text = bytes === undefined ? decodeURIComponent(userInfo) : new TextDecoder().decode(bytes);
  const at = text.indexOf(":");
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

function read(route: string): ShadowsocksRoute | undefined {
  const match = /^ss:\/\/([^@/?#]+)@([^@/?#]+)\/?\?([^#\s]+)(?:#.*)?$/.exec(route);
  if (match === null) return undefined;
  const [, userInfo = "", host = "", query = ""] = match;
  const fields = new URLSearchParams(query);
  const [method, password] = credentials(userInfo) ?? [];
  const known = SHADOWSOCKS_METHODS.find((each) => each === method);
  const server = endpoint(new URL(`tcp://${host}`), 0);
  const prefix = prefixOf(fields.get("prefix") ?? "");
  const station = new URL(fields.get("station") ?? "");
  if (known === undefined || password === undefined || server === undefined || prefix === undefined) return undefined;
  // A plugin would carry the stream, and none is driven here.
  if ((fields.get("plugin") ?? "") !== "") return undefined;
  const isBare = station.protocol === "tcp:";
  const inner = isBare ? undefined : webSocketUrl(station.href);
  if (!isBare && inner === undefined) return undefined;
  const isTls = inner?.startsWith("wss:") === true;
  const target = endpoint(station, isBare ? 0 : isTls ? 443 : 80);
  return target && { server, method: known, password, prefix, target, webSocketUrl: inner };
}

/** @returns the route, or undefined when it is not one through a Shadowsocks server that can be driven */
export function shadowsocksRoute(route: string): ShadowsocksRoute | undefined {
  try {
    return read(route);
  } catch {
    // URL and percent decoding throw on what is no URL.
    return undefined;
  }
}

/** As shadowsocksRoute. @throws CarrierError `carrier/bad-route` */
export function requireShadowsocksRoute(route: string): ShadowsocksRoute {
  const known = shadowsocksRoute(route);
  if (known === undefined) throw new CarrierError("carrier/bad-route");
  return known;
}
