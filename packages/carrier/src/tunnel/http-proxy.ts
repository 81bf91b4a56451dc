/*
 * The head of a request to the HTTP proxy: CONNECT (RFC 9110 §9.3.6), or the PAC file. Strict: lines end in CRLF, the head has
 * at most 8 KiB, nothing of it is passed on. A request in absolute form (plain http through a proxy) is refused; SOCKS5
 * carries those.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { parseAuthority, type TunnelTarget } from "./target.ts";

const MAX_HEAD_BYTES: number = 8 * 1024;
const REQUEST_LINE = /^([A-Z]{1,16}) ([!-~]{1,2048}) HTTP\/1\.[01]$/;
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\u0080-\u00ff]*$/;

/** Why a request is turned away, and with which status. */
export const HTTP_REFUSAL = {
  "bad request": 400,
  forbidden: 403,
  "not found": 404,
  "only connect": 405,
  "head too long": 431,
  "bad gateway": 502,
  unavailable: 503,
  "timed out": 504,
} as const;
/** A refusal by name. */
export type HttpRefusal = keyof typeof HTTP_REFUSAL;

/** What comes of more bytes. */
export type HttpStep =
  | { readonly type: "more" }
  | { readonly type: "connect"; readonly target: TunnelTarget; readonly rest: Uint8Array }
  | { readonly type: "pac" }
  | { readonly type: "refused"; readonly reason: HttpRefusal };

/** One client's request. */
export class HttpProxyHead {
  #held: Uint8Array = new Uint8Array(0);

  /** Takes bytes. Holds at most a head. After anything but `more` it is over. */
  push(bytes: Uint8Array): HttpStep {
    const from = Math.max(0, this.#held.byteLength - 3);
    this.#held = concatBytes(this.#held, bytes);
    const end = endOfHead(this.#held, from);
    if (end === undefined) {
      return this.#held.byteLength > MAX_HEAD_BYTES ? { type: "refused", reason: "head too long" } : { type: "more" };
    }
    if (end > MAX_HEAD_BYTES) return { type: "refused", reason: "head too long" };
    return stepOf(String.fromCharCode(...this.#held.subarray(0, end - 4)).split("\r\n"), this.#held.slice(end));
  }
}

function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + 3 < bytes.byteLength; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return undefined;
}

function stepOf([line = "", ...fields]: readonly string[], rest: Uint8Array): HttpStep {
  const [, method, asked = ""] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || !fields.every((field) => FIELD.test(field)))
    return { type: "refused", reason: "bad request" };
  if (method === "GET" && asked.startsWith("/"))
    return asked === "/proxy.pac" && isLoopbackHost(fields)
      ? { type: "pac" }
      : { type: "refused", reason: "not found" };
  if (method !== "CONNECT") return { type: "refused", reason: "only connect" };
  const target = parseAuthority(asked);
  return target === undefined ? { type: "refused", reason: "bad request" } : { type: "connect", target, rest };
}

/** Whether a page of somebody else's, under a name that leads here, is not the one that asks. */
function isLoopbackHost(fields: readonly string[]): boolean {
  const host = fields
    .find((field) => /^host:/i.test(field))
    ?.slice(5)
    .trim();
  return host !== undefined && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host);
}

/** An answer without a body, after which the connection closes; `undefined` is what opens a tunnel. */
export function httpAnswer(refusal?: HttpRefusal): Uint8Array {
  if (refusal === undefined) return utf8("HTTP/1.1 200 Connection established\r\n\r\n");
  const allow = refusal === "only connect" ? "Allow: CONNECT\r\n" : "";
  return utf8(`HTTP/1.1 ${HTTP_REFUSAL[refusal]} ${refusal}\r\n${allow}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}

/** The PAC file with its head. */
export function pacAnswer(body: string): Uint8Array {
  const bytes = utf8(body);
  const head = [
    "HTTP/1.1 200 OK",
    "Content-Type: application/x-ns-proxy-autoconfig",
    `Content-Length: ${bytes.byteLength}`,
    "Cache-Control: no-store",
    "Connection: close",
  ].join("\r\n");
  return concatBytes(utf8(`${head}\r\n\r\n`), bytes);
}
