/* The first line and the Host of an HTTP/1 request, as far as a censor reads them (RFC 9112 §3). */
import { latin1, type Parsed, refuse } from "./cursor.ts";

/** What is seen of a request. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  /** undefined when the headers seen so far have none */
  readonly host: string | undefined;
}

/** Bytes read before a request without line end is given up. */
export const MAX_HEAD_BYTES = 8192;

const METHODS = ["GET", "POST", "HEAD", "CONNECT", "OPTIONS", "DELETE", "PUT", "PATCH", "TRACE"];

/** Reads the head of a request; headers may be cut off. */
export function parseHttpRequest(bytes: Uint8Array): Parsed<HttpRequest> {
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES));
  const method = METHODS.find((name) => text.startsWith(`${name} `));
  if (method === undefined) {
    const mayBecome = text.length < 8 && METHODS.some((name) => `${name} `.startsWith(text));
    return refuse(mayBecome ? "truncated" : "foreign", 0);
  }
  const end = text.indexOf("\r\n");
  if (end < 0) return refuse(text.length >= MAX_HEAD_BYTES ? "foreign" : "truncated", text.length);
  const line = /^[A-Z]+ (\S+) HTTP\/1\.[01]$/.exec(text.slice(0, end));
  if (line?.[1] === undefined) return refuse("foreign", method.length + 1);
  const host = /\r\nhost:[ \t]*([^\r\n]*)/i.exec(text.split("\r\n\r\n", 1)[0] ?? "")?.[1]?.trim();
  return { ok: true, value: { method, target: line[1], host: host?.replace(/:\d+$/, "") } };
}
