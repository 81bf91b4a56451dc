/*
 * Ed25519, X25519 and ML-KEM-768 of @noble for browsers whose WebCrypto lacks them. Each is loaded by a dynamic import,
 * so that a browser that needs none downloads none.
 */
import type { Ed25519, MlKem768, X25519 } from "../crypto/port.ts";

/** The value, or undefined for input that @noble refuses by throwing. */
function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** RFC 8032 verification, without ZIP-215's leniency, as WebCrypto and OpenSSL do it. */
export async function nobleEd25519(): Promise<Ed25519> {
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  return {
    publicKey: (seed) => ed25519.getPublicKey(seed),
    sign: (seed, message) => ed25519.sign(message, seed),
    verify: (key, message, signature) =>
      orUndefined(() => ed25519.verify(signature, message, key, { zip215: false })) ?? false,
  };
}

export async function nobleX25519(): Promise<X25519> {
  const { x25519 } = await import("@noble/curves/ed25519.js");
  return {
    publicKey: (key) => x25519.getPublicKey(key),
    shared: (mine, theirs) => orUndefined(() => x25519.getSharedSecret(mine, theirs)),
  };
}

export async function nobleMlKem768(): Promise<MlKem768> {
  const { ml_kem768 } = await import("@noble/post-quantum/ml-kem.js");
  return {
    publicKey: (seed) => ml_kem768.keygen(seed).publicKey,
    encapsulate: (key) =>
      orUndefined(() => {
        const { sharedSecret, cipherText } = ml_kem768.encapsulate(key);
        return { secret: sharedSecret, ciphertext: cipherText };
      }),
    decapsulate: (seed, ciphertext) =>
      orUndefined(() => ml_kem768.decapsulate(ciphertext, ml_kem768.keygen(seed).secretKey)),
  };
}
