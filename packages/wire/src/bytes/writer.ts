/*
 * The counterpart of ByteReader: appends fields to one growing buffer. Input is ours, so a value that does not fit its
 * field is a bug and throws; nothing untrusted reaches this code before it was decoded.
 */

const TEXT = new TextEncoder();
const MAX_REMEMBERED_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

/** Appends fields; the buffer doubles as it grows. Cost: amortised O(1) a byte. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** size of the next buffer: what was asked for at first, then what the last one that was given away held */
  #capacityBytes: number;
  #at = 0;
  /** whether the memory is the caller's, which does not grow */
  #isFixed = false;

  /** Takes memory with the first byte written, not before. */
  constructor(capacityBytes = 256) {
    this.#capacityBytes = capacityBytes;
    this.#bytes = NOTHING;
  }

  /** A writer into memory of the caller's, shared with other threads or not; what does not fit throws RangeError. */
  static into(memory: Uint8Array): ByteWriter {
    const writer = new ByteWriter(0);
    // Only `finish` and `take` give bytes away, and from memory of the caller's both give copies.
    writer.#bytes = memory as Uint8Array<ArrayBuffer>;
    writer.#isFixed = true;
    return writer;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  #room(sizeBytes: number): number {
    const at = this.#at;
    const need = at + sizeBytes;
    if (need > this.#bytes.byteLength) {
      if (this.#isFixed) throw new RangeError(`no room for ${sizeBytes} bytes`);
      const grown = new Uint8Array(Math.max(need, this.#bytes.byteLength * 2, this.#capacityBytes));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#at = need;
    return at;
  }

  u8(value: number): this {
    // The place first: making room may replace the buffer.
    const at = this.#whole(value, 0xff, 1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#whole(value, 0xffff, 2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    this.#word(this.#whole(value, 0xffff_ffff, 4), value);
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`not a u64: ${value}`);
    const at = this.#room(8);
    this.#word(at, Number(value >> 32n));
    this.#word(at + 4, Number(value & 0xffff_ffffn));
    return this;
  }

  /** A u64 from a safe integer: sizes, indexes, times in ms. */
  index(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an index: ${value}`);
    return this.#pair(value, 0);
  }

  /** Eight bytes of a safe integer, with the two top bits of a varint's length or none. */
  #pair(value: number, prefix: number): this {
    const at = this.#room(8);
    this.#word(at, (Math.floor(value / 2 ** 32) | prefix) >>> 0);
    this.#word(at + 4, value >>> 0);
    return this;
  }

  /** Four bytes of a u32; the array keeps the low eight bits of what is stored in it. */
  #word(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  #whole(value: number, max: number, sizeBytes: number): number {
    if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`not in 0..${max}: ${value}`);
    return this.#room(sizeBytes);
  }

  /** RFC 9000 §16 varint, shortest form, at most 2^53 - 1. */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
    if (value < 0x40) return this.u8(value);
    if (value < 0x4000) return this.u16(value | 0x4000);
    if (value < 0x4000_0000) return this.u32((value | 0x8000_0000) >>> 0);
    return this.#pair(value, 0xc000_0000);
  }

  /** The bytes as they are, without a length. */
  bytes(value: Uint8Array): this {
    const at = this.#room(value.byteLength);
    this.#bytes.set(value, at);
    return this;
  }

  /** A varint length, then the bytes. */
  opaque(value: Uint8Array): this {
    return this.varint(value.byteLength).bytes(value);
  }

  /** A varint length in bytes, then UTF-8. */
  text(value: string): this {
    return this.opaque(TEXT.encode(value));
  }

  /** A varint count, then the items. */
  list<T>(items: readonly T[], item: (writer: this, value: T) => void): this {
    this.varint(items.length);
    for (const value of items) item(this, value);
    return this;
  }

  flag(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** A presence flag, then the item when there is one. */
  optional<T>(value: T | undefined, item: (writer: this, value: T) => void): this {
    this.flag(value !== undefined);
    if (value !== undefined) item(this, value);
    return this;
  }

  /** Overwrites four bytes written before: a length that is known only after its content. */
  patchU32(at: number, value: number): this {
    if (at < 0 || at + 4 > this.#at) throw new RangeError(`no four bytes at ${at}`);
    this.#word(at, value);
    return this;
  }

  /** Forgets what was written after `length`, so that a half-written item can be taken back. */
  truncate(length: number): this {
    if (length < 0 || length > this.#at) throw new RangeError(`not a length: ${length}`);
    this.#at = length;
    return this;
  }

  /** A copy of what was written; the writer goes on after it. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  /**
   * What was written, and an empty writer. The bytes are the caller's: a buffer at least half full is handed over as it
   * is, a smaller part is copied, so that what waits in queues never holds more than twice its size.
   */
  take(): Uint8Array<ArrayBuffer> {
    const written = this.#bytes.subarray(0, this.#at);
    const copy = this.#isFixed || this.#at < this.#bytes.byteLength / 2;
    const taken = copy ? written.slice() : written;
    if (!copy) {
      this.#capacityBytes = Math.min(this.#at, MAX_REMEMBERED_BYTES);
      this.#bytes = NOTHING;
    }
    this.#at = 0;
    return taken;
  }
}
