/*
 * Reads fields from bytes that a censor sees on the wire. It differs from the cursor of `@chapar/wire/bytes` on purpose: a
 * censor has to read what real traffic holds, so non-shortest QUIC varints and trailing bytes are no faults, and it must
 * tell "cut off here" (more may follow in the next packet) from "some other protocol".
 *
 * Failure is sticky: after a read past the end every read gives zero, and the parser asks once, at the end.
 */

/** What a parser answers. `truncated`: it fits so far and ends too soon; `foreign`: it is some other protocol. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: "truncated" | "foreign"; readonly offset: number };

/** A parser's refusal. */
export const refuse = (code: "truncated" | "foreign", offset: number): Parsed<never> => ({ ok: false, code, offset });

const EMPTY = new Uint8Array(0);

/** A place in untrusted bytes; never throws. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at: number;
  #failed = false;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get offset(): number {
    return this.#at;
  }
  /** bytes not yet read; 0 after a failure */
  get left(): number {
    return this.#failed ? 0 : this.#bytes.byteLength - this.#at;
  }
  get failed(): boolean {
    return this.#failed;
  }

  /** A big-endian number of 1 to 4 bytes. */
  #number(width: number): number {
    if (this.left < width) {
      this.#failed = true;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[this.#at + i] ?? 0);
    this.#at += width;
    return value;
  }

  u8(): number {
    return this.#number(1);
  }
  u16(): number {
    return this.#number(2);
  }
  u24(): number {
    return this.#number(3);
  }
  u32(): number {
    return this.#number(4);
  }

  /** RFC 9000 §16, any width; values above 2^53 are as good as cut off. */
  varint(): number {
    const first = this.u8();
    let value = first & 0x3f;
    for (let i = 1; i < 1 << (first >> 6); i++) value = value * 256 + this.u8();
    if (!Number.isSafeInteger(value)) this.#failed = true;
    return this.#failed ? 0 : value;
  }

  /** Exactly so many bytes, as a view. */
  bytes(sizeBytes: number): Uint8Array {
    if (this.left < sizeBytes) {
      this.#failed = true;
      return EMPTY;
    }
    const view = this.#bytes.subarray(this.#at, this.#at + sizeBytes);
    this.#at += sizeBytes;
    return view;
  }

  /** At most so many bytes: what is there. */
  upTo(sizeBytes: number): Uint8Array {
    return this.bytes(Math.min(sizeBytes, this.left));
  }
}

/** Latin-1 text of bytes: every byte is a character, so nothing can be malformed. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Several pieces as one. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
