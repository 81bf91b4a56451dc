/* Mounts an acceptor of bursts in a node:http server; in hono it is three lines (README). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { MAX_BURST_BODY_BYTES, type BurstAcceptor } from "../burst/burst-acceptor.ts";
import { BURST_PATH } from "../burst/burst-route.ts";

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BURST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Answers a request if it is a burst.
 *
 * @param path where bursts are mounted
 * @returns false when it is not: then nothing was written, and the server answers as it does to strangers
 */
export async function serveBurst(
  acceptor: BurstAcceptor,
  request: IncomingMessage,
  response: ServerResponse,
  path: string = BURST_PATH,
): Promise<boolean> {
  const { method = "", url = "" } = request;
  if (url !== path && !url.startsWith(`${path}/`)) return false;
  const body = method === "POST" ? await bodyOf(request) : new Uint8Array(0);
  if (body === undefined) return false;
  const source = request.socket.remoteAddress ?? "";
  const answer = await acceptor.handle({ method, path: url.slice(path.length + 1), body, source });
  if (answer === undefined) return false;
  response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  return true;
}
