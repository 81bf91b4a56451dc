/*
 * The three primitives that everything above is built from, as ports: Node passes node:crypto, the browser passes
 * WebCrypto or @noble. Hashing is synchronous (trees hash thousands of small inputs); signatures may be asynchronous.
 */

/** SHA-256 of the bytes: 32 bytes, freshly allocated. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** An Ed25519 (RFC 8032) private key that signs without being shown. */
export interface Signer {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * Checks an Ed25519 signature.
 *
 * @returns false for a wrong signature and for malformed keys or signatures alike; never throws
 */
export type Verifier = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;
