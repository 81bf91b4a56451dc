/*
 * Routes through a pluggable transport: `pt+NAME://[ARGS@]host:port[/path]`. NAME is the transport's, ARGS its arguments
 * (`k=v;k=v`, each part percent-encoded), host and port where its server is reached, which hands on to a station or relay; the
 * path is where that takes links, when not at a station's own.
 */
import { tunnelTarget, type TunnelTarget } from "../tunnel/target.ts";
import type { PtArgs } from "./pt-args.ts";

/** As long as any URL of a station (protocol/3-identity.md). */
const MAX_ROUTE_BYTES = 256;
const MAX_ARGS = 32;
/** Of what pt-spec §3.1 allows (C identifiers) what a URI's scheme can hold (RFC 3986 §3.1); `_` is written `-`. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** A route, read. */
export interface PtRoute {
  /** the transport, as its program calls it */
  readonly transport: string;
  readonly args: PtArgs;
  readonly target: TunnelTarget;
  /** where links are taken behind it, "" or beginning with a slash */
  readonly path: string;
}

function readArgs(text: string): PtArgs | undefined {
  const args: [string, string][] = [];
  for (const part of text === "" ? [] : text.split(";")) {
    const at = part.indexOf("=");
    if (at < 1 || args.length === MAX_ARGS) return undefined;
    try {
      args.push([decodeURIComponent(part.slice(0, at)), decodeURIComponent(part.slice(at + 1))]);
    } catch {
      // A percent sign that begins nothing.
      return undefined;
    }
  }
  return args;
}

/** @returns the route, or undefined when it is not one through a pluggable transport */
export function ptRoute(route: string): PtRoute | undefined {
  if (route.length > MAX_ROUTE_BYTES) return undefined;
  const match = /^pt\+([a-z0-9-]+):\/\/(?:([!-~]*)@)?(\[[0-9a-f:.]+\]|[^@:/?#[\]\s]+):(\d{1,5})(\/[!-~]*)?$/.exec(
    route,
  );
  if (match === null) return undefined;
  const [, name = "", written = "", host = "", port = "", path = ""] = match;
  const target = tunnelTarget(host.replace(/^\[(.*)\]$/, "$1"), Number(port));
  const args = readArgs(written);
  if (!NAME.test(name) || target === undefined || args === undefined || /[?#@]/.test(path)) return undefined;
  return { transport: name.replaceAll("-", "_"), args, target, path: path === "/" ? "" : path };
}

/** Writes a route. @returns undefined when it would not be read again, for its length or the transport's name */
export function formatPtRoute({ transport, args, target, path }: PtRoute): string | undefined {
  const part = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${hex(char)}`);
  const user = args.map(([name, value]) => `${part(name)}=${part(value)}`).join(";");
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const at = user === "" ? "" : `${user}@`;
  const route = `pt+${transport.replaceAll("_", "-")}://${at}${host}:${target.port}${path === "" ? "/" : path}`;
  return ptRoute(route)?.transport === transport ? route : undefined;
}

const hex = (char: string): string => (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
