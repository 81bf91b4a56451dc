/*
 * STUN (RFC 8489), as much as tells an end of a connection how it is seen from outside: Binding requests and their answers.
 * Anything else is not answered at all. A request that is answered carries no address of anybody but its sender, and the answer is at
 * most 24 bytes longer, so that it is no good for flooding a third party.
 */
import { addressBytes } from "../address-class.ts";

/** RFC 8489 §5. */
const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
/** RFC 8489 §14.2. */
const XOR_MAPPED_ADDRESS = 0x0020;
const FAMILY = { ipv4: 1, ipv6: 2 } as const;
/** Longer requests are none of a browser. */
const MAX_REQUEST_BYTES = 548;

/**
 * Answers a datagram.
 *
 * @param request untrusted
 * @param address of its sender, IPv4 or IPv6
 * @returns undefined when there is nothing to answer. Never throws
 */
export function answerStun(request: Uint8Array, address: string, port: number): Uint8Array | undefined {
  if (request.byteLength < HEADER_BYTES || request.byteLength > MAX_REQUEST_BYTES) return undefined;
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const isWhole = view.getUint16(2) === request.byteLength - HEADER_BYTES && request.byteLength % 4 === 0;
  if (view.getUint16(0) !== BINDING_REQUEST || view.getUint32(4) !== MAGIC_COOKIE || !isWhole) return undefined;
  const mapped = addressBytes(address.replace(/^::ffff:(?=\d+\.)/, ""));
  if (mapped.byteLength === 0) return undefined;
  const answer = new Uint8Array(HEADER_BYTES + 8 + mapped.byteLength);
  const out = new DataView(answer.buffer);
  out.setUint16(0, BINDING_SUCCESS);
  out.setUint16(2, answer.byteLength - HEADER_BYTES);
  // The cookie and the transaction, which the address is hidden under, too.
  answer.set(request.subarray(4, HEADER_BYTES), 4);
  out.setUint16(20, XOR_MAPPED_ADDRESS);
  out.setUint16(22, 4 + mapped.byteLength);
  out.setUint8(25, mapped.byteLength === 4 ? FAMILY.ipv4 : FAMILY.ipv6);
  out.setUint16(26, port ^ (MAGIC_COOKIE >>> 16));
  for (let i = 0; i < mapped.byteLength; i++) answer[28 + i] = (mapped[i] ?? 0) ^ (answer[4 + i] ?? 0);
  return answer;
}
