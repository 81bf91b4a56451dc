/*
 * OpenVPN's packet kinds: the upper five bits of the first byte, after a two-byte length over TCP.
 * Source: OpenVPN protocol page "wire format"; Xue et al., USENIX Security 2022; nDPI `openvpn.c`.
 */
import { Cursor, type Parsed, refuse } from "./cursor.ts";

/** Kinds that begin a session from the client's side: hard reset v1, v2, v3. */
export const CLIENT_RESETS: readonly number[] = [1, 7, 10];
/** Kinds that answer one: hard reset v1, v2. */
export const SERVER_RESETS: readonly number[] = [2, 8];
/** The highest kind in use (P_DATA_V2 is 9, client reset v3 is 10, control wrapped key is 11). */
const LAST_OPCODE = 11;

/** The kind of one packet. */
export function parseOpenvpnOpcode(payload: Uint8Array, protocol: "tcp" | "udp"): Parsed<number> {
  const cursor = new Cursor(payload);
  const sizeBytes = protocol === "tcp" ? cursor.u16() : payload.byteLength;
  const opcode = cursor.u8() >> 3;
  if (cursor.failed) return refuse("truncated", cursor.offset);
  // A packet has at least opcode, session id and one more field; over TCP the length must be plausible.
  if (sizeBytes < 14 || sizeBytes > 4096 || opcode === 0 || opcode > LAST_OPCODE) return refuse("foreign", 0);
  return { ok: true, value: opcode };
}
