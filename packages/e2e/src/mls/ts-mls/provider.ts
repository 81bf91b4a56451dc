/*
 * A ts-mls cipher suite over CryptoPort, so that the library neither calls WebCrypto nor needs any of its optional peers.
 *
 * Keys stay raw bytes: ts-mls types them as CryptoKey but only ever hands them back to this object.
 *
 * Four wrappers look at what passes by, because ts-mls keeps it to itself or gets it wrong:
 * - `withPadding` pads the first AEAD plaintext of an operation, which in ts-mls is always the PrivateMessageContent
 *   (RFC 9420 §6.3.1: padding is zeros after the content), to the exact bucket;
 * - `withEncryptionSecret` copies the epoch's encryption_secret (§8) when it is derived: ts-mls expands it into all
 *   ratchets at once and forgets it, six derivations a member, while we derive a leaf's ratchets when it is used
 *   (secret-tree.ts). So what ts-mls derives for that tree is one shared dummy, and the tree that it makes is thrown away;
 * - `withPathExtensions` corrects the context under which path secrets are sealed. RFC 9420 §12.4.1 wants the one with the
 *   commit's new extensions; ts-mls 1.6.4 seals with the old ones and opens with the new, so that nobody could read a
 *   commit that renews its path and changes the context;
 * - `withSignature` copies the signature of a message that was found good: ts-mls hands on the content alone.
 */
import { ByteReader, ByteWriter, equalBytes, utf8 } from "@chapar/wire/bytes";
import type { CiphersuiteImpl, Extension, PrivateKey, PublicKey } from "ts-mls";
import { decodeGroupContext, encodeGroupContext } from "ts-mls/groupContext.js";
import { HASH_SIZE_BYTES } from "../../crypto/hkdf.ts";
import { hpke } from "../../crypto/hpke.ts";
import type { CryptoPort } from "../../crypto/port.ts";
import { kdfLabel } from "../key-derivation.ts";
import type { Suite } from "../suites.ts";
import { libraryName } from "./library-suites.ts";

const EMPTY = new Uint8Array(0);
const NONCE_BYTES = 12;

/** An AEAD or HPKE operation that did not authenticate; turned into an E2eError by the caller. */
export class Refused extends Error {}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Refused("input does not authenticate or is malformed");
  return value;
}

