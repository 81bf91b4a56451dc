/* What Noise is made of, from node:crypto. X25519 keys come raw (RFC 7748) and Node wants them wrapped. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import type { NoiseCipher, NoiseCrypto, NoiseKey } from "../noise/nk.ts";

/** RFC 8410 §4 and §7: what stands before the 32 bytes of an X25519 key, public and private. */
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const TAG_BYTES = 16;

function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function keyOf(privateKey: KeyObject): NoiseKey {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength)),
    agree(theirs) {
      if (theirs.byteLength !== 32) return undefined;
      try {
        const key = Buffer.concat([SPKI_PREFIX, theirs]);
        const publicKey = createPublicKey({ key, format: "der", type: "spki" });
        return plain(diffieHellman({ privateKey, publicKey }));
      } catch {
        // OpenSSL refuses to agree on zero, which is what points of small order lead to.
        return undefined;
      }
    },
  };
}

/** The agreement key of an Ed25519 seed (RFC 8032 §5.1.5). @param seed 32 bytes, secret */
export function agreementKey(seed: Uint8Array): NoiseKey {
  return scalarKey(createHash("sha512").update(seed).digest().subarray(0, 32));
}

/** An X25519 key. @param scalar 32 bytes, secret; clamped where it is used */
export function scalarKey(scalar: Uint8Array): NoiseKey {
  return keyOf(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, scalar]), format: "der", type: "pkcs8" }));
}

function cipher(key: Uint8Array): NoiseCipher {
  return {
    seal(nonce, ad, plaintext) {
      const sealing = createCipheriv("aes-256-gcm", key, nonce).setAAD(ad);
      return plain(Buffer.concat([sealing.update(plaintext), sealing.final(), sealing.getAuthTag()]));
    },
    open(nonce, ad, ciphertext) {
      if (ciphertext.byteLength < TAG_BYTES) return undefined;
      const opening = createDecipheriv("aes-256-gcm", key, nonce).setAAD(ad);
      opening.setAuthTag(ciphertext.subarray(-TAG_BYTES));
      try {
        return plain(Buffer.concat([opening.update(ciphertext.subarray(0, -TAG_BYTES)), opening.final()]));
      } catch {
        // The tag is wrong.
        return undefined;
      }
    },
  };
}

/** X25519, AES-256-GCM and SHA-256 of this machine. */
export function noiseCrypto(): NoiseCrypto {
  return {
    newKey: () => keyOf(generateKeyPairSync("x25519").privateKey),
    sha256: (bytes) => plain(createHash("sha256").update(bytes).digest()),
    hmacSha256: (key, bytes) => plain(createHmac("sha256", key).update(bytes).digest()),
    cipher,
  };
}
