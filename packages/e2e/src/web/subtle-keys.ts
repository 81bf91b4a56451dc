/*
 * Ed25519, X25519 and ML-KEM-768 of WebCrypto behind the shapes of CryptoPort.
 *
 * WebCrypto imports Ed25519 and X25519 private keys only as PKCS #8 (RFC 8410 §7): a fixed 16-byte prefix and the raw key.
 * `getPublicKey` and the raw-seed format come from the W3C draft "Modern Algorithms in the Web Cryptography API"; the
 * few members of it that are used here are typed below because TypeScript's DOM types do not have them yet.
 */
import { concatBytes, toHex } from "@chapar/wire/bytes";
import type { Ed25519, MlKem768, X25519 } from "../crypto/port.ts";

interface ModernSubtle {
  importKey(
    format: string,
    bytes: Uint8Array,
    algorithm: string,
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>;
  getPublicKey(key: CryptoKey, usages: string[]): Promise<CryptoKey>;
  encapsulateBits(algorithm: string, key: CryptoKey): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
  sign(algorithm: string, key: CryptoKey, message: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: string, key: CryptoKey, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
  deriveBits(algorithm: { name: string; public: CryptoKey }, key: CryptoKey, sizeBits: number): Promise<ArrayBuffer>;
}

const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
const PKCS8_X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const PUBLIC_KEYS_KEPT = 256;

function subtle(): ModernSubtle {
  return crypto.subtle as unknown as ModernSubtle;
}

async function privateKey(prefix: Uint8Array, algorithm: string, key: Uint8Array, usage: string): Promise<CryptoKey> {
  const pkcs8 = concatBytes(prefix, key);
  try {
    return await subtle().importKey("pkcs8", pkcs8, algorithm, true, [usage]);
  } finally {
    pkcs8.fill(0);
  }
}

async function rawPublic(key: CryptoKey, usages: string[]): Promise<Uint8Array> {
  return new Uint8Array(await subtle().exportKey("raw", await subtle().getPublicKey(key, usages)));
}

/** Verification keys are public and few: importing each once saves a round trip to the browser's crypto thread. */
function verifyKeys(): (key: Uint8Array) => Promise<CryptoKey> {
  const kept = new Map<string, Promise<CryptoKey>>();
  return (key) => {
    const name = toHex(key);
    const found = kept.get(name);
    if (found !== undefined) return found;
    const imported = subtle().importKey("raw", key, "Ed25519", true, ["verify"]);
    const oldest = kept.size >= PUBLIC_KEYS_KEPT ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(name, imported);
    return imported;
  };
}

/** Ed25519 of WebCrypto (Secure Curves, shipped by Chromium 137, Firefox 129, Safari 17). */
export function subtleEd25519(): Ed25519 {
  const verifyKey = verifyKeys();
  let last: { readonly seed: Uint8Array; readonly key: CryptoKey } | undefined;
  const signKey = async (seed: Uint8Array): Promise<CryptoKey> => {
    const kept = last;
    if (kept !== undefined && kept.seed.every((byte, i) => byte === seed[i])) return kept.key;
    const key = await privateKey(PKCS8_ED25519, "Ed25519", seed, "sign");
    last = { seed: seed.slice(), key };
    return key;
  };
  return {
    publicKey: async (seed) => rawPublic(await signKey(seed), ["verify"]),
    sign: async (seed, message) => new Uint8Array(await subtle().sign("Ed25519", await signKey(seed), message)),
    verify: async (key, message, signature) => {
      try {
        return await subtle().verify("Ed25519", await verifyKey(key), signature, message);
      } catch {
        return false; // a malformed key does not import
      }
    },
  };
}

/** X25519 of WebCrypto; the derivation refuses small-order points with an OperationError. */
export function subtleX25519(): X25519 {
  return {
    publicKey: async (key) => rawPublic(await privateKey(PKCS8_X25519, "X25519", key, "deriveBits"), []),
    shared: async (mine, theirs) => {
      const key = await privateKey(PKCS8_X25519, "X25519", mine, "deriveBits");
      try {
        const peer = await subtle().importKey("raw", theirs, "X25519", true, []);
        return new Uint8Array(await subtle().deriveBits({ name: "X25519", public: peer }, key, 256));
      } catch {
        return undefined;
      }
    },
  };
}

/** ML-KEM-768 of WebCrypto (Chromium 156 has it). */
export function subtleMlKem768(): MlKem768 {
  const name = "ML-KEM-768";
  const fromSeed = async (seed: Uint8Array): Promise<CryptoKey> =>
    subtle().importKey("raw-seed", seed, name, false, ["decapsulateBits"]);
  return {
    publicKey: async (seed) => {
      const key = await subtle().getPublicKey(await fromSeed(seed), ["encapsulateBits"]);
      return new Uint8Array(await subtle().exportKey("raw-public", key));
    },
    encapsulate: async (publicKey) => {
      try {
        const key = await subtle().importKey("raw-public", publicKey, name, false, ["encapsulateBits"]);
        const { sharedKey, ciphertext } = await subtle().encapsulateBits(name, key);
        return { secret: new Uint8Array(sharedKey), ciphertext: new Uint8Array(ciphertext) };
      } catch {
        return undefined;
      }
    },
    decapsulate: async (seed, ciphertext) => {
      const key = await fromSeed(seed);
      try {
        return new Uint8Array(await subtle().decapsulateBits(name, key, ciphertext));
      } catch {
        return undefined;
      }
    },
  };
}
