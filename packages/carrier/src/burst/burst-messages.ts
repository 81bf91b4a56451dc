/*
 * What a burst's request and response say. Both directions are byte streams with offsets, and every exchange says how far
 * its sender has come in both: an exchange that failed is simply made again, and one that arrives twice changes nothing.
 */
import { ByteReader, ByteWriter, fromBase64Url, toBase64Url, type Decoded } from "@chapar/wire/bytes";

/** Bytes of a burst link's id, which its dialer makes up and nobody can guess. */
export const BURST_ID_BYTES = 16;
/** The longest payload of one exchange that is read; budgets are far below. */
export const MAX_BURST_PAYLOAD_BYTES: number = 2 * 1024 * 1024;
/** Bytes of a request or response beyond its payload, at most. */
export const BURST_HEAD_BYTES = 64;

/** From the dialer. */
export interface BurstRequest {
  readonly id: Uint8Array;
  /** the first of its link: may create it */
  readonly opens: boolean;
  /** hold the response until there is something to say */
  readonly holds: boolean;
  /** nothing follows after this payload */
  readonly ends: boolean;
  /** differs in each request, so that no cache answers */
  readonly count: number;
  /** where the payload stands in the dialer's stream */
  readonly offset: number;
  /** how much of the acceptor's stream has arrived */
  readonly received: number;
  /** how much payload the response may carry */
  readonly roomBytes: number;
  readonly payload: Uint8Array;
}

/** From the acceptor. */
export interface BurstResponse {
  /** nothing follows after this payload */
  readonly ends: boolean;
  /** the dialer's end has been read; the link is over */
  readonly hasEnded: boolean;
  readonly offset: number;
  readonly received: number;
  readonly payload: Uint8Array;
}

function flags(...bits: readonly boolean[]): number {
  return bits.reduce((sum, bit, at) => sum + (bit ? 1 << at : 0), 0);
}

/** Encodes a request's body. */
export function encodeBurstRequest(request: BurstRequest): Uint8Array<ArrayBuffer> {
  const { id, opens, holds, ends, count, offset, received, roomBytes, payload } = request;
  return new ByteWriter(BURST_HEAD_BYTES + payload.byteLength)
    .bytes(id)
    .u8(flags(opens, holds, ends))
    .varint(count)
    .varint(offset)
    .varint(received)
    .varint(roomBytes)
    .bytes(payload)
    .take();
}

/** Reads a request's body; untrusted. */
export function decodeBurstRequest(body: Uint8Array): Decoded<BurstRequest> {
  const from = new ByteReader(body);
  const id = from.bytes(BURST_ID_BYTES);
  const bits = from.u8();
  if (bits > 7) from.fail("wire/range");
  const [count, offset, received, roomBytes] = [from.varint(), from.varint(), from.varint(), from.varint()];
  const payload = from.rest();
  if (payload.byteLength > MAX_BURST_PAYLOAD_BYTES) from.fail("wire/too-long");
  const [opens, holds, ends] = [(bits & 1) !== 0, (bits & 2) !== 0, (bits & 4) !== 0];
  return from.finish({ id, opens, holds, ends, count, offset, received, roomBytes, payload });
}

/** A request without payload as the last part of a path. */
export function burstRequestPath(request: BurstRequest): string {
  return toBase64Url(encodeBurstRequest(request));
}

/** Reads what burstRequestPath wrote; untrusted. */
export function burstRequestOfPath(text: string): Decoded<BurstRequest> {
  const body = text.length <= 2 * BURST_HEAD_BYTES ? fromBase64Url(text) : undefined;
  return body === undefined ? { ok: false, code: "wire/range", offset: 0 } : decodeBurstRequest(body);
}

/** Encodes a response's body. */
export function encodeBurstResponse(response: BurstResponse): Uint8Array<ArrayBuffer> {
  const { ends, hasEnded, offset, received, payload } = response;
  return new ByteWriter(BURST_HEAD_BYTES + payload.byteLength)
    .u8(flags(ends, hasEnded))
    .varint(offset)
    .varint(received)
    .bytes(payload)
    .take();
}

/** Reads a response's body; untrusted. */
export function decodeBurstResponse(body: Uint8Array): Decoded<BurstResponse> {
  const from = new ByteReader(body);
  const bits = from.u8();
  if (bits > 3) from.fail("wire/range");
  const [offset, received] = [from.varint(), from.varint()];
  const payload = from.rest();
  if (payload.byteLength > MAX_BURST_PAYLOAD_BYTES) from.fail("wire/too-long");
  const [ends, hasEnded] = [(bits & 1) !== 0, (bits & 2) !== 0];
  return from.finish({ ends, hasEnded, offset, received, payload });
}
