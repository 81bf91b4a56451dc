/* Dials WebSocket routes from Node with `ws`. */
import type { LookupFunction, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { CarrierError } from "../errors.ts";
import type { Carrier, Link } from "../port.ts";
import {
  CLOSE_LIMIT_MS,
  DIAL_LIMIT_MS,
  MAX_MESSAGE_BYTES,
  requireWebSocketUrl,
  webSocketUrl,
} from "../web-socket-route.ts";
import { webSocketLink } from "./web-socket-link.ts";

/** Time limits of a WebSocket carrier, and how it finds addresses. */
export interface WebSocketCarrierOptions {
  /** names to addresses, as `node:net` asks it; the system's resolver */
  readonly lookup?: LookupFunction;
  /** until a dialed route is open; 20 s */
  readonly dialLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** where links are taken below a station's URL; LINK_PATH, or SESSION_PATH for those that carry sessions */
  readonly linkPath?: string;
}

/** For the TLS below, which `ws` passes on: a hello that says nothing of HTTP stands out, and nDPI holds it against a flow. */
const HELLO: object = { ALPNProtocols: ["http/1.1"] };

/** The failure's name without the address that Node puts into its message. */
function reasonOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Opens one WebSocket as a link.
 *
 * @param connect makes the stream that it runs over, instead of a TCP or TLS connection
 */
export function openWebSocket(
  url: string,
  options: WebSocketCarrierOptions & Required<Omit<WebSocketCarrierOptions, "lookup" | "linkPath">>,
  signal: AbortSignal,
  connect?: () => Duplex,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MAX_MESSAGE_BYTES,
      skipUTF8Validation: true,
      ...HELLO,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      // `ws` takes what behaves as a socket, though its types say Socket.
      ...(connect === undefined ? {} : { createConnection: connect as () => Socket }),
    });
    const link = webSocketLink(socket, { closeLimitMs: options.closeLimitMs });
    let failure: unknown;
    const give = (error: unknown): void => {
      failure ??= error;
      socket.terminate();
    };
    const abort = (): void => give(signal.reason);
    const timer = setTimeout(() => give(new CarrierError("carrier/timed-out")), options.dialLimitMs);
    signal.addEventListener("abort", abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    socket.once("open", () => {
      settle();
      resolve(link);
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      give(new CarrierError("carrier/unreachable", `http ${response.statusCode ?? 0}`));
    });
    socket.on("error", (error) => (failure ??= new CarrierError("carrier/unreachable", reasonOf(error))));
    socket.once("close", () => {
      settle();
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      reject(failure ?? new CarrierError("carrier/unreachable"));
    });
  });
}

/**
 * Drives `http(s)://` station URLs and `ws(s)://` endpoints over WebSockets.
 *
 * Its links are as `webSocketLink` makes them; compression is off, because what travels is encrypted.
 */
export function webSocketCarrier(options: WebSocketCarrierOptions = {}): Carrier {
  const { linkPath, ...chosen } = options;
  const limits = { dialLimitMs: DIAL_LIMIT_MS, closeLimitMs: CLOSE_LIMIT_MS, ...chosen };
  return {
    kind: "web",
    handles: (route) => webSocketUrl(route) !== undefined,
    async dial(route, { signal }) {
      signal.throwIfAborted();
      return await openWebSocket(requireWebSocketUrl(route, linkPath), limits, signal);
    },
  };
}
