/*
 * Dials a station through a Shadowsocks server (route `ss`). Cheap, fast, and spoken by every client there is; it lives
 * where nobody looks for what looks like nothing (3-road.md T4), and under R1 only with a prefix.
 */
import type { LookupFunction } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Duplex } from "node:stream";
import { CarrierError } from "../errors.ts";
import type { Carrier, Link } from "../port.ts";
import { CLOSE_LIMIT_MS, DIAL_LIMIT_MS } from "../web-socket-route.ts";
import { requireShadowsocksRoute, shadowsocksRoute } from "./shadowsocks-route.ts";
import { ShadowsocksSocket } from "./shadowsocks-socket.ts";
import { streamLink } from "./stream-link.ts";
import { openWebSocket } from "./web-socket-carrier.ts";

/** Time limits of a Shadowsocks carrier, and where it dials. */
export interface ShadowsocksCarrierOptions {
  /** until a dialed route is open; 20 s */
  readonly dialLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** where links are taken below a station's URL; LINK_PATH, or SESSION_PATH for those that carry sessions */
  readonly linkPath?: string;
  /** names to addresses, as `node:net` asks it; the system's resolver */
  readonly lookup?: LookupFunction;
}

type Limits = Required<Omit<ShadowsocksCarrierOptions, "linkPath" | "lookup">>;

function openStream(socket: ShadowsocksSocket, limits: Limits, signal: AbortSignal): Promise<Link> {
  return new Promise((resolve, reject) => {
    const link = streamLink(socket, { closeLimitMs: limits.closeLimitMs });
    let failure: unknown;
    const give = (error: unknown): void => {
      failure ??= error;
      socket.destroy();
    };
    const abort = (): void => give(signal.reason);
    const timer = setTimeout(() => give(new CarrierError("carrier/timed-out")), limits.dialLimitMs);
    signal.addEventListener("abort", abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    socket.once("connect", () => {
      settle();
      resolve(link);
    });
    socket.once(
      "error",
      (error: NodeJS.ErrnoException) => (failure ??= new CarrierError("carrier/unreachable", error.code)),
    );
    socket.once("close", () => {
      settle();
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      reject(failure ?? new CarrierError("carrier/unreachable"));
    });
  });
}

/**
 * Drives `ss://` routes: AEAD methods of SIP004, addresses of SIP002, with the station named in the query.
 *
 * A bare stream (`station=tcp://…`) is open as soon as the Shadowsocks server is reached, which says nothing of the
 * station behind it; a session over it finds out.
 */
export function shadowsocksCarrier(options: ShadowsocksCarrierOptions = {}): Carrier {
  const { linkPath, lookup, ...chosen } = options;
  const limits = { dialLimitMs: DIAL_LIMIT_MS, closeLimitMs: CLOSE_LIMIT_MS, ...chosen };
  return {
    kind: "ss",
    handles: (route) => shadowsocksRoute(route) !== undefined,
    async dial(route, { signal }): Promise<Link> {
      signal.throwIfAborted();
      const read = requireShadowsocksRoute(route, linkPath);
      const url = read.webSocketUrl;
      if (url === undefined) return await openStream(new ShadowsocksSocket(read, lookup), limits, signal);
      const connect = (): Duplex => {
        const socket = new ShadowsocksSocket(read, lookup);
        return url.startsWith("wss:") ? connectTls({ socket, servername: read.target.host }) : socket;
      };
      return await openWebSocket(url, limits, signal, connect);
    },
  };
}
