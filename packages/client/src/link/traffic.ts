/*
 * What the route carries: bytes by second over the last ten seconds, both ways. A ring of eleven counters, so that the
 * running second does not pull the figure down.
 */

const WINDOW_S = 10;
const SLOTS = WINDOW_S + 1;

/** Counts bytes and tells the rate. */
export class Traffic {
  readonly #nowMs: () => number;
  readonly #bytes = Array.from({ length: SLOTS }, () => 0);
  #second = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  #advance(): void {
    const second = Math.floor(this.#nowMs() / 1000);
    const passed = second - this.#second;
    if (passed === 0) return;
    // A clock that jumps back begins a new window.
    const cleared = passed < 0 || passed > SLOTS ? SLOTS : passed;
    for (let i = 0; i < cleared; i++) this.#bytes[(((second - i) % SLOTS) + SLOTS) % SLOTS] = 0;
    this.#second = second;
  }

  count(sizeBytes: number): void {
    this.#advance();
    const slot = ((this.#second % SLOTS) + SLOTS) % SLOTS;
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + sizeBytes;
  }

  /** Bytes per second over the last ten seconds. */
  get bytesPerSecond(): number {
    this.#advance();
    return Math.round(this.#bytes.reduce((sum, bytes) => sum + bytes, 0) / WINDOW_S);
  }
}
