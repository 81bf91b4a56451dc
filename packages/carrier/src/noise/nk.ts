/*
 * Noise_NK_25519_AESGCM_SHA256 (The Noise Protocol Framework, revision 34): two messages between a dialer whom nobody knows and
 * an acceptor whose key the dialer knows. It is what a browser can seal with: TLS by key is Node's (node/sealed-link.ts), and no page
 * has one of its own (docs/adr/0012). Messages may carry a payload each, which is how an offer finds a volunteer.
 *
 * `-> e, es, payload`, `<- e, ee, payload`; both then have a key for each direction.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";

type Soon<T> = T | Promise<T>;

/** AES-256-GCM under one key. */
export interface NoiseCipher {
  /** @param nonce 12 bytes, never twice @returns the ciphertext and its tag of 16 bytes */
  seal(nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Soon<Uint8Array>;
  /** @returns undefined when the tag is wrong */
  open(nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Soon<Uint8Array | undefined>;
}

/** An X25519 private key (RFC 7748) that agrees without being shown. */
export interface NoiseKey {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** @returns the shared secret; undefined when the other key is a point of small order */
  agree(publicKey: Uint8Array): Soon<Uint8Array | undefined>;
}

/** Primitives, passed in by the platform. */
export interface NoiseCrypto {
  newKey(): Soon<NoiseKey>;
  sha256(bytes: Uint8Array): Soon<Uint8Array>;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Soon<Uint8Array>;
  cipher(key: Uint8Array): Soon<NoiseCipher>;
}

/** What both ends have after two messages. */
export interface NoiseKeys {
  readonly send: NoiseCipher;
  readonly receive: NoiseCipher;
}

const NAME = "Noise_NK_25519_AESGCM_SHA256";
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const NONE = new Uint8Array(0);
/** The longest message (revision 34 §3). */
export const MAX_NOISE_BYTES = 65_535;
/** What a message is longer than its payload. */
export const NOISE_OVERHEAD_BYTES: number = KEY_BYTES + TAG_BYTES;

/** Revision 34 §12.4: 32 bits of zeros and the counter, big-endian. */
export function noiseNonce(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, Math.floor(counter / 2 ** 32));
  view.setUint32(8, counter % 2 ** 32);
  return nonce;
}

/** The SymmetricState of revision 34 §5.2; each key is used for one payload here, so every nonce is 0. */
class SymmetricState {
  readonly #crypto: NoiseCrypto;
  #hash: Uint8Array = NONE;
  #chain: Uint8Array = NONE;
  #cipher: NoiseCipher | undefined;

  constructor(crypto: NoiseCrypto) {
    this.#crypto = crypto;
  }

  async begin(prologue: Uint8Array, staticKey: Uint8Array): Promise<void> {
    // A name of at most 32 bytes is padded with zeros instead of hashed.
    const name = new Uint8Array(KEY_BYTES);
    name.set(utf8(NAME));
    this.#hash = this.#chain = name;
    await this.mixHash(prologue);
    await this.mixHash(staticKey);
  }

  async mixHash(bytes: Uint8Array): Promise<void> {
    this.#hash = await this.#crypto.sha256(concatBytes(this.#hash, bytes));
  }

  async mixKey(secret: Uint8Array): Promise<void> {
    const [chain, key] = await this.#derive(secret);
    this.#chain = chain;
    this.#cipher = await this.#crypto.cipher(key);
  }

