/*
 * A cursor over untrusted bytes that never throws.
 *
 * Failure is sticky: after the first bad read every read gives a zero value and moves nothing, so a decoder is written
 * as a straight list of reads and asks once, at the end, whether it worked (`finish`). Every length is checked against a
 * limit that the caller names *and* against what is left before anything is copied, so hostile lengths cost nothing.
 * Integers are big-endian; a varint is RFC 9000 §16 (two-bit length prefix) and must use the shortest form. They are put
 * together byte by byte: a station makes a reader for every frame, and a DataView would cost more than it reads.
 */
import type { ByteFault, Decoded } from "./result.ts";

const EMPTY = new Uint8Array(0);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads fields from untrusted bytes without throwing.
 *
 * Views returned by `bytes` and `opaque` share memory with the input; copy them to keep them past its life.
 * Cost: O(1) a field; no allocation but for strings.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #fault: { code: ByteFault; offset: number } | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.byteLength;
    this.#at = 0;
  }

  /** Offset of the next field, in bytes from the start of the input. */
  get offset(): number {
    return this.#at;
  }

  /** Bytes not yet read; 0 after a failure. */
  get remaining(): number {
    return this.#fault === undefined ? this.#end - this.#at : 0;
  }

  /** Whether a read has failed. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Marks the input as refused, at the current offset unless another is named; the first fault is kept. */
  fail(code: ByteFault, offset: number = this.#at): void {
    this.#fault ??= { code, offset };
  }

  #take(sizeBytes: number): number {
    if (this.#fault !== undefined) return -1;
    if (this.#end - this.#at < sizeBytes) {
      this.fail("wire/truncated");
      return -1;
    }
    const at = this.#at;
    this.#at += sizeBytes;
    return at;
  }

  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  #word(at: number): number {
    const low = (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
    return this.#byte(at) * 2 ** 24 + low;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#byte(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#byte(at) * 2 ** 8 + this.#byte(at + 1);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#word(at);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : (BigInt(this.#word(at)) << 32n) | BigInt(this.#word(at + 4));
  }

  /** A u64 that must be at most 2^53 - 1: sizes, indexes and times in ms, which all stay far below it. */
  index(): number {
    const at = this.#take(8);
    if (at < 0) return 0;
    const value = this.#word(at) * 2 ** 32 + this.#word(at + 4);
    if (!Number.isSafeInteger(value)) {
      this.fail("wire/range", at);
      return 0;
    }
    return value;
  }

  /** RFC 9000 §16 varint, shortest form only, at most 2^53 - 1. */
  varint(): number {
    const start = this.#at;
    const first = this.u8();
    if (first < 0x40) return first;
    const width = 1 << (first >> 6);
    let value = first & 0x3f;
    for (let i = 1; i < width; i++) value = value * 256 + this.u8();
    if (this.failed) return 0;
    if (!Number.isSafeInteger(value)) {
      this.fail("wire/range", start);
      return 0;
    }
    if (value < 2 ** (8 * (width / 2) - 2)) {
      this.fail("wire/not-canonical", start);
      return 0;
    }
    return value;
  }

  /** Exactly `sizeBytes` bytes, as a view. */
  bytes(sizeBytes: number): Uint8Array {
    const at = this.#take(sizeBytes);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + sizeBytes);
  }

  /** A varint length of at most `maxBytes`, then that many bytes, as a view. */
  opaque(maxBytes: number): Uint8Array {
    const start = this.#at;
    const sizeBytes = this.varint();
    if (!this.failed && sizeBytes > maxBytes) {
      this.fail("wire/too-long", start);
      return EMPTY;
    }
    return this.bytes(sizeBytes);
  }

  /** UTF-8 text of at most `maxBytes` bytes; ill-formed text is refused, never repaired. */
  text(maxBytes: number): string {
    const start = this.#at;
    const raw = this.opaque(maxBytes);
    if (this.failed) return "";
    try {
      return UTF8.decode(raw);
    } catch {
      this.fail("wire/bad-utf8", start);
      return "";
    }
  }

  /** A varint count of at most `maxCount`, then that many items. Stops at the first failure. */
  list<T>(maxCount: number, item: (reader: ByteReader) => T): T[] {
    const start = this.#at;
    const count = this.varint();
    if (!this.failed && count > maxCount) {
      this.fail("wire/too-long", start);
      return [];
    }
    const items: T[] = [];
    for (let i = 0; i < count && !this.failed; i++) items.push(item(this));
    return items;
  }

  /** 0 or 1; any other value is refused. */
  flag(): boolean {
    const start = this.#at;
    const value = this.u8();
    if (value > 1) this.fail("wire/range", start);
    return value === 1;
  }

  /** A presence flag, then the item when it is 1. */
  optional<T>(item: (reader: ByteReader) => T): T | undefined {
    return this.flag() && !this.failed ? item(this) : undefined;
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** The result when every read worked and nothing is left over; otherwise the first fault. */
  finish<T>(value: T): Decoded<T> {
    if (this.#fault === undefined && this.#at !== this.#end) this.fail("wire/trailing");
    if (this.#fault !== undefined) return { ok: false, code: this.#fault.code, offset: this.#fault.offset };
    return { ok: true, value };
  }
}
