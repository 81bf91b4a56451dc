/*
 * Routes that a WebSocket can drive, and what both ends must agree on. A station's URL `http(s)://host[:port][/base]`
 * means its link endpoint below that base; a `ws(s)://` URL names an endpoint exactly.
 *
 * A link's bytes travel as binary messages whose borders mean nothing (protocol/1-wire.md §1), so a sender cuts long
 * pieces: a message is buffered whole by most implementations, and its size is what a receiver has to bound.
 */
import { CarrierError } from "./errors.ts";

/** Where a station takes links, below its URL. */
export const LINK_PATH = "/v1/link";
/** Where a station takes links that carry sessions (protocol/8-road.md), below its URL. */
export const SESSION_PATH = "/v1/session";
/** Where a station takes links of sessions that are sealed to its key (protocol/8-road.md §9), below its URL. */
export const SEALED_PATH = "/v1/sealed";
/** Where sealed bare links are taken: between stations on one local network (P-103). */
export const SEALED_LINK_PATH = "/v1/sealed-link";
/** Where a station takes the links of volunteers' tabs (protocol/8-road.md §14), below its URL. */
export const HELP_PATH = "/v1/help";
/** The longest message a sender makes. */
export const MAX_PIECE_BYTES: number = 256 * 1024;
/** The longest message a receiver takes; longer ends the link. */
export const MAX_MESSAGE_BYTES: number = 1024 * 1024;
/** How long a dialed route may take to open, by default. */
export const DIAL_LIMIT_MS = 20_000;
/** How long the other end may take to answer a close, by default; afterwards the link is `lost`. */
export const CLOSE_LIMIT_MS = 5_000;

const SOCKET_SCHEME: Readonly<Record<string, string>> = {
  "http:": "ws:",
  "https:": "wss:",
  "ws:": "ws:",
  "wss:": "wss:",
};

/** @returns the WebSocket URL behind a route, or undefined when this is not a route for WebSockets */
export function webSocketUrl(route: string, linkPath: string = LINK_PATH): string | undefined {
  // User names, queries and fragments have no meaning in a station's URL; refusing them keeps one spelling for a route.
  if (!/^(https?|wss?):\/\/[^@\s?#]+$/i.test(route)) return undefined;
  let url: URL;
  try {
    url = new URL(route);
  } catch {
    return undefined;
  }
  const scheme = SOCKET_SCHEME[url.protocol];
  if (scheme === undefined || url.host === "") return undefined;
  const exact = url.protocol === scheme;
  return `${scheme}//${url.host}${exact ? url.pathname : url.pathname.replace(/\/+$/, "") + linkPath}`;
}

/** As webSocketUrl. @throws CarrierError `carrier/bad-route` */
export function requireWebSocketUrl(route: string, linkPath?: string): string {
  const url = webSocketUrl(route, linkPath);
  if (url === undefined) throw new CarrierError("carrier/bad-route");
  return url;
}

/** Cuts bytes into pieces that one message each may carry. Cost: no copies. */
export function pieces(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.byteLength <= MAX_PIECE_BYTES) return bytes.byteLength === 0 ? [] : [bytes];
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += MAX_PIECE_BYTES) cut.push(bytes.subarray(at, at + MAX_PIECE_BYTES));
  return cut;
}

/** What a WebSocket close code (RFC 6455 §7.4.1) says about how the link ended. */
export function endOfCloseCode(code: number): "closed" | "refused" | "lost" {
  if (code === 1000 || code === 1001 || code === 1005) return "closed";
  return code === 1003 || code === 1008 || code === 1009 ? "refused" : "lost";
}
