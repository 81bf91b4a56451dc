/*
 * A cursor over untrusted CBOR that accepts one spelling of everything: the deterministic encoding of RFC 8949 §4.2.1
 * with the data-model restrictions of draft-ietf-mimi-content-08 §5. What it accepts is therefore byte for byte what
 * CborWriter would write, and a signature, hash or id over content means the same to every reader.
 *
 * Written here rather than taken from a library, because a library decodes to values: it forgets whether 1 was written as
 * an integer or a float, it throws, and it recurses as deep as the sender likes. This one never throws, reads strictly
 * forward, and recurses only into values of extensions, to the depth the draft allows. Failure is sticky, as in
 * ByteReader: a decoder is a straight list of reads that asks once, at the end, whether it worked. A library reads the
 * same bytes in the tests and has to agree.
 */
import type { ContentCode, ContentDecoded } from "./codes.ts";

const MAJOR = { uint: 0, negint: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const INDEFINITE = 31;
const QUIET_NAN_F16 = 0x7e00;
const BIGNUM_TAGS: ReadonlySet<number> = new Set([2, 3]);
const BIGNUM_MIN_BYTES = 9;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const EMPTY = new Uint8Array(0);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The first byte of an item and its argument: a value, a length, a count or a tag number. */
interface Head {
  readonly major: number;
  /** low five bits of the first byte */
  readonly minor: number;
  readonly argument: bigint;
}

const NO_HEAD: Head = { major: -1, minor: 0, argument: 0n };

/** Compares encoded map keys bytewise, as RFC 8949 §4.2.1 orders them. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at < shared; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.byteLength - b.byteLength;
}

/** Whether a double is exactly a half-precision value (RFC 8949 §4.2.1: the shortest float that keeps the value). */
function fitsHalf(value: number): boolean {
  if (value === 0 || !Number.isFinite(value)) return true;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1023;
  if (exponent > 15 || exponent < -24) return false;
  // Normal halves keep 10 of the 52 fraction bits; a subnormal loses one more for each step below -14.
  const dropped = BigInt(42 + Math.max(0, -14 - exponent));
  return (bits & 0xf_ffff_ffff_ffffn & ((1n << dropped) - 1n)) === 0n;
}

/** Reads deterministic CBOR from untrusted bytes without throwing. Views share memory with the input. */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #fault: { code: ContentCode; offset: number } | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of the next item. */
  get offset(): number {
    return this.#at;
  }

  /** Whether a read has failed. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Marks the input as refused; the first fault is kept. */
  fail(code: ContentCode, offset: number = this.#at): void {
    this.#fault ??= { code, offset };
  }

  #take(sizeBytes: number): number {
    if (this.#fault !== undefined) return -1;
    if (this.#bytes.byteLength - this.#at < sizeBytes) {
      this.fail("content/bad-cbor");
      return -1;
    }
    const at = this.#at;
    this.#at += sizeBytes;
    return at;
  }

  /** The argument in 1, 2, 4 or 8 bytes; shorter must not have been possible. */
  #wide(minor: number, start: number): bigint {
    const sizeBytes = 1 << (minor - 24);
    const at = this.#take(sizeBytes);
    if (at < 0) return 0n;
    let value = 0n;
    for (let i = 0; i < sizeBytes; i++) value = (value << 8n) | BigInt(this.#view.getUint8(at + i));
    const least = sizeBytes === 1 ? 24n : 1n << BigInt(4 * sizeBytes);
    if (value < least) this.fail("content/not-deterministic", start);
    return value;
  }

  #head(): Head {
    const start = this.#at;
    const at = this.#take(1);
    if (at < 0) return NO_HEAD;
    const first = this.#view.getUint8(at);
    const major = first >> 5;
    const minor = first & 0x1f;
    if (minor < 24) return { major, minor, argument: BigInt(minor) };
    if (major === MAJOR.simple) return this.#simple(minor, start);
    if (minor > 27) {
      const indefinite = minor === INDEFINITE && major >= MAJOR.bytes && major <= MAJOR.map;
      this.fail(indefinite ? "content/not-deterministic" : "content/bad-cbor", start);
      return NO_HEAD;
    }
    const argument = this.#wide(minor, start);
    return this.failed ? NO_HEAD : { major, minor, argument };
  }

  /** Simple values above 31 and floats in their shortest form; one NaN. */
  #simple(minor: number, start: number): Head {
    if (minor > 27) {
      this.fail("content/bad-cbor", start);
      return NO_HEAD;
    }
    const at = this.#take(1 << (minor - 24));
    if (at < 0) return NO_HEAD;
    let shortest = true;
    let number = 0;
    if (minor === 24) {
      if (this.#view.getUint8(at) < 32) this.fail("content/bad-cbor", start);
    } else if (minor === 25) {
      const bits = this.#view.getUint16(at);
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
      shortest = !isNan || bits === QUIET_NAN_F16;
    } else {
      number = minor === 26 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
      shortest = !Number.isNaN(number) && !fitsHalf(number) && (minor === 26 || Math.fround(number) !== number);
    }
    if (!shortest) this.fail("content/not-deterministic", start);
    return { major: MAJOR.simple, minor, argument: 0n };
  }

  #expect(major: number): bigint {
    const start = this.#at;
    const head = this.#head();
    if (!this.failed && head.major !== major) this.fail("content/bad-shape", start);
    return this.failed ? 0n : head.argument;
  }

  /** A length or count that what is left could hold: every counted item takes at least one byte. */
  #count(argument: bigint): number {
    if (!this.failed && argument > BigInt(this.#bytes.byteLength - this.#at)) this.fail("content/bad-cbor");
    return this.failed ? 0 : Number(argument);
  }

  #slice(sizeBytes: number): Uint8Array {
    const at = this.#take(sizeBytes);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + sizeBytes);
  }

  /** The number of items of the array that begins here. */
  array(): number {
    return this.#count(this.#expect(MAJOR.array));
  }

  /** The number of pairs of the map that begins here. */
  map(): number {
    return this.#count(this.#expect(MAJOR.map));
  }

  /** A byte string, as a view. */
  bytes(): Uint8Array {
    return this.#slice(this.#count(this.#expect(MAJOR.bytes)));
  }

  /** A byte string of exactly `sizeBytes`. */
  bytesOf(sizeBytes: number): Uint8Array {
    const start = this.#at;
    const value = this.bytes();
    if (!this.failed && value.byteLength !== sizeBytes) this.fail("content/bad-shape", start);
    return value;
  }

  /** A text string; ill-formed UTF-8 is refused, never repaired. */
  text(): string {
    const start = this.#at;
    return this.#decode(this.#slice(this.#count(this.#expect(MAJOR.text))), start);
  }

  #decode(bytes: Uint8Array, start: number): string {
    if (this.failed) return "";
    try {
      return UTF8.decode(bytes);
    } catch {
      this.fail("content/bad-cbor", start);
      return "";
    }
  }

  /** An unsigned integer of at most `max`. */
  uint(max: bigint): bigint {
    const start = this.#at;
    const value = this.#expect(MAJOR.uint);
    if (value > max) this.fail("content/bad-shape", start);
    return this.failed ? 0n : value;
  }

  /** An unsigned integer of at most `max`, which is safe as a number. */
  number(max: number): number {
    return Number(this.uint(BigInt(max)));
  }

  /** true or false. */
  bool(): boolean {
    const start = this.#at;
    const at = this.#take(1);
    const byte = at < 0 ? FALSE : this.#view.getUint8(at);
    if (byte !== FALSE && byte !== TRUE) this.fail("content/bad-shape", start);
    return byte === TRUE;
  }

  /** null, or the item. */
  nullable<T>(item: () => T): T | undefined {
    if (this.failed || this.#at >= this.#bytes.byteLength || this.#view.getUint8(this.#at) !== NULL) return item();
    this.#at += 1;
    return undefined;
  }

  /** A map key: an integer that a double holds exactly, or text. */
  key(): number | string {
    const start = this.#at;
    const head = this.#head();
    if (head.major === MAJOR.text) return this.#decode(this.#slice(this.#count(head.argument)), start);
    if (head.major !== MAJOR.uint && head.major !== MAJOR.negint) this.fail("content/bad-shape", start);
    if (!this.#safeKey(head)) this.fail("content/bad-shape", start);
    if (this.failed) return 0;
    return head.major === MAJOR.uint ? Number(head.argument) : -1 - Number(head.argument);
  }

  #safeKey({ major, argument }: Head): boolean {
    return major === MAJOR.negint ? argument < MAX_SAFE : argument <= MAX_SAFE;
  }

  /**
   * Any one item, as its bytes, checked to be deterministic.
   *
   * @param levels how many tags, maps and arrays may stand inside each other
   */
  raw(levels: number): Uint8Array {
    const start = this.#at;
    this.#skip(levels);
    return this.failed ? EMPTY : this.#bytes.subarray(start, this.#at);
  }

  #skip(levels: number): void {
    const start = this.#at;
    const { major, argument } = this.#head();
    if (this.failed) return;
    if (major === MAJOR.bytes) this.#slice(this.#count(argument));
    else if (major === MAJOR.text) this.#decode(this.#slice(this.#count(argument)), start);
    else if (major >= MAJOR.array && major <= MAJOR.tag) {
      if (levels < 1) this.fail("content/too-deep", start);
      else if (major === MAJOR.array) this.#skipItems(this.#count(argument), levels - 1);
      else if (major === MAJOR.map) this.#skipPairs(this.#count(argument), levels - 1);
      else this.#skipTagged(argument, levels - 1);
    }
  }

  #skipItems(count: number, levels: number): void {
    for (let i = 0; i < count && !this.failed; i++) this.#skip(levels);
  }

  #skipPairs(count: number, levels: number): void {
    let last: Uint8Array = EMPTY;
    for (let i = 0; i < count && !this.failed; i++) {
      const start = this.#at;
      const head = this.#head();
      this.#at = this.failed ? this.#at : start;
      if (head.major > MAJOR.text || !this.#keyFits(head)) this.fail("content/bad-shape", start);
      const key = this.raw(0);
      if (i > 0 && compareKeys(last, key) >= 0) this.fail("content/not-deterministic", start);
      last = key;
      this.#skip(levels);
    }
  }

  #keyFits(head: Head): boolean {
    return head.major > MAJOR.negint || this.#safeKey(head);
  }

  /** A bignum must not be what an integer could hold, nor begin with a zero byte. */
  #skipTagged(tag: bigint, levels: number): void {
    const start = this.#at;
    if (!BIGNUM_TAGS.has(Number(tag))) return this.#skip(levels);
    const value = this.bytes();
    if (!this.failed && (value.byteLength < BIGNUM_MIN_BYTES || value[0] === 0))
      this.fail("content/not-deterministic", start);
  }

  /** The result when every read worked and nothing is left over; otherwise the first fault. */
  finish<T>(value: T): ContentDecoded<T> {
    if (this.#fault === undefined && this.#at !== this.#bytes.byteLength) this.fail("content/bad-cbor");
    return this.#fault === undefined ? { ok: true, value } : { ok: false, ...this.#fault };
  }
}
