/* Both directions of a burst link at one end: what was sent and is not known to have arrived, and what has arrived. */
import { concatBytes } from "@chapar/wire/bytes";

const NOTHING = new Uint8Array(0);

/** A byte stream with offsets, kept from the first byte that the other end lacks. */
export class BurstOut {
  #parts: Uint8Array[] = [];
  #start = 0;
  #size = 0;
  #ends = false;
  #dropped = false;

  /** Bytes that are not known to have arrived. */
  get waitingBytes(): number {
    return this.#size;
  }

  /** The first of them. */
  get start(): number {
    return this.#start;
  }

  /** Whether nothing more will be sent. */
  get ends(): boolean {
    return this.#ends;
  }

  push(bytes: Uint8Array): void {
    if (this.#ends || bytes.byteLength === 0) return;
    this.#parts.push(bytes);
    this.#size += bytes.byteLength;
  }

  end(dropping = false): void {
    if (dropping) {
      this.#parts = [];
      this.#size = 0;
      this.#dropped = true;
    }
    this.#ends = true;
  }

  /** The bytes from the start on, at most so many, and whether the stream ends with them. */
  take(maxBytes: number): { readonly payload: Uint8Array; readonly ends: boolean } {
    const parts: Uint8Array[] = [];
    let leftBytes = Math.min(maxBytes, this.#size);
    for (const part of this.#parts) {
      if (leftBytes <= 0) break;
      parts.push(part.subarray(0, leftBytes));
      leftBytes -= Math.min(leftBytes, part.byteLength);
    }
    const payload = parts.length === 0 ? NOTHING : concatBytes(...parts);
    return { payload, ends: this.#ends && payload.byteLength === this.#size };
  }

  /** The other end has everything before an offset. @returns false when it cannot */
  acknowledge(received: number): boolean {
    let count = received - this.#start;
    // What was under way when the rest was dropped may still arrive.
    if (this.#dropped) return true;
    if (count > this.#size) return false;
    // What an older exchange says is known already.
    if (count <= 0) return true;
    this.#start = received;
    this.#size -= count;
    while (count > 0) {
      const head = this.#parts[0] ?? NOTHING;
      if (head.byteLength > count) {
        this.#parts[0] = head.subarray(count);
        return true;
      }
      count -= head.byteLength;
      this.#parts.shift();
    }
    return true;
  }
}

/** How far the other end's stream has come. */
export class BurstIn {
  #received = 0;
  #endsAt: number | undefined;

  get received(): number {
    return this.#received;
  }

  /** Whether its end has come. */
  get hasEnded(): boolean {
    return this.#endsAt === this.#received;
  }

  /** @returns what of a payload is new; nothing when bytes before it are missing */
  put(offset: number, payload: Uint8Array, ends: boolean): Uint8Array {
    if (offset > this.#received || this.hasEnded) return NOTHING;
    const fresh = payload.subarray(Math.min(payload.byteLength, this.#received - offset));
    this.#received += fresh.byteLength;
    if (ends && offset + payload.byteLength === this.#received) this.#endsAt = this.#received;
    return fresh;
  }
}
