/*
 * CryptoPort over node:crypto. Everything is synchronous: OpenSSL answers in microseconds, while a trip through
 * WebCrypto in Node costs 50 or more for the same work.
 *
 * Signing keys are kept as KeyObjects in a small cache, because importing an Ed25519 seed (25 µs) costs as much as
 * signing with it; public keys import in 2 µs and are not kept. Cached entries are found by comparing bytes, never by
 * object identity, so a caller may wipe or reuse its array.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  hash,
  type KeyObject,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { hkdfExpand, hkdfExtract } from "../crypto/hkdf.ts";
import type { CryptoPort, HashName } from "../crypto/port.ts";

const TAG_BYTES = 16;
const LARGE_BYTES = 32_768;
const SIGNING_KEYS_KEPT = 8;

/** Views the same memory as a plain Uint8Array, so that no Buffer method leaks into platform-neutral code. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Gives the memory of a large result back at once: a collector looks at it only when some sixty megabytes have gathered. */
function freeLarge({ buffer, byteLength }: Buffer): void {
  if (byteLength >= LARGE_BYTES && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
}

function hmac(name: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac(name, key).update(bytes).digest());
}

function cipherName(key: Uint8Array): "aes-128-gcm" | "aes-256-gcm" {
  if (key.byteLength !== 16 && key.byteLength !== 32) throw new RangeError("AES-GCM key of a wrong length");
  return key.byteLength === 16 ? "aes-128-gcm" : "aes-256-gcm";
}

function aeadSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(cipherName(key), key, nonce);
  cipher.setAAD(aad);
  const out = new Uint8Array(plaintext.byteLength + TAG_BYTES);
  const sealed = cipher.update(plaintext);
  out.set(sealed);
  freeLarge(sealed);
  cipher.final();
  out.set(cipher.getAuthTag(), plaintext.byteLength);
  return out;
}

function aeadOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.byteLength < TAG_BYTES) return undefined;
  const end = sealed.byteLength - TAG_BYTES;
  const decipher = createDecipheriv(cipherName(key), key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0); // unauthenticated bytes must not linger
    return undefined;
  }
  return plain(plaintext);
}

type CurveType = "ed25519" | "x25519" | "ml-kem-768";

function privateKey(type: "ed25519" | "x25519", key: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(key), format: "raw-private", asymmetricKeyType: type });
}

function mlKemKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(seed), format: "raw-seed", asymmetricKeyType: "ml-kem-768" });
}

/** @returns undefined for bytes that are not a public key of the type */
function publicKey(type: CurveType, key: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(key), format: "raw-public", asymmetricKeyType: type });
  } catch {
    return undefined;
  }
}

function publicHalf(key: KeyObject): Uint8Array {
  return plain(createPublicKey(key).export({ format: "raw-public" }));
}

function signingKeys(): (seed: Uint8Array) => KeyObject {
  const kept: { seed: Uint8Array; key: KeyObject }[] = [];
  return (seed) => {
    const found = kept.find((entry) => entry.seed.byteLength === seed.byteLength && timingSafeEqual(entry.seed, seed));
    if (found !== undefined) return found.key;
    const entry = { seed: seed.slice(), key: privateKey("ed25519", seed) };
    kept.unshift(entry);
    kept.splice(SIGNING_KEYS_KEPT).forEach((dropped) => dropped.seed.fill(0));
    return entry.key;
  };
}

/** X25519 refuses small-order points by throwing from the derivation. */
function x25519Shared(mine: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  const peer = publicKey("x25519", theirs);
  if (peer === undefined) return undefined;
  try {
    return plain(diffieHellman({ privateKey: privateKey("x25519", mine), publicKey: peer }));
  } catch {
    return undefined;
  }
}

function mlKemEncapsulate(key: Uint8Array): { secret: Uint8Array; ciphertext: Uint8Array } | undefined {
  const peer = publicKey("ml-kem-768", key);
  if (peer === undefined) return undefined;
  const { sharedKey, ciphertext } = encapsulate(peer);
  return { secret: plain(sharedKey), ciphertext: plain(ciphertext) };
}

function mlKemDecapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  const key = mlKemKey(seed);
  try {
    return plain(decapsulate(key, ciphertext));
  } catch {
    return undefined;
  }
}

/**
 * The primitives of Node (26 or later: raw key formats and ML-KEM).
 *
 * Cost on one core: HMAC-SHA-512 4 µs, AES-256-GCM of 1 KiB 4 µs, Ed25519 sign 30 and verify 75 µs, X25519 50 µs,
 * ML-KEM-768 encapsulate 45 and decapsulate 120 µs with the import of the key.
 */
export function nodeCrypto(): CryptoPort {
  const signingKey = signingKeys();
  return {
    random: (sizeBytes) => randomFillSync(new Uint8Array(sizeBytes)),
    sha256: (bytes) => plain(hash("sha256", bytes, "buffer")),
    sha512: (bytes) => plain(hash("sha512", bytes, "buffer")),
    sha3: (bytes) => plain(hash("sha3-256", bytes, "buffer")),
    shake256: (bytes, sizeBytes) =>
      plain(hash("shake256", bytes, { outputEncoding: "buffer", outputLength: sizeBytes })),
    hmac,
    hkdfExtract: (name, salt, secret) => hkdfExtract(hmac, name, salt, secret),
    hkdfExpand: (name, key, info, sizeBytes) => hkdfExpand(hmac, name, key, info, sizeBytes),
    aeadSeal,
    aeadOpen,
    ed25519: {
      publicKey: (seed) => publicHalf(signingKey(seed)),
      sign: (seed, message) => plain(sign(null, message, signingKey(seed))),
      verify: (key, message, signature) => {
        const peer = publicKey("ed25519", key);
        return peer !== undefined && verify(null, message, peer, signature);
      },
    },
    x25519: { publicKey: (key) => publicHalf(privateKey("x25519", key)), shared: x25519Shared },
    mlKem768: {
      publicKey: (seed) => publicHalf(mlKemKey(seed)),
      encapsulate: mlKemEncapsulate,
      decapsulate: mlKemDecapsulate,
    },
  };
}
