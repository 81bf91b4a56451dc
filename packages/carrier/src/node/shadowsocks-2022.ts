/*
 * Shadowsocks' 2022 edition for streams (SIP022 §3.1): keys instead of passwords, BLAKE3 for subkeys, and a header in each direction that says when and to
 * what it belongs, so that nothing can be replayed.
 *
 *   request  = salt, seal(type 0 u8, time u64 s, length u16), seal(address, padding opaque<u16>, payload), chunks
 *   response = salt, seal(type 1 u8, time u64 s, request's salt, length u16), seal(payload), chunks
 *   chunks   = seal(length u16), seal(payload), …
 */
import { randomInt } from "node:crypto";
import { blake3 } from "@noble/hashes/blake3.js";
import { concatBytes, equalBytes, fromBase64, utf8 } from "@chapar/wire/bytes";
import { HeldBytes, KEY_BYTES, StreamAead, TAG_BYTES, type Shadowsocks2022Method } from "./shadowsocks-aead.ts";
import { saltWith } from "./shadowsocks-cipher.ts";

const CONTEXT = utf8("shadowsocks 2022 session subkey");
const TYPE = { request: 0, response: 1 } as const;
const MAX_CHUNK_BYTES = 0xffff;
const MAX_PADDING_BYTES = 900;
const FIXED_HEADER_BYTES = 11;
const TIME_BYTES = 8;
/** Beyond this a header is a replay (§3.1.3). */
const MAX_TIME_DIFFERENCE_S = 30;
/** The longest payload that travels in a request's header, beside an address and padding. */
const MAX_FIRST_BYTES = 32 * 1024;
/** SOCKS5 address types (RFC 1928 §5). */
const ADDRESS = { v4: 1, name: 3, v6: 4 } as const;
const NOTHING = new Uint8Array(0);

/** The key of a method in base64, as the 2022 edition has it; undefined when it is none of its length. */
export function shadowsocks2022Key(method: Shadowsocks2022Method, password: string): Uint8Array | undefined {
  const key = fromBase64(password);
  return key?.byteLength === KEY_BYTES[method] ? key : undefined;
}

/** §2.2: the key of one direction of one stream. */
export function sessionSubkey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  return blake3(concatBytes(key, salt), { context: CONTEXT, dkLen: key.byteLength });
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function timeBytes(nowMs: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.floor(nowMs / 1000)));
  return bytes;
}

/** Whether the time in a header behind its type is near enough. */
function isTimely(header: Uint8Array, nowMs: number): boolean {
  const said = Number(new DataView(header.buffer, header.byteOffset + 1).getBigUint64(0));
  return Math.abs(said - Math.floor(nowMs / 1000)) <= MAX_TIME_DIFFERENCE_S;
}

function sealChunks(aead: StreamAead, bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += MAX_CHUNK_BYTES) {
    const payload = bytes.subarray(at, at + MAX_CHUNK_BYTES);
    parts.push(aead.seal(u16(payload.byteLength)), aead.seal(payload));
  }
  return parts;
}

/** Opens what follows a header: first a payload of a known length, or a length. */
class ChunkOpener {
  readonly #aead: StreamAead;
  #payloadBytes: number | undefined;

  constructor(aead: StreamAead, firstBytes?: number) {
    this.#aead = aead;
    this.#payloadBytes = firstBytes;
  }

