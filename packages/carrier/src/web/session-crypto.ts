/*
 * The session layer's primitives from WebCrypto. A browser hashes asynchronously only, and segments are hashed one by
 * one: SHA-256 is passed in, and so are Ed25519 keys where WebCrypto has none (e2e brings both).
 */
import type { Sha256, Signer } from "@chapar/wire/bytes";
import type { SessionCrypto } from "../session/crypto.ts";

const ED25519 = "Ed25519";

// WebCrypto takes no view of memory that may be shared; ours never is.
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/** Ed25519 and random bytes of the browser, with a synchronous SHA-256. */
export function sessionCrypto({ sha256 }: { readonly sha256: Sha256 }): SessionCrypto {
  return {
    sha256,
    async verify(publicKey, message, signature) {
      try {
        const key = await crypto.subtle.importKey("raw", own(publicKey), ED25519, false, ["verify"]);
        return await crypto.subtle.verify(ED25519, key, own(signature), own(message));
      } catch {
        // Not a key: the same as a wrong signature.
        return false;
      }
    },
    async newSigner(): Promise<Signer> {
      const { publicKey, privateKey } = await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"]);
      const raw = await crypto.subtle.exportKey("raw", publicKey);
      return {
        publicKey: new Uint8Array(raw),
        sign: async (message) => new Uint8Array(await crypto.subtle.sign(ED25519, privateKey, own(message))),
      };
    },
    randomBytes: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
  };
}