  async seal(plaintext: Uint8Array): Promise<Uint8Array> {
    const sealed = (await this.#cipher?.seal(noiseNonce(0), this.#hash, plaintext)) ?? NONE;
    await this.mixHash(sealed);
    return sealed;
  }

  async open(sealed: Uint8Array): Promise<Uint8Array | undefined> {
    const opened = await this.#cipher?.open(noiseNonce(0), this.#hash, sealed);
    if (opened !== undefined) await this.mixHash(sealed);
    return opened;
  }

  async split(): Promise<readonly [NoiseCipher, NoiseCipher]> {
    const [first, second] = await this.#derive(NONE);
    return [await this.#crypto.cipher(first), await this.#crypto.cipher(second)];
  }

  /** HKDF of revision 34 §4.3 with two outputs. */
  async #derive(secret: Uint8Array): Promise<readonly [Uint8Array, Uint8Array]> {
    const key = await this.#crypto.hmacSha256(this.#chain, secret);
    const first = await this.#crypto.hmacSha256(key, Uint8Array.of(1));
    return [first, await this.#crypto.hmacSha256(key, concatBytes(first, Uint8Array.of(2)))];
  }
}

/** The dialer's end, after its message was made. */
export interface NoiseDialer {
  readonly message: Uint8Array;
  /** Reads the acceptor's message. @returns undefined when it is none, or not of the acceptor whose key was meant */
  finish(answer: Uint8Array): Promise<{ readonly payload: Uint8Array; readonly keys: NoiseKeys } | undefined>;
}

/**
 * Begins as the dialer.
 *
 * @param acceptorKey X25519, 32 bytes
 * @param payload sealed to the acceptor's lasting key: whoever has that later can read it, unlike what follows
 * @returns undefined when the key is of small order
 */
export async function noiseDial(
  crypto: NoiseCrypto,
  acceptorKey: Uint8Array,
  prologue: Uint8Array,
  payload: Uint8Array,
): Promise<NoiseDialer | undefined> {
  const state = new SymmetricState(crypto);
  await state.begin(prologue, acceptorKey);
  const own = await crypto.newKey();
  await state.mixHash(own.publicKey);
  const shared = await own.agree(acceptorKey);
  if (shared === undefined) return undefined;
  await state.mixKey(shared);
  const message = concatBytes(own.publicKey, await state.seal(payload));
  return {
    message,
    async finish(answer) {
      if (answer.byteLength < NOISE_OVERHEAD_BYTES || answer.byteLength > MAX_NOISE_BYTES) return undefined;
      const theirs = answer.slice(0, KEY_BYTES);
      await state.mixHash(theirs);
      const secret = await own.agree(theirs);
      if (secret === undefined) return undefined;
      await state.mixKey(secret);
      const opened = await state.open(answer.subarray(KEY_BYTES));
      if (opened === undefined) return undefined;
      const [send, receive] = await state.split();
      return { payload: opened, keys: { send, receive } };
    },
  };
}

/** The acceptor's end, after it read the dialer's message. */
export interface NoiseAcceptor {
  readonly payload: Uint8Array;
  answer(payload: Uint8Array): Promise<{ readonly message: Uint8Array; readonly keys: NoiseKeys }>;
}

/**
 * Reads a dialer's message.
 *
 * @param message untrusted
 * @returns undefined when it is none, or was not made for this key and prologue. Never throws
 * Cost: two agreements of X25519 for each message that is long enough.
 */
export async function noiseAccept(
  crypto: NoiseCrypto,
  key: NoiseKey,
  prologue: Uint8Array,
  message: Uint8Array,
): Promise<NoiseAcceptor | undefined> {
  if (message.byteLength < NOISE_OVERHEAD_BYTES || message.byteLength > MAX_NOISE_BYTES) return undefined;
  const state = new SymmetricState(crypto);
  await state.begin(prologue, key.publicKey);
  const theirs = message.slice(0, KEY_BYTES);
  await state.mixHash(theirs);
  const shared = await key.agree(theirs);
  if (shared === undefined) return undefined;
  await state.mixKey(shared);
  const payload = await state.open(message.subarray(KEY_BYTES));
  if (payload === undefined) return undefined;
  return {
    payload,
    async answer(said) {
      const own = await crypto.newKey();
      await state.mixHash(own.publicKey);
      // A key of small order was refused above, and `theirs` is the same one.
      await state.mixKey((await own.agree(theirs)) ?? NONE);
      const sealed = concatBytes(own.publicKey, await state.seal(said));
      const [receive, send] = await state.split();
      return { message: sealed, keys: { send, receive } };
    },
  };
}
