/* The session layer's primitives from node:crypto. Ed25519 keys come raw (RFC 8032) and Node wants them wrapped. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import type { SessionCrypto } from "../session/crypto.ts";

/** RFC 8410 §4: a SubjectPublicKeyInfo up to the 32 bytes of an Ed25519 key. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** SHA-256, Ed25519 and random bytes of this machine. */
export function sessionCrypto(): SessionCrypto {
  return {
    sha256: (bytes) => plain(createHash("sha256").update(bytes).digest()),
    verify(publicKey, message, signature) {
      if (publicKey.byteLength !== 32 || signature.byteLength !== 64) return false;
      try {
        const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
        return verify(null, message, key, signature);
      } catch {
        // Not a point of the curve: the same as a wrong signature.
        return false;
      }
    },
    newSigner() {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      const spki = publicKey.export({ format: "der", type: "spki" });
      return {
        publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength)),
        sign: (message) => plain(sign(null, message, privateKey)),
      };
    },
    randomBytes: (sizeBytes) => plain(randomBytes(sizeBytes)),
  };
}
