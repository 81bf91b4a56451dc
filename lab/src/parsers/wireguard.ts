/* WireGuard's first message: type 1, three zero bytes, 148 bytes in all (WireGuard paper §5.4.2). */

/** Whether a datagram is a handshake initiation. */
export function isWireguardInitiation(payload: Uint8Array): boolean {
  return payload.byteLength === 148 && payload[0] === 1 && payload[1] === 0 && payload[2] === 0 && payload[3] === 0;
}
