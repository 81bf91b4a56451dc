/* Where a route leads first, as far as a line on the way can tell: host, port, and whether TLS begins there. */
import { frontOfRoute } from "../handshake-discipline.ts";
import type { Endpoint } from "./ports.ts";

/** The first front of a route. */
export interface Target extends Endpoint {
  /** for keeping handshakes to one front apart */
  readonly front: string;
  readonly hasTls: boolean;
  /** the host is an address, not a name */
  readonly isAddress: boolean;
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;
const FRONT = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;

/** @returns undefined for a route that names no host */
export function targetOf(route: string): Target | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(route)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  const front = frontOfRoute(route);
  const match = FRONT.exec(front);
  if (match === null) return undefined;
  const [, host = "", port] = match;
  const hasTls = scheme.endsWith("https") || scheme.endsWith("wss");
  const usual = hasTls ? 443 : 80;
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? usual : Number(port),
    front: `${host}:${port ?? usual}`,
    hasTls,
    isAddress: ADDRESS.test(host),
  };
}
