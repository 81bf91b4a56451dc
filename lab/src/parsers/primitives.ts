/*
 * The cryptography that a censor needs, as a port: hashes for fingerprints (JA3, JA4) and the keys of QUIC's first packet,
 * which anybody on the path can derive (RFC 9001 §5.2). Synchronous, because a verdict is given packet by packet.
 */

/** Primitives of the platform. */
export interface Primitives {
  sha256(bytes: Uint8Array): Uint8Array;
  md5(bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** One 16-byte block of AES-128 without a mode: QUIC's header protection (RFC 9001 §5.4.3). */
  aes128Block(key: Uint8Array, block: Uint8Array): Uint8Array;
  /** AES-128-GCM; undefined when the tag does not fit. */
  aes128GcmOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}
