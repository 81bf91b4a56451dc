/*
 * The AEAD framing of Shadowsocks (SIP004, SIP007; shadowsocks.org/doc/aead.html): a salt, then chunks of
 * `seal(u16 length), seal(payload)`, each seal with the next nonce of a key made from password and salt. It hides what is
 * said and not that something is: a salt of random bytes is what rule R1 looks for, hence the prefix (3-road.md R1-R3).
 */
import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { HeldBytes, KEY_BYTES, StreamAead, TAG_BYTES, type ShadowsocksMethod } from "./shadowsocks-aead.ts";

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

/** A fresh salt that begins with chosen bytes; half of a short one stays random, sixteen of a long one (P-31). */
export function saltWith(prefix: Uint8Array, sizeBytes: number): Uint8Array {
  const salt = randomBytes(sizeBytes);
  salt.set(prefix.subarray(0, Math.max(0, sizeBytes - TAG_BYTES / 2)));
  return salt;
}

/** Seals one direction. */
export class ShadowsocksSealer {
  readonly #aead: StreamAead;
  #salt: Uint8Array | undefined;

  /** @param prefix what the salt begins with; at most 16 bytes */
  constructor(method: ShadowsocksMethod, key: Uint8Array, prefix: Uint8Array) {
    const salt = saltWith(prefix, KEY_BYTES[method]);
    this.#salt = salt;
    this.#aead = new StreamAead(method, subkey(key, salt));
  }

  /** Seals bytes in as many chunks as they need; the salt goes before the first. */
  seal(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    if (this.#salt !== undefined) parts.push(this.#salt);
    this.#salt = undefined;
    for (let at = 0; at < bytes.byteLength; at += MAX_PAYLOAD_BYTES) {
      const payload = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      const size = Uint8Array.of(payload.byteLength >> 8, payload.byteLength & 0xff);
      parts.push(this.#aead.seal(size), this.#aead.seal(payload));
    }
    return Buffer.concat(parts);
  }
}

/** Opens one direction; holds at most one chunk that has not come whole. */
export class ShadowsocksOpener {
  readonly #method: ShadowsocksMethod;
  readonly #password: Uint8Array;
  readonly #held = new HeldBytes();
  #aead: StreamAead | undefined;
  #payloadBytes: number | undefined;

  constructor(method: ShadowsocksMethod, key: Uint8Array) {
    this.#method = method;
    this.#password = key;
  }

  /** Takes what arrived. @returns what could be opened, or undefined once anything does not authenticate */
  open(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    this.#held.push(bytes);
    const opened: Uint8Array[] = [];
    for (;;) {
      const part = this.#held.take(this.#wantedBytes);
      if (part === undefined) return opened;
      if (this.#aead === undefined) {
        this.#aead = new StreamAead(this.#method, subkey(this.#password, part));
        continue;
      }
      const plain = this.#aead.open(part);
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
    if (this.#aead === undefined) return KEY_BYTES[this.#method];
    return (this.#payloadBytes ?? 2) + TAG_BYTES;
  }
}

/** Seals one datagram (SIP007): `salt, seal(address, payload)`, the nonce zero, as no key seals twice. */
export function sealShadowsocksDatagram(method: ShadowsocksMethod, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const salt = randomBytes(KEY_BYTES[method]);
  return Buffer.concat([salt, new StreamAead(method, subkey(key, salt)).seal(bytes)]);
}

/** Opens one. @returns undefined for what does not authenticate: somebody else on this machine speaks to the port */
export function openShadowsocksDatagram(
  method: ShadowsocksMethod,
  key: Uint8Array,
  bytes: Uint8Array,
): Uint8Array | undefined {
  const saltBytes = KEY_BYTES[method];
  if (bytes.byteLength < saltBytes + TAG_BYTES) return undefined;
  return new StreamAead(method, subkey(key, bytes.subarray(0, saltBytes))).open(bytes.subarray(saltBytes));
}
