/*
 * CryptoPort in a browser: WebCrypto where it has the primitive, @noble where it has not.
 *
 * SHA-2, HMAC and HKDF are @noble's because the port wants them synchronous and MLS feeds them tens of bytes at a time.
 * AES-GCM, Ed25519, X25519 and ML-KEM-768 are WebCrypto's, found out once per primitive by trying it with a fixed key;
 * a browser without one gets @noble, loaded only then (a chunk of its own, not a byte of the first load elsewhere).
 */
import { hmac } from "@noble/hashes/hmac.js";
import type * as Keccak from "@noble/hashes/sha3.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { hkdfExpand, hkdfExtract } from "../crypto/hkdf.ts";
import type { CryptoPort, Ed25519, HashName, MlKem768, X25519 } from "../crypto/port.ts";
import { nobleEd25519, nobleMlKem768, nobleX25519 } from "./noble-fallback.ts";
import { subtleEd25519, subtleMlKem768, subtleX25519 } from "./subtle-keys.ts";

const HASHES = { sha256, sha512 } as const;
/** SHA-3, for the hybrid KEM alone: fetched with the first use, so that writing the first message does not wait for it. */
const keccak = (): Promise<typeof Keccak> => import("@noble/hashes/sha3.js");
const PROBE_KEY = new Uint8Array(64).fill(7);

function hmacOf(name: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(HASHES[name], key, bytes);
}

/** WebCrypto wants views that are surely not on shared memory; ours never are. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

async function importAead(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", own(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function aeadSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv: own(nonce), additionalData: own(aad) };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, await importAead(key), own(plaintext)));
}

async function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const algorithm = { name: "AES-GCM", iv: own(nonce), additionalData: own(aad) };
  const imported = await importAead(key);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, imported, own(sealed)));
  } catch {
    return undefined; // WebCrypto says OperationError for a wrong tag and for too few bytes
  }
}

/** Tries the native implementation once; later calls reuse the answer. */
function firstThatWorks<T>(
  native: T,
  probe: (native: T) => Promise<unknown>,
  fallback: () => Promise<T>,
): () => Promise<T> {
  let chosen: Promise<T> | undefined;
  const choose = async (): Promise<T> => {
    try {
      await probe(native);
      return native;
    } catch {
      return fallback();
    }
  };
  return () => (chosen ??= choose());
}

function ed25519Port(choose: () => Promise<Ed25519>): Ed25519 {
  return {
    publicKey: async (seed) => (await choose()).publicKey(seed),
    sign: async (seed, message) => (await choose()).sign(seed, message),
    verify: async (key, message, signature) => (await choose()).verify(key, message, signature),
  };
}

function x25519Port(choose: () => Promise<X25519>): X25519 {
  return {
    publicKey: async (key) => (await choose()).publicKey(key),
    shared: async (mine, theirs) => (await choose()).shared(mine, theirs),
  };
}

function mlKemPort(choose: () => Promise<MlKem768>): MlKem768 {
  return {
    publicKey: async (seed) => (await choose()).publicKey(seed),
    encapsulate: async (key) => (await choose()).encapsulate(key),
    decapsulate: async (seed, ciphertext) => (await choose()).decapsulate(seed, ciphertext),
  };
}

/**
 * The primitives of a browser. Costs nothing until the first use of each primitive.
 *
 * @param options.native false leaves WebCrypto's key algorithms out, to test the fallbacks
 */
export function webCrypto(options?: { readonly native?: boolean }): CryptoPort {
  const probe = async (run: () => Promise<unknown>): Promise<void> => {
    if (options?.native === false) throw new Error("native primitives switched off");
    await run();
  };
  const seed = PROBE_KEY.subarray(0, 32);
  const ed25519 = firstThatWorks(subtleEd25519(), (it) => probe(async () => it.sign(seed, seed)), nobleEd25519);
  const x25519 = firstThatWorks(subtleX25519(), (it) => probe(async () => it.publicKey(seed)), nobleX25519);
  const mlKem768 = firstThatWorks(subtleMlKem768(), (it) => probe(async () => it.publicKey(PROBE_KEY)), nobleMlKem768);
  return {
    random: (sizeBytes) => {
      const out = new Uint8Array(sizeBytes);
      // getRandomValues gives at most 64 KiB a call
      for (let at = 0; at < sizeBytes; at += 65_536) crypto.getRandomValues(out.subarray(at, at + 65_536));
      return out;
    },
    sha256,
    sha512,
    sha3: async (bytes) => (await keccak()).sha3_256(bytes),
    shake256: async (bytes, sizeBytes) => (await keccak()).shake256(bytes, { dkLen: sizeBytes }),
    hmac: hmacOf,
    hkdfExtract: (name, salt, secret) => hkdfExtract(hmacOf, name, salt, secret),
    hkdfExpand: (name, key, info, sizeBytes) => hkdfExpand(hmacOf, name, key, info, sizeBytes),
    aeadSeal,
    aeadOpen,
    ed25519: ed25519Port(ed25519),
    x25519: x25519Port(x25519),
    mlKem768: mlKemPort(mlKem768),
  };
}
