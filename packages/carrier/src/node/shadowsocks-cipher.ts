/*
 * The AEAD framing of Shadowsocks (SIP004, SIP007; shadowsocks.org/doc/aead.html): a salt, then chunks of
 * `seal(u16 length), seal(payload)`, each seal with the next nonce of a key made from password and salt. It hides what is
 * said and not that something is: a salt of random bytes is what rule R1 looks for, hence the prefix (3-road.md R1-R3).
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, type CipherGCMTypes } from "node:crypto";

/** Methods that are driven. */
export const SHADOWSOCKS_METHODS = ["chacha20-ietf-poly1305", "aes-256-gcm", "aes-128-gcm"] as const;
/** One of them. */
export type ShadowsocksMethod = (typeof SHADOWSOCKS_METHODS)[number];

const KEY_BYTES: Readonly<Record<ShadowsocksMethod, number>> = {
  "chacha20-ietf-poly1305": 32,
  "aes-256-gcm": 32,
  "aes-128-gcm": 16,
};
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** SIP004: the upper two bits of a length are zero. */
const MAX_PAYLOAD_BYTES = 0x3fff;

/** A password as key: OpenSSL's EVP_BytesToKey with MD5, one round, no salt, which every client does. */
export function shadowsocksKey(method: ShadowsocksMethod, password: string): Uint8Array {
  const parts: Buffer[] = [];
  let last = Buffer.alloc(0);
  for (let sizeBytes = 0; sizeBytes < KEY_BYTES[method]; sizeBytes += last.byteLength) {
    last = createHash("md5").update(last).update(password, "utf8").digest();
    parts.push(last);
  }
  return Buffer.concat(parts).subarray(0, KEY_BYTES[method]);
}

function subkey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha1", key, salt, "ss-subkey", key.byteLength));
}

/** Little-endian, one up for each seal (SIP004). */
function advance(nonce: Uint8Array): void {
  for (let i = 0; i < nonce.byteLength; i++) {
    const next = ((nonce[i] ?? 0) + 1) & 0xff;
    nonce[i] = next;
    if (next !== 0) return;
  }
}

// Node's types have one signature for each kind of AEAD; the two kinds differ here in nothing but their name.
function nodeName(method: ShadowsocksMethod): CipherGCMTypes {
  return (method === "chacha20-ietf-poly1305" ? "chacha20-poly1305" : method) as CipherGCMTypes;
}

/** Seals one direction. */
export class ShadowsocksSealer {
  readonly #method: ShadowsocksMethod;
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  #salt: Uint8Array | undefined;

  /** @param prefix what the salt begins with; at most 16 bytes */
  constructor(method: ShadowsocksMethod, key: Uint8Array, prefix: Uint8Array) {
    this.#method = method;
    const salt = randomBytes(KEY_BYTES[method]);
    salt.set(prefix.subarray(0, Math.max(0, salt.byteLength - TAG_BYTES / 2)));
    this.#salt = salt;
    this.#key = subkey(key, salt);
  }

  /** Seals bytes in as many chunks as they need; the salt goes before the first. */
  seal(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    if (this.#salt !== undefined) parts.push(this.#salt);
    this.#salt = undefined;
    for (let at = 0; at < bytes.byteLength; at += MAX_PAYLOAD_BYTES) {
      const payload = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      parts.push(
        ...this.#one(Uint8Array.of(payload.byteLength >> 8, payload.byteLength & 0xff)),
        ...this.#one(payload),
      );
    }
    return Buffer.concat(parts);
  }

  #one(bytes: Uint8Array): readonly Uint8Array[] {
    const cipher = createCipheriv(nodeName(this.#method), this.#key, this.#nonce, { authTagLength: TAG_BYTES });
    advance(this.#nonce);
    return [cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
  }
}

/** Opens one direction; holds at most one chunk that has not come whole. */
export class ShadowsocksOpener {
  readonly #method: ShadowsocksMethod;
  readonly #password: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  #key: Uint8Array | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #payloadBytes: number | undefined;

  constructor(method: ShadowsocksMethod, key: Uint8Array) {
    this.#method = method;
    this.#password = key;
  }

  /** Takes what arrived. @returns what could be opened, or undefined once anything does not authenticate */
  open(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    const opened: Uint8Array[] = [];
    for (;;) {
      const part = this.#take(this.#wantedBytes);
      if (part === undefined) return opened;
      if (this.#key === undefined) {
        this.#key = subkey(this.#password, part);
        continue;
      }
      const plain = this.#one(this.#key, part);
      if (plain === undefined) return undefined;
      if (this.#payloadBytes === undefined) {
        this.#payloadBytes = ((plain[0] ?? 0) << 8) | (plain[1] ?? 0);
        if (this.#payloadBytes > MAX_PAYLOAD_BYTES) return undefined;
      } else {
        this.#payloadBytes = undefined;
        if (plain.byteLength > 0) opened.push(plain);
      }
    }
  }

  get #wantedBytes(): number {
    if (this.#key === undefined) return KEY_BYTES[this.#method];
    return (this.#payloadBytes ?? 2) + TAG_BYTES;
  }

  #take(sizeBytes: number): Uint8Array | undefined {
    if (this.#heldBytes < sizeBytes) return undefined;
    const all = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
    const rest = all.subarray(sizeBytes);
    this.#held = rest.byteLength > 0 ? [rest] : [];
    this.#heldBytes = rest.byteLength;
    return all.subarray(0, sizeBytes);
  }

  #one(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const cipher = createDecipheriv(nodeName(this.#method), key, this.#nonce, { authTagLength: TAG_BYTES });
    advance(this.#nonce);
    cipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    try {
      return Buffer.concat([cipher.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES)), cipher.final()]);
    } catch {
      // The wrong password, or not a Shadowsocks server.
      return undefined;
    }
  }
}
