/* What sessions need of cryptography, from the engine's own. */
import type { SessionCrypto } from "@chapar/carrier";
import type { CryptoPort } from "@chapar/e2e";

const SEED_BYTES = 32;

/** Primitives of sessions; each session has a fresh key that is never stored. */
export function sessionCryptoOf(crypto: CryptoPort): SessionCrypto {
  const { ed25519 } = crypto;
  return {
    sha256: (bytes) => crypto.sha256(bytes),
    verify: (key, message, signature) => ed25519.verify(key, message, signature),
    newSigner: async () => {
      const seed = crypto.random(SEED_BYTES);
      return { publicKey: await ed25519.publicKey(seed), sign: (message) => ed25519.sign(seed, message) };
    },
    randomBytes: (sizeBytes) => crypto.random(sizeBytes),
  };
}
