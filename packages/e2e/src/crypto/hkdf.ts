/*
 * HKDF, RFC 5869, over any HMAC. Written once for both platforms: node:crypto's `hkdfSync` cannot do Expand alone, and
 * WebCrypto's HKDF is asynchronous and cannot do Extract alone, while MLS and HPKE need both halves separately.
 */
import type { HashName } from "./port.ts";

/** Output length of each hash, in bytes. */
export const HASH_SIZE_BYTES: Readonly<Record<HashName, number>> = { sha256: 32, sha512: 64 };

/** RFC 5869 §2.3: T(i) = HMAC(key, T(i-1) ‖ info ‖ i), the first `sizeBytes` of T(1) ‖ T(2) ‖ … */
export function hkdfExpand(
  hmac: (hash: HashName, key: Uint8Array, bytes: Uint8Array) => Uint8Array,
  hash: HashName,
  key: Uint8Array,
  info: Uint8Array,
  sizeBytes: number,
): Uint8Array {
  const blockBytes = HASH_SIZE_BYTES[hash];
  if (sizeBytes > 255 * blockBytes) throw new RangeError("HKDF output too long");
  const out = new Uint8Array(Math.ceil(sizeBytes / blockBytes) * blockBytes);
  let block: Uint8Array = new Uint8Array(0);
  for (let i = 0; i * blockBytes < sizeBytes; i++) {
    const input = new Uint8Array(block.byteLength + info.byteLength + 1);
    input.set(block);
    input.set(info, block.byteLength);
    input[input.byteLength - 1] = i + 1;
    block = hmac(hash, key, input);
    out.set(block, i * blockBytes);
  }
  return out.byteLength === sizeBytes ? out : out.slice(0, sizeBytes);
}

/** RFC 5869 §2.2: HMAC(salt, secret), an empty salt standing for zeros. */
export function hkdfExtract(
  hmac: (hash: HashName, key: Uint8Array, bytes: Uint8Array) => Uint8Array,
  hash: HashName,
  salt: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  return hmac(hash, salt.byteLength === 0 ? new Uint8Array(HASH_SIZE_BYTES[hash]) : salt, secret);
}