/** Compares secret-dependent values of one length in time that does not depend on where they differ. */
function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  let difference = 0;
  for (let i = 0; i < a.byteLength; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

const asPublic = (key: Uint8Array): PublicKey => key;
const asPrivate = (key: Uint8Array): PrivateKey => key;
const rawPublic = (key: PublicKey): Uint8Array => key;
const rawPrivate = (key: PrivateKey): Uint8Array => key;

function makeHpke(crypto: CryptoPort, suite: Suite): CiphersuiteImpl["hpke"] {
  const kem = suite.kem(crypto);
  const sealer = hpke(crypto, { kem, hash: suite.hash, aeadKeyBytes: suite.aeadKeyBytes });
  const keyPair = async (ikm: Uint8Array): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> => {
    const pair = await kem.deriveKeyPair(ikm);
    return { privateKey: asPrivate(pair.privateKey), publicKey: asPublic(pair.publicKey) };
  };
  return {
    keyLength: suite.aeadKeyBytes,
    nonceLength: NONCE_BYTES,
    seal: async (publicKey, plaintext, info, aad) => {
      const sealed = present(await sealer.seal(rawPublic(publicKey), info, aad ?? EMPTY, plaintext));
      return { enc: sealed.enc, ct: sealed.ciphertext };
    },
    open: async (privateKey, enc, ciphertext, info, aad) =>
      present(await sealer.open(rawPrivate(privateKey), enc, info, aad ?? EMPTY, ciphertext)),
    importPublicKey: async (key) => asPublic(present(key.byteLength === kem.publicKeyBytes ? key : undefined)),
    importPrivateKey: async (key) => asPrivate(present(key.byteLength === kem.privateKeyBytes ? key : undefined)),
    exportPublicKey: async (key) => rawPublic(key),
    exportPrivateKey: async (key) => rawPrivate(key),
    encryptAead: async (key, nonce, aad, plaintext) => crypto.aeadSeal(key, nonce, aad ?? EMPTY, plaintext),
    decryptAead: async (key, nonce, aad, sealed) => present(await crypto.aeadOpen(key, nonce, aad ?? EMPTY, sealed)),
    deriveKeyPair: keyPair,
    generateKeyPair: async () => keyPair(crypto.random(HASH_SIZE_BYTES[suite.hash])),
    exportSecret: async (publicKey, exporterContext, sizeBytes, info) =>
      present(await sealer.sendExport(rawPublic(publicKey), info, exporterContext, sizeBytes)),
    importSecret: async (privateKey, exporterContext, enc, sizeBytes, info) =>
      present(await sealer.receiveExport(rawPrivate(privateKey), enc, info, exporterContext, sizeBytes)),
  };
}

/** Builds what ts-mls calls with for one suite. */
export function makeProvider(crypto: CryptoPort, suite: Suite): CiphersuiteImpl {
  const digest = (bytes: Uint8Array): Uint8Array =>
    suite.hash === "sha256" ? crypto.sha256(bytes) : crypto.sha512(bytes);
  return {
    name: libraryName(suite.id),
    rng: { randomBytes: (sizeBytes) => crypto.random(sizeBytes) },
    hash: {
      digest: async (bytes) => digest(bytes),
      mac: async (key, bytes) => crypto.hmac(suite.hash, key, bytes),
      verifyMac: async (key, mac, bytes) => equalSecret(crypto.hmac(suite.hash, key, bytes), mac),
    },
    kdf: {
      size: HASH_SIZE_BYTES[suite.hash],
      extract: async (salt, ikm) => crypto.hkdfExtract(suite.hash, salt, ikm),
      expand: async (key, info, sizeBytes) => crypto.hkdfExpand(suite.hash, key, info, sizeBytes),
    },
    signature: {
      sign: async (seed, message) => crypto.ed25519.sign(seed, message),
      verify: async (key, message, signature) => crypto.ed25519.verify(key, message, signature),
      keygen: async () => {
        const signKey = crypto.random(32);
        return { signKey, publicKey: await crypto.ed25519.publicKey(signKey) };
      },
    },
    hpke: makeHpke(crypto, suite),
  };
}

/** The provider with the operation's message content grown to `paddedBytes(contentBytes)`. */
export function withPadding(provider: CiphersuiteImpl, paddedBytes: (contentBytes: number) => number): CiphersuiteImpl {
  let first = true;
  return {
    ...provider,
    hpke: {
      ...provider.hpke,
      encryptAead: async (key, nonce, aad, plaintext) => {
        if (!first) return provider.hpke.encryptAead(key, nonce, aad, plaintext);
        first = false;
        const padded = new Uint8Array(paddedBytes(plaintext.byteLength));
        padded.set(plaintext);
        return provider.hpke.encryptAead(key, nonce, aad, padded);
      },
    },
  };
}

const UPDATE_PATH_LABEL = utf8("MLS 1.0 UpdatePathNode");
const MAX_INFO_BYTES = 1_048_576;

/** EncryptContext (RFC 9420 §5.1.3) of a path secret with other extensions in its GroupContext; other labels as they are. */
function withExtensions(info: Uint8Array, extensions: readonly Extension[]): Uint8Array {
  const reader = new ByteReader(info);
  const label = reader.opaque(MAX_INFO_BYTES);
  if (!equalBytes(label, UPDATE_PATH_LABEL)) return info;
  const context = present(decodeGroupContext(reader.opaque(MAX_INFO_BYTES), 0))[0];
  const corrected = encodeGroupContext({ ...context, extensions: [...extensions] });
  return new ByteWriter(1024).opaque(label).opaque(corrected).finish();
}

/** The provider for a commit that changes the context: path secrets are sealed under the extensions that will hold. */
export function withPathExtensions(provider: CiphersuiteImpl, extensions: readonly Extension[]): CiphersuiteImpl {
  return {
    ...provider,
    hpke: {
      ...provider.hpke,
      seal: async (publicKey, plaintext, info, aad) =>
        provider.hpke.seal(publicKey, plaintext, withExtensions(info, extensions), aad),
    },
  };
}

/** Catches the epoch's encryption_secret on its way. */
export interface EncryptionSecretTap {
  readonly provider: CiphersuiteImpl;
  /** A copy of the secret that was derived last. */
  secret(): Uint8Array;
}

/** What the secret tree is derived with (§9): nobody keeps the outcome. */
function treeLabels(sizeBytes: number): readonly Uint8Array[] {
  return [
    kdfLabel("tree", utf8("left"), sizeBytes),
    kdfLabel("tree", utf8("right"), sizeBytes),
    kdfLabel("handshake", EMPTY, sizeBytes),
    kdfLabel("application", EMPTY, sizeBytes),
  ];
}

export function withEncryptionSecret(provider: CiphersuiteImpl): EncryptionSecretTap {
  const sizeBytes = provider.kdf.size;
  const wanted = kdfLabel("encryption", EMPTY, sizeBytes);
  const unused = treeLabels(sizeBytes);
  // Random, so that a tree which was not thrown away gives keys that nobody shares.
  const dummy = provider.rng.randomBytes(sizeBytes);
  const thrownAway = Promise.resolve(dummy);
  let caught: Uint8Array | undefined;
  const derive = async (key: Uint8Array, info: Uint8Array, size: number): Promise<Uint8Array> => {
    const out = await provider.kdf.expand(key, info, size);
    if (equalBytes(info, wanted)) caught = out.slice();
    return out;
  };
  return {
    provider: {
      ...provider,
      kdf: {
        ...provider.kdf,
        expand: (key, info, size) => {
          // Six thousand calls an epoch at 1,000 members: below the root the dummy itself is the key.
          if (key === dummy) return thrownAway;
          if (caught !== undefined && unused.some((label) => equalBytes(label, info))) return thrownAway;
          return derive(key, info, size);
        },
      },
    },
    secret: () => present(caught),
  };
}

/** Catches the signature of a message on its way. */
export interface SignatureTap {
  readonly provider: CiphersuiteImpl;
  /** A copy of the signature that was verified last. */
  signature(): Uint8Array;
}

export function withSignature(provider: CiphersuiteImpl): SignatureTap {
  let caught: Uint8Array | undefined;
  return {
    provider: {
      ...provider,
      signature: {
        ...provider.signature,
        verify: async (key, message, signature) => {
          const isGood = await provider.signature.verify(key, message, signature);
          if (isGood) caught = signature.slice();
          return isGood;
        },
      },
    },
    signature: () => present(caught),
  };
}
