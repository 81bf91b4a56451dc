/* Real primitives for tests, from node:crypto, so that no test depends on a platform package. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { concatBytes, type Sha256, type Signer, type Verifier } from "@chapar/wire/bytes";
import { createTreeHasher, type TreeHasher } from "../tree/hash.ts";

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** SHA-256 for tests. */
export const testSha256: Sha256 = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());

/** A tree hasher for tests. */
export function testHasher(): TreeHasher {
  return createTreeHasher(testSha256);
}

/** An Ed25519 signer whose 32-byte seed is filled with one byte: the same key in every run. */
export function testSigner(fill: number): Signer {
  const seed = new Uint8Array(32).fill(fill);
  const key = createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Ed25519 verification for tests. */
export const testVerifier: Verifier = (publicKey, message, signature) => {
  if (publicKey.byteLength !== 32 || signature.byteLength !== 64) return false;
  try {
    const spki = Buffer.from(concatBytes(SPKI_PREFIX, publicKey));
    return verify(null, message, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
  } catch {
    // Not a point of the curve: a malformed key is the same answer as a wrong signature (port contract).
    return false;
  }
};
