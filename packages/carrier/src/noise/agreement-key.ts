/*
 * The X25519 key that belongs to an Ed25519 key: `u = (1 + y) / (1 - y)` (RFC 7748 §4.1). A station has one key for life and
 * stands for it by signatures; who seals to it needs the same point on the other curve. That one key may do both is shown in
 * Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM" (2021).
 */

const P = 2n ** 255n - 19n;
const KEY_BYTES = 32;

/** By Fermat; the numbers are public, so that time tells nothing. */
function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, value % P, P - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

/**
 * The X25519 public key of an Ed25519 public key.
 *
 * @returns 32 bytes; undefined when the bytes are no such key, as far as that shows without taking a root
 */
export function agreementKeyOf(ed25519Key: Uint8Array): Uint8Array | undefined {
  if (ed25519Key.byteLength !== KEY_BYTES) return undefined;
  let y = 0n;
  // Little-endian; the top bit is the sign of x, which u does not depend on.
  for (let i = KEY_BYTES - 1; i >= 0; i--) y = (y << 8n) | BigInt((ed25519Key[i] ?? 0) & (i === 31 ? 0x7f : 0xff));
  if (y >= P || y === 1n) return undefined;
  let u = ((1n + y) * inverse(P + 1n - y)) % P;
  const key = new Uint8Array(KEY_BYTES);
  for (let i = 0; i < KEY_BYTES; i++) {
    key[i] = Number(u & 0xffn);
    u >>= 8n;
  }
  return key;
}
