/*
 * HPKE base mode, RFC 9180 §5.1.1, §6.1 and §6.2 (single shot), over a KEM, an HKDF and AES-GCM. MLS uses nothing else.
 *
 * The key schedule hashes `info` once per call: MLS hands the whole encrypted GroupInfo in as `info` of each Welcome
 * secret, which is one reason why the ratchet tree stays out of the Welcome (protocol/4-groups.md).
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { type Kem, labeledKdf, twoBytes } from "./kem.ts";
import type { CryptoPort, HashName } from "./port.ts";

/** The algorithms of one HPKE instance. */
export interface HpkeSuite {
  readonly kem: Kem;
  readonly hash: HashName;
  readonly aeadKeyBytes: 16 | 32;
}

/** Single-shot base mode: sealing, and exporting a secret (MLS: external initialization, RFC 9420 §8.3). Malformed or unauthentic peer input gives undefined, never an exception. */
export interface Hpke {
  seal(
    publicKey: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): Promise<{ readonly enc: Uint8Array; readonly ciphertext: Uint8Array } | undefined>;
  open(
    privateKey: Uint8Array,
    enc: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Promise<Uint8Array | undefined>;
  /** §6.2, the sender's half: a fresh secret for the holder of the key, and what it is sent as. */
  sendExport(
    publicKey: Uint8Array,
    info: Uint8Array,
    exporterContext: Uint8Array,
    sizeBytes: number,
  ): Promise<{ readonly enc: Uint8Array; readonly secret: Uint8Array } | undefined>;
  /** §6.2, the receiver's half. */
  receiveExport(
    privateKey: Uint8Array,
    enc: Uint8Array,
    info: Uint8Array,
    exporterContext: Uint8Array,
    sizeBytes: number,
  ): Promise<Uint8Array | undefined>;
}

const EMPTY = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0);
const NONCE_BYTES = 12;
const KDF_IDS: Readonly<Record<HashName, number>> = { sha256: 0x0001, sha512: 0x0003 };

/** Builds HPKE from a suite's parts. @see RFC 9180 §5.1, §7 */
export function hpke(crypto: CryptoPort, suite: HpkeSuite): Hpke {
  const aeadId = suite.aeadKeyBytes === 16 ? 0x0001 : 0x0002;
  const suiteId = concatBytes(utf8("HPKE"), twoBytes(suite.kem.id), twoBytes(KDF_IDS[suite.hash]), twoBytes(aeadId));
  const kdf = labeledKdf(crypto, suite.hash, suiteId);
  const pskIdHash = kdf.extract(EMPTY, "psk_id_hash", EMPTY);

  function begin(secret: Uint8Array, info: Uint8Array): { root: Uint8Array; context: Uint8Array } {
    const context = concatBytes(MODE_BASE, pskIdHash, kdf.extract(EMPTY, "info_hash", info));
    return { root: kdf.extract(secret, "secret", EMPTY), context };
  }

  function exported(secret: Uint8Array, info: Uint8Array, exporterContext: Uint8Array, sizeBytes: number): Uint8Array {
    const { root, context } = begin(secret, info);
    return kdf.expand(kdf.expand(root, "exp", context, kdf.sizeBytes), "sec", exporterContext, sizeBytes);
  }

  function schedule(secret: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
    const { root, context } = begin(secret, info);
    return {
      key: kdf.expand(root, "key", context, suite.aeadKeyBytes),
      nonce: kdf.expand(root, "base_nonce", context, NONCE_BYTES),
    };
  }

  return {
    async seal(publicKey, info, aad, plaintext) {
      const shared = await suite.kem.encapsulate(publicKey);
      if (shared === undefined) return undefined;
      const { key, nonce } = schedule(shared.secret, info);
      return { enc: shared.enc, ciphertext: await crypto.aeadSeal(key, nonce, aad, plaintext) };
    },
    async open(privateKey, enc, info, aad, ciphertext) {
      const secret = await suite.kem.decapsulate(privateKey, enc);
      if (secret === undefined) return undefined;
      const { key, nonce } = schedule(secret, info);
      return crypto.aeadOpen(key, nonce, aad, ciphertext);
    },
    async sendExport(publicKey, info, exporterContext, sizeBytes) {
      const shared = await suite.kem.encapsulate(publicKey);
      if (shared === undefined) return undefined;
      return { enc: shared.enc, secret: exported(shared.secret, info, exporterContext, sizeBytes) };
    },
    async receiveExport(privateKey, enc, info, exporterContext, sizeBytes) {
      const secret = await suite.kem.decapsulate(privateKey, enc);
      return secret === undefined ? undefined : exported(secret, info, exporterContext, sizeBytes);
    },
  };
}
