/* Reaching witnesses over HTTP: bounded answers, no redirects. Their URLs are the operator's, so they are dialed as they are. */
import type { WitnessAnswer } from "@chapar/log";
import { equalBytes } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import type { ReadLogFile } from "../witness/followed-logs.ts";

const LOG_FILE_LIMIT_MS = 10_000;

/** Most bytes of an answer: 64 Ed25519 cosignatures take 16 KiB. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Most bytes of a file below a log: 256 leaves of 1200 bytes, each with its length. */
const MAX_LOG_FILE_BYTES = 256 * 1202;

/** Reads of the logs that a witness follows, below the addresses of its operator's peers. */
export function readLogFiles(store: Pick<Store, "peers">): ReadLogFile {
  return async (station, path, signal) => {
    const peer = (await store.peers()).find(({ ref }) => equalBytes(ref.key, station));
    const url = peer?.ref.urls[0];
    if (url === undefined) throw new Error("a station without an address");
    const base = url.replace(/^ws/, "http").replace(/\/+$/, "");
    const late = AbortSignal.any([signal, AbortSignal.timeout(LOG_FILE_LIMIT_MS)]);
    const response = await fetch(`${base}/log/${path}`, { redirect: "error", signal: late });
    if (!response.ok) throw new Error("no such file of the log");
    return await boundedAnswer(response, MAX_LOG_FILE_BYTES);
  };
}

/** Reads at most 64 KiB, or what is said, of a response. @throws Error when there is more */
export async function boundedAnswer(response: Response, maxBytes: number = MAX_ANSWER_BYTES): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** Reads a checkpoint at a monitoring path. @throws Error when it is not there, moved, or more than 64 KiB */
export async function peekCheckpoint(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, { redirect: "error", signal });
  if (!response.ok) throw new Error("no checkpoint there");
  return await boundedAnswer(response);
}

/** Sends an add-checkpoint request. @throws Error when there is no answer, a redirect, or more than 64 KiB */
export async function postCheckpoint(url: string, body: Uint8Array, signal: AbortSignal): Promise<WitnessAnswer> {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const response = await fetch(url, { method: "POST", body: new Uint8Array(body), headers, redirect: "error", signal });
  const contentType = response.headers.get("content-type") ?? "";
  return { status: response.status, contentType, body: await boundedAnswer(response) };
}
