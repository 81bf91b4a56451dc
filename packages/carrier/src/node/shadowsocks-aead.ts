/*
 * What both editions of Shadowsocks share: methods, and seals with a key of their own for each direction of a stream whose nonce is a
 * little-endian counter (SIP004; SIP022 §3.1.1).
 */
import { createCipheriv, createDecipheriv, type CipherGCMTypes } from "node:crypto";

/** Methods of SIP004. */
export const SHADOWSOCKS_METHODS = ["chacha20-ietf-poly1305", "aes-256-gcm", "aes-128-gcm"] as const;
/** Methods of SIP022; the last is optional there. */
export const SHADOWSOCKS_2022_METHODS = [
  "2022-blake3-aes-256-gcm",
  "2022-blake3-aes-128-gcm",
  "2022-blake3-chacha20-poly1305",
] as const;
/** One of SIP004. */
export type ShadowsocksMethod = (typeof SHADOWSOCKS_METHODS)[number];
/** One of SIP022. */
export type Shadowsocks2022Method = (typeof SHADOWSOCKS_2022_METHODS)[number];

type AnyMethod = ShadowsocksMethod | Shadowsocks2022Method;

/** Bytes of a key, and of a salt. */
export const KEY_BYTES: Readonly<Record<AnyMethod, number>> = {
  "chacha20-ietf-poly1305": 32,
  "aes-256-gcm": 32,
  "aes-128-gcm": 16,
  "2022-blake3-aes-256-gcm": 32,
  "2022-blake3-aes-128-gcm": 16,
  "2022-blake3-chacha20-poly1305": 32,
};
export const TAG_BYTES = 16;
const NONCE_BYTES = 12;

// Node's types have one signature for each kind of AEAD; the two kinds differ here in nothing but their name.
function nodeName(method: AnyMethod): CipherGCMTypes {
  if (method.includes("chacha20")) return "chacha20-poly1305" as CipherGCMTypes;
  return method.replace("2022-blake3-", "") as CipherGCMTypes;
}

/** One direction of one stream. */
export class StreamAead {
  readonly #name: CipherGCMTypes;
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_BYTES);

  constructor(method: AnyMethod, key: Uint8Array) {
    this.#name = nodeName(method);
    this.#key = key;
  }

  /** Ciphertext and tag. */
  seal(bytes: Uint8Array): Buffer {
    const cipher = createCipheriv(this.#name, this.#key, this.#nonce, { authTagLength: TAG_BYTES });
    this.#advance();
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns undefined when it is not authentic: the wrong key, or not Shadowsocks */
  open(sealed: Uint8Array): Buffer | undefined {
    const cipher = createDecipheriv(this.#name, this.#key, this.#nonce, { authTagLength: TAG_BYTES });
    this.#advance();
    cipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    try {
      return Buffer.concat([cipher.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES)), cipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** One up for each seal. */
  #advance(): void {
    for (let i = 0; i < NONCE_BYTES; i++) {
      const next = ((this.#nonce[i] ?? 0) + 1) & 0xff;
      this.#nonce[i] = next;
      if (next !== 0) return;
    }
  }
}

/** Bytes that arrived and are taken in pieces whose sizes are known beforehand. */
export class HeldBytes {
  #parts: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#size += bytes.byteLength;
  }

  /** @returns undefined while so many are not there */
  take(sizeBytes: number): Uint8Array | undefined {
    if (this.#size < sizeBytes) return undefined;
    const all = this.#parts.length === 1 && this.#parts[0] !== undefined ? this.#parts[0] : Buffer.concat(this.#parts);
    const rest = all.subarray(sizeBytes);
    this.#parts = rest.byteLength > 0 ? [rest] : [];
    this.#size = rest.byteLength;
    return all.subarray(0, sizeBytes);
  }
}
