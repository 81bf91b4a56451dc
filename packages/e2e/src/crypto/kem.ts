/*
 * The two key encapsulation mechanisms that our suites use, over CryptoPort.
 *
 * DHKEM(X25519, HKDF-SHA256): RFC 9180 §4.1, §7.1.3; private key 32 bytes.
 * X-Wing: draft-connolly-cfrg-xwing-kem-09, a hybrid of ML-KEM-768 and X25519 that stays safe while either does. Its
 * private key is a 32-byte seed, expanded with SHAKE256 into the ML-KEM seed (64) and the X25519 key (32):
 *   public key = pkM[1184] ‖ pkX[32]      ciphertext = ctM[1088] ‖ ctX[32]
 *   secret     = SHA3-256(ssM ‖ ssX ‖ ctX ‖ pkX ‖ label)
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { HASH_SIZE_BYTES } from "./hkdf.ts";
import type { CryptoPort, HashName } from "./port.ts";

/** A key pair as raw bytes. */
export interface KemKeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A key encapsulation mechanism as HPKE (RFC 9180 §4) wants it; malformed peer input gives undefined. */
export interface Kem {
  /** RFC 9180 §7.1 identifier */
  readonly id: number;
  readonly publicKeyBytes: number;
  readonly privateKeyBytes: number;
  /** RFC 9180 §7.1.3; for X-Wing the private key is SHAKE256(ikm, 32) */
  deriveKeyPair(ikm: Uint8Array): Promise<KemKeyPair>;
  publicKey(privateKey: Uint8Array): Promise<Uint8Array>;
  encapsulate(publicKey: Uint8Array): Promise<{ readonly secret: Uint8Array; readonly enc: Uint8Array } | undefined>;
  decapsulate(privateKey: Uint8Array, enc: Uint8Array): Promise<Uint8Array | undefined>;
}

const VERSION_LABEL = utf8("HPKE-v1");
const EMPTY = new Uint8Array(0);
const KEY_BYTES = 32;

/** Two bytes, big-endian (I2OSP(value, 2)). */
export function twoBytes(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** LabeledExtract and LabeledExpand of RFC 9180 §4 for one suite id. */
export interface LabeledKdf {
  extract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array;
  expand(key: Uint8Array, label: string, info: Uint8Array, sizeBytes: number): Uint8Array;
  readonly sizeBytes: number;
}

/** RFC 9180 §4: every input is bound to "HPKE-v1", the suite and a label. */
export function labeledKdf(crypto: CryptoPort, hash: HashName, suiteId: Uint8Array): LabeledKdf {
  return {
    sizeBytes: HASH_SIZE_BYTES[hash],
    extract: (salt, label, ikm) =>
      crypto.hkdfExtract(hash, salt, concatBytes(VERSION_LABEL, suiteId, utf8(label), ikm)),
    expand: (key, label, info, sizeBytes) =>
      crypto.hkdfExpand(
        hash,
        key,
        concatBytes(twoBytes(sizeBytes), VERSION_LABEL, suiteId, utf8(label), info),
        sizeBytes,
      ),
  };
}

/** DHKEM(X25519, HKDF-SHA256), identifier 0x0020. */
export function dhKemX25519(crypto: CryptoPort): Kem {
  const id = 0x0020;
  const kdf = labeledKdf(crypto, "sha256", concatBytes(utf8("KEM"), twoBytes(id)));
  const secretOf = (dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array => {
    const prk = kdf.extract(EMPTY, "eae_prk", dh);
    return kdf.expand(prk, "shared_secret", concatBytes(enc, publicKey), KEY_BYTES);
  };
  return {
    id,
    publicKeyBytes: KEY_BYTES,
    privateKeyBytes: KEY_BYTES,
    async deriveKeyPair(ikm) {
      const privateKey = kdf.expand(kdf.extract(EMPTY, "dkp_prk", ikm), "sk", EMPTY, KEY_BYTES);
      return { privateKey, publicKey: await crypto.x25519.publicKey(privateKey) };
    },
    publicKey: async (privateKey) => crypto.x25519.publicKey(privateKey),
    async encapsulate(publicKey) {
      const ephemeral = crypto.random(KEY_BYTES);
      const dh = await crypto.x25519.shared(ephemeral, publicKey);
      const enc = await crypto.x25519.publicKey(ephemeral);
      ephemeral.fill(0);
      return dh === undefined ? undefined : { secret: secretOf(dh, enc, publicKey), enc };
    },
    async decapsulate(privateKey, enc) {
      const dh = await crypto.x25519.shared(privateKey, enc);
      return dh === undefined ? undefined : secretOf(dh, enc, await crypto.x25519.publicKey(privateKey));
    },
  };
}

const ML_KEM_PUBLIC_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
/** The six bytes `\.//^\` of the draft, §5.3. */
const X_WING_LABEL = utf8("\\.//^\\");

/** X-Wing, identifier 0x647a. */
export function xWing(crypto: CryptoPort): Kem {
  const expand = async (seed: Uint8Array): Promise<{ seedM: Uint8Array; keyX: Uint8Array }> => {
    const wide = await crypto.shake256(seed, 96);
    return { seedM: wide.subarray(0, 64), keyX: wide.subarray(64) };
  };
  const combine = async (ssM: Uint8Array, ssX: Uint8Array, ctX: Uint8Array, pkX: Uint8Array): Promise<Uint8Array> =>
    await crypto.sha3(concatBytes(ssM, ssX, ctX, pkX, X_WING_LABEL));
  const publicKeyOf = async (privateKey: Uint8Array): Promise<Uint8Array> => {
    const { seedM, keyX } = await expand(privateKey);
    return concatBytes(await crypto.mlKem768.publicKey(seedM), await crypto.x25519.publicKey(keyX));
  };
  return {
    id: 0x647a,
    publicKeyBytes: ML_KEM_PUBLIC_BYTES + KEY_BYTES,
    privateKeyBytes: KEY_BYTES,
    async deriveKeyPair(ikm) {
      const privateKey = await crypto.shake256(ikm, KEY_BYTES);
      return { privateKey, publicKey: await publicKeyOf(privateKey) };
    },
    publicKey: publicKeyOf,
    async encapsulate(publicKey) {
      if (publicKey.byteLength !== ML_KEM_PUBLIC_BYTES + KEY_BYTES) return undefined;
      const pkX = publicKey.subarray(ML_KEM_PUBLIC_BYTES);
      const ephemeral = crypto.random(KEY_BYTES);
      const ctX = await crypto.x25519.publicKey(ephemeral);
      const ssX = await crypto.x25519.shared(ephemeral, pkX);
      ephemeral.fill(0);
      const half = await crypto.mlKem768.encapsulate(publicKey.subarray(0, ML_KEM_PUBLIC_BYTES));
      if (ssX === undefined || half === undefined) return undefined;
      return { secret: await combine(half.secret, ssX, ctX, pkX), enc: concatBytes(half.ciphertext, ctX) };
    },
    async decapsulate(privateKey, enc) {
      if (enc.byteLength !== ML_KEM_CIPHERTEXT_BYTES + KEY_BYTES) return undefined;
      const { seedM, keyX } = await expand(privateKey);
      const ctX = enc.subarray(ML_KEM_CIPHERTEXT_BYTES);
      const ssX = await crypto.x25519.shared(keyX, ctX);
      const ssM = await crypto.mlKem768.decapsulate(seedM, enc.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
      const pkX = await crypto.x25519.publicKey(keyX);
      return ssX === undefined || ssM === undefined ? undefined : await combine(ssM, ssX, ctX, pkX);
    },
  };
}
