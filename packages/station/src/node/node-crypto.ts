/*
 * The three primitives from node:crypto. Keys are wrapped once and kept: importing an Ed25519 key costs as much as
 * checking a signature. Public keys of capabilities come from outside, so that cache is bounded.
 */
import { createPrivateKey, createPublicKey, hash, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import type { Sha256, Signer, Verifier } from "@chapar/wire/bytes";
import type { Rng } from "../ports.ts";

/** DER before a raw key: RFC 8410 §7 (PKCS #8, Ed25519) and §4 (SubjectPublicKeyInfo). */
const PKCS8_PREFIX: Uint8Array = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX: Uint8Array = Buffer.from("302a300506032b6570032100", "hex");
const KEY_BYTES = 32;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_KEYS = 4096;

/**
 * SHA-256 in one call. The digest comes as a string and becomes an array that lives on V8's own heap: a Buffer for every
 * digest is memory outside it, and cost three times as much as the hash of a tree node itself.
 */
export const nodeSha256: Sha256 = (bytes) => {
  const text = hash("sha256", bytes, "latin1");
  const digest = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
};

/** Random bytes from the operating system. */
export const nodeRng: Rng = (sizeBytes) => new Uint8Array(randomBytes(sizeBytes));

/** A signer over a 32-byte Ed25519 seed. */
export function nodeSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Makes a verifier with a cache of its own. */
export function nodeVerifier(): Verifier {
  const keys = new Map<string, KeyObject>();
  const keyOf = (publicKey: Uint8Array): KeyObject => {
    const name = Buffer.from(publicKey).toString("latin1");
    const held = keys.get(name);
    if (held !== undefined) return held;
    const made = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(name, made);
    return made;
  };
  return (publicKey, message, signature) => {
    if (publicKey.byteLength !== KEY_BYTES || signature.byteLength !== SIGNATURE_BYTES) return false;
    try {
      return verify(null, message, keyOf(publicKey), signature);
    } catch {
      // Not a point of the curve: a malformed key is answered as a wrong signature is (port contract).
      return false;
    }
  };
}