  /** @returns what could be opened, or undefined once anything does not authenticate */
  open(held: HeldBytes): readonly Uint8Array[] | undefined {
    const opened: Uint8Array[] = [];
    for (;;) {
      const part = held.take((this.#payloadBytes ?? 2) + TAG_BYTES);
      if (part === undefined) return opened;
      const plain = this.#aead.open(part);
      if (plain === undefined) return undefined;
      if (this.#payloadBytes === undefined) this.#payloadBytes = readU16(plain, 0);
      else {
        this.#payloadBytes = undefined;
        if (plain.byteLength > 0) opened.push(plain);
      }
    }
  }
}

/** The client's end of a stream. */
export class Shadowsocks2022Client {
  readonly #method: Shadowsocks2022Method;
  readonly #key: Uint8Array;
  readonly #salt: Uint8Array;
  readonly #out: StreamAead;
  readonly #nowMs: () => number;
  readonly #held = new HeldBytes();
  #into: StreamAead | undefined;
  #chunks: ChunkOpener | undefined;

  /** @param salt fresh, as long as the key @param nowMs the time of day */
  constructor(method: Shadowsocks2022Method, key: Uint8Array, salt: Uint8Array, nowMs: () => number) {
    this.#method = method;
    this.#key = key;
    this.#salt = salt;
    this.#out = new StreamAead(method, sessionSubkey(key, salt));
    this.#nowMs = nowMs;
  }

  /** What a stream begins with, to be written at once: the address, and bytes that follow it. */
  begin(address: Uint8Array, bytes: Uint8Array): Uint8Array {
    const payload = bytes.subarray(0, MAX_FIRST_BYTES);
    const paddingBytes = payload.byteLength < MAX_PADDING_BYTES ? randomInt(1, MAX_PADDING_BYTES + 1) : 0;
    const header = concatBytes(address, u16(paddingBytes), new Uint8Array(paddingBytes), payload);
    const fixed = concatBytes(Uint8Array.of(TYPE.request), timeBytes(this.#nowMs()), u16(header.byteLength));
    const parts = [this.#salt, this.#out.seal(fixed), this.#out.seal(header)];
    return Buffer.concat([...parts, ...sealChunks(this.#out, bytes.subarray(MAX_FIRST_BYTES))]);
  }

  seal(bytes: Uint8Array): Uint8Array {
    return Buffer.concat(sealChunks(this.#out, bytes));
  }

  /** Takes what arrived. @returns what could be opened, or undefined once anything is not the answer to this request */
  open(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    this.#held.push(bytes);
    const saltBytes = KEY_BYTES[this.#method];
    if (this.#into === undefined) {
      const salt = this.#held.take(saltBytes);
      if (salt === undefined) return [];
      this.#into = new StreamAead(this.#method, sessionSubkey(this.#key, salt));
    }
    if (this.#chunks === undefined) {
      const sealed = this.#held.take(FIXED_HEADER_BYTES + saltBytes + TAG_BYTES);
      if (sealed === undefined) return [];
      const header = this.#into.open(sealed);
      if (header?.[0] !== TYPE.response || !isTimely(header, this.#nowMs())) return undefined;
      if (!equalBytes(header.subarray(1 + TIME_BYTES, 1 + TIME_BYTES + saltBytes), this.#salt)) return undefined;
      this.#chunks = new ChunkOpener(this.#into, readU16(header, 1 + TIME_BYTES + saltBytes));
    }
    return this.#chunks.open(this.#held);
  }
}

/** Salts of requests, each remembered for a minute: what comes again within it is a replay (§3.1.4). */
export class SaltPool {
  readonly #seen = new Map<string, number>();
  readonly #maxSalts: number;

  /** @param maxSalts beyond which nothing new is taken: forgetting a salt early would let it come again */
  constructor(maxSalts = 100_000) {
    this.#maxSalts = maxSalts;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** @returns whether it is the first time, and is remembered */
  add(salt: Uint8Array, nowMs: number): boolean {
    for (const [old, atMs] of this.#seen) {
      // A clock that jumped back keeps salts longer; times of headers are held to the same clock.
      if (nowMs - atMs <= 2 * MAX_TIME_DIFFERENCE_S * 1000) break;
      this.#seen.delete(old);
    }
    const text = Buffer.from(salt).toString("latin1");
    if (this.#seen.has(text) || this.#seen.size >= this.#maxSalts) return false;
    this.#seen.set(text, nowMs);
    return true;
  }
}

/** A request that was taken. */
export interface Shadowsocks2022Request {
  readonly stream: Shadowsocks2022Server;
  readonly host: string;
  readonly port: number;
  /** bytes that came with it */
  readonly payload: readonly Uint8Array[];
}

function readAddress(
  header: Uint8Array,
): { readonly host: string; readonly port: number; readonly end: number } | undefined {
  const type = header[0];
  const isName = type === ADDRESS.name;
  const [from, size] = isName ? [2, header[1] ?? 0] : [1, type === ADDRESS.v4 ? 4 : type === ADDRESS.v6 ? 16 : 0];
  const end = from + size + 2;
  if (size === 0 || end > header.byteLength) return undefined;
  const raw = header.subarray(from, from + size);
  const port = readU16(header, from + size);
  if (isName) return { host: Buffer.from(raw).toString("latin1"), port, end };
  if (size === 4) return { host: raw.join("."), port, end };
  const groups = Array.from({ length: 8 }, (_, i) => readU16(raw, 2 * i).toString(16));
  return { host: groups.join(":"), port, end };
}

/** The server's end of a stream. */
export class Shadowsocks2022Server {
  readonly #method: Shadowsocks2022Method;
  readonly #key: Uint8Array;
  readonly #requestSalt: Uint8Array;
  readonly #nowMs: () => number;
  readonly #chunks: ChunkOpener;
  readonly #held: HeldBytes;
  #out: StreamAead | undefined;

  private constructor(
    method: Shadowsocks2022Method,
    key: Uint8Array,
    requestSalt: Uint8Array,
    parts: { readonly chunks: ChunkOpener; readonly held: HeldBytes; readonly nowMs: () => number },
  ) {
    this.#method = method;
    this.#key = key;
    this.#requestSalt = requestSalt;
    this.#chunks = parts.chunks;
    this.#held = parts.held;
    this.#nowMs = parts.nowMs;
  }

  /**
   * Reads what a connection began with: its first bytes, as one read gave them, must hold salt and fixed header (§3.1.3); the rest may follow.
   *
   * @returns a request; `more` when its header has not come whole: ask again with all bytes; undefined for whatever is none, or one that came before
   */
  static accept(
    method: Shadowsocks2022Method,
    key: Uint8Array,
    bytes: Uint8Array,
    { pool, nowMs }: { readonly pool: SaltPool; readonly nowMs: () => number },
  ): Shadowsocks2022Request | "more" | undefined {
    const held = new HeldBytes();
    held.push(bytes);
    const salt = held.take(KEY_BYTES[method]);
    const sealed = salt === undefined ? undefined : held.take(FIXED_HEADER_BYTES + TAG_BYTES);
    if (salt === undefined || sealed === undefined) return undefined;
    const aead = new StreamAead(method, sessionSubkey(key, salt));
    const fixed = aead.open(sealed);
    if (fixed?.[0] !== TYPE.request || !isTimely(fixed, nowMs())) return undefined;
    const sealedHeader = held.take(readU16(fixed, 1 + TIME_BYTES) + TAG_BYTES);
    if (sealedHeader === undefined) return "more";
    const header = aead.open(sealedHeader);
    const address = header === undefined ? undefined : readAddress(header);
    if (header === undefined || address === undefined) return undefined;
    const payloadAt = address.end + 2 + readU16(header, address.end);
    // §3.1.3: padding or payload must be there, and padding must not reach beyond the header.
    const isRight = address.end + 2 <= header.byteLength && payloadAt <= header.byteLength;
    if (!isRight || header.byteLength === address.end + 2) return undefined;
    if (!pool.add(salt, nowMs())) return undefined;
    const chunks = new ChunkOpener(aead);
    const rest = chunks.open(held);
    if (rest === undefined) return undefined;
    const stream = new Shadowsocks2022Server(method, key, salt.slice(), { chunks, held, nowMs });
    const first = header.subarray(payloadAt);
    const payload = first.byteLength > 0 ? [first, ...rest] : rest;
    return { stream, host: address.host, port: address.port, payload };
  }

  /** Takes what arrived later. @returns undefined once anything does not authenticate */
  open(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    this.#held.push(bytes);
    return this.#chunks.open(this.#held);
  }

  /** Seals bytes; the salt and the header go before the first. */
  seal(bytes: Uint8Array): Uint8Array {
    if (this.#out !== undefined) return Buffer.concat(sealChunks(this.#out, bytes));
    const salt = saltWith(NOTHING, KEY_BYTES[this.#method]);
    this.#out = new StreamAead(this.#method, sessionSubkey(this.#key, salt));
    const first = bytes.subarray(0, MAX_CHUNK_BYTES);
    const said = concatBytes(Uint8Array.of(TYPE.response), timeBytes(this.#nowMs()), this.#requestSalt);
    const header = this.#out.seal(concatBytes(said, u16(first.byteLength)));
    // In the order of the nonces.
    const payload = this.#out.seal(first);
    return Buffer.concat([salt, header, payload, ...sealChunks(this.#out, bytes.subarray(MAX_CHUNK_BYTES))]);
  }
}
