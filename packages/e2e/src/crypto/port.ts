/*
 * The cryptographic primitives that everything in this package is built from, as one port.
 *
 * Hashing and key derivation are synchronous (an MLS key schedule is hundreds of tiny HMACs; a promise each would cost
 * more than the hash). Whatever a browser only offers asynchronously may answer a promise; callers always await. Private
 * keys are raw bytes here because MLS derives them from path secrets: no platform can keep them non-extractable.
 * Nothing here chooses algorithms for a protocol: suites.ts and the protocol documents do.
 */

/** A value now or a promise of it; callers await either. */
export type Awaitable<T> = T | Promise<T>;

/** Hashes that HMAC and HKDF run on. */
export type HashName = "sha256" | "sha512";

/** Ed25519, RFC 8032 §5.1, pure (no prehash, no context). */
export interface Ed25519 {
  /** @param seed 32 bytes @returns 32 bytes */
  publicKey(seed: Uint8Array): Awaitable<Uint8Array>;
  /** @param seed 32 bytes @returns 64 bytes */
  sign(seed: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>;
  /** False for a wrong signature and for malformed keys and signatures alike; never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

/** X25519, RFC 7748 §5. */
export interface X25519 {
  /** @param privateKey 32 bytes @returns 32 bytes */
  publicKey(privateKey: Uint8Array): Awaitable<Uint8Array>;
  /** @returns 32 bytes, or undefined when the public key is malformed or of small order (all-zero secret, RFC 7748 §6.1) */
  shared(privateKey: Uint8Array, publicKey: Uint8Array): Awaitable<Uint8Array | undefined>;
}

/** ML-KEM-768, FIPS 203. Private keys are the 64-byte seed `d ‖ z`. */
export interface MlKem768 {
  /** @param seed 64 bytes @returns 1,184 bytes */
  publicKey(seed: Uint8Array): Awaitable<Uint8Array>;
  /** @returns a 32-byte secret and its 1,088-byte ciphertext, or undefined when the key fails the check of FIPS 203 §7.2 */
  encapsulate(
    publicKey: Uint8Array,
  ): Awaitable<{ readonly secret: Uint8Array; readonly ciphertext: Uint8Array } | undefined>;
  /** @returns 32 bytes (pseudo-random for a ciphertext made for another key), or undefined for a wrong length */
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Awaitable<Uint8Array | undefined>;
}

/** Every primitive this package uses. `nodeCrypto()` and `webCrypto()` implement it and pass one conformance suite. */
export interface CryptoPort {
  /** Bytes from the platform's cryptographically secure generator. */
  random(sizeBytes: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  sha512(bytes: Uint8Array): Uint8Array;
  /** SHA3-256, FIPS 202. Only the hybrid KEM needs it, so a browser fetches its code with the first use. */
  sha3(bytes: Uint8Array): Awaitable<Uint8Array>;
  /** SHAKE256, FIPS 202. As `sha3`. */
  shake256(bytes: Uint8Array, sizeBytes: number): Awaitable<Uint8Array>;
  hmac(hash: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** RFC 5869 §2.2. An empty salt is the hash's length of zeros. */
  hkdfExtract(hash: HashName, salt: Uint8Array, secret: Uint8Array): Uint8Array;
  /** RFC 5869 §2.3. @param sizeBytes at most 255 hash lengths */
  hkdfExpand(hash: HashName, key: Uint8Array, info: Uint8Array, sizeBytes: number): Uint8Array;
  /** AES-GCM (SP 800-38D) with a 16- or 32-byte key and a 12-byte nonce. @returns ciphertext ‖ 16-byte tag */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  /** @returns the plaintext, or undefined when the tag does not match */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Awaitable<Uint8Array | undefined>;
  readonly ed25519: Ed25519;
  readonly x25519: X25519;
  readonly mlKem768: MlKem768;
}
