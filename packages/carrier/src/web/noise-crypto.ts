/* What Noise is made of, from WebCrypto. A browser without X25519 in it (Chromium has it since 133) cannot dial sealed links. */
import type { NoiseCipher, NoiseCrypto, NoiseKey } from "../noise/nk.ts";

const X25519 = "X25519";
const HMAC = { name: "HMAC", hash: "SHA-256" };

// WebCrypto takes no view of memory that may be shared; ours never is.
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

async function newKey(): Promise<NoiseKey> {
  const pair = await crypto.subtle.generateKey(X25519, false, ["deriveBits"]);
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    async agree(theirs) {
      try {
        const key = await crypto.subtle.importKey("raw", own(theirs), X25519, false, []);
        const algorithm = { name: X25519, public: key };
        return new Uint8Array(await crypto.subtle.deriveBits(algorithm, pair.privateKey, 256));
      } catch {
        // WebCrypto refuses to agree on zero, which is what points of small order lead to.
        return undefined;
      }
    },
  };
}

async function cipher(raw: Uint8Array): Promise<NoiseCipher> {
  const key = await crypto.subtle.importKey("raw", own(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
  const algorithm = (nonce: Uint8Array, ad: Uint8Array): AesGcmParams => ({
    name: "AES-GCM",
    iv: own(nonce),
    additionalData: own(ad),
  });
  return {
    seal: async (nonce, ad, plaintext) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(nonce, ad), key, own(plaintext))),
    async open(nonce, ad, ciphertext) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, ad), key, own(ciphertext)));
      } catch {
        // The tag is wrong.
        return undefined;
      }
    },
  };
}

/** X25519, AES-256-GCM and SHA-256 of the browser. */
export function noiseCrypto(): NoiseCrypto {
  return {
    newKey,
    sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", own(bytes))),
    async hmacSha256(raw, bytes) {
      const key = await crypto.subtle.importKey("raw", own(raw), HMAC, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, own(bytes)));
    },
    cipher,
  };
}
