/*
 * The receiving half that every link shares: bytes wait in order while no receiver is set or while it is paused, and
 * nothing is delivered after the link was closed from this side.
 */

/** Holds chunks until they may be delivered. Delivery is synchronous and in order. */
export class Incoming {
  #receiver: ((chunk: Uint8Array) => void) | undefined;
  #paused = false;
  #closed = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  /** Bytes that arrived and were not delivered. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** A chunk that arrived; delivered at once, or kept. */
  push(chunk: Uint8Array): void {
    if (this.#closed || chunk.byteLength === 0) return;
    if (this.#receiver !== undefined && !this.#paused && this.#waiting.length === 0) {
      this.#receiver(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#receiver = receiver;
    this.#deliver();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  /** Drops what waits and whatever still comes. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #deliver(): void {
    // The receiver may pause or close in the middle; what is left then stays in order before what comes later.
    while (this.#receiver !== undefined && !this.#paused) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      this.#waitingBytes -= chunk.byteLength;
      this.#receiver(chunk);
    }
  }
}
