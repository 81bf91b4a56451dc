/* Reaching witnesses over HTTP: bounded answers, no redirects. Their URLs are the operator's, so they are dialed as they are. */
import type { WitnessAnswer } from "@chapar/log";

/** Most bytes of an answer: 64 Ed25519 cosignatures take 16 KiB. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Reads at most MAX_ANSWER_BYTES of a response. @throws Error when there is more */
export async function boundedAnswer(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error("an answer of more than 64 KiB");
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
