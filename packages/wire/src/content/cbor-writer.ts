/*
 * The counterpart of CborReader: deterministic CBOR (RFC 8949 §4.2.1) of what MIMI content is made of. Input is ours, so a
 * value that does not fit is a bug and throws.
 */
import { ByteWriter, utf8 } from "../bytes/index.ts";
import { compareKeys } from "./cbor-reader.ts";

const MAJOR = { uint: 0, negint: 1, bytes: 2, text: 3, array: 4, map: 5 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

/** Appends CBOR items in their shortest form. */
export class CborWriter {
  readonly #out = new ByteWriter();

  #head(major: number, argument: bigint): this {
    const first = major << 5;
    if (argument < 0n) throw new RangeError("a negative argument");
    if (argument < 24n) this.#out.u8(first | Number(argument));
    else if (argument < 0x100n) this.#out.u8(first | 24).u8(Number(argument));
    else if (argument < 0x1_0000n) this.#out.u8(first | 25).u16(Number(argument));
    else if (argument < 0x1_0000_0000n) this.#out.u8(first | 26).u32(Number(argument));
    else this.#out.u8(first | 27).u64(argument);
    return this;
  }

  uint(value: number | bigint): this {
    return this.#head(MAJOR.uint, BigInt(value));
  }

  bytes(value: Uint8Array): this {
    this.#head(MAJOR.bytes, BigInt(value.byteLength));
    this.#out.bytes(value);
    return this;
  }

  text(value: string): this {
    if (!value.isWellFormed()) throw new RangeError("a lone surrogate");
    const encoded = utf8(value);
    this.#head(MAJOR.text, BigInt(encoded.byteLength));
    this.#out.bytes(encoded);
    return this;
  }

  bool(value: boolean): this {
    this.#out.u8(value ? TRUE : FALSE);
    return this;
  }

  array(count: number): this {
    return this.#head(MAJOR.array, BigInt(count));
  }

  /** null when there is no value, else the item. */
  nullable<T>(value: T | undefined, item: (writer: this, value: T) => void): this {
    if (value === undefined) this.#out.u8(NULL);
    else item(this, value);
    return this;
  }

  /** An integer or text as a map key. */
  key(value: number | string): this {
    if (typeof value === "string") return this.text(value);
    if (!Number.isSafeInteger(value)) throw new RangeError("an unsafe map key");
    return value < 0 ? this.#head(MAJOR.negint, BigInt(-1 - value)) : this.uint(value);
  }

  /** One item that is encoded already. */
  raw(item: Uint8Array): this {
    this.#out.bytes(item);
    return this;
  }

  /** A map of keys to encoded items, in the order the encoding asks for. @throws RangeError on a repeated key */
  map(pairs: readonly (readonly [key: number | string, item: Uint8Array])[]): this {
    const encoded = pairs.map(([key, item]) => ({ key: new CborWriter().key(key).finish(), item }));
    encoded.sort((a, b) => compareKeys(a.key, b.key));
    this.#head(MAJOR.map, BigInt(encoded.length));
    for (const [at, { key, item }] of encoded.entries()) {
      const before = encoded[at - 1];
      if (before !== undefined && compareKeys(before.key, key) === 0) throw new RangeError("a repeated map key");
      this.raw(key).raw(item);
    }
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#out.finish();
  }
}

/** One text string, encoded. */
export function cborText(value: string): Uint8Array {
  return new CborWriter().text(value).finish();
}
