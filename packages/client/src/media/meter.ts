/* How fast something goes: bytes over the last seconds, and how long the rest will take. */

const WINDOW_MS = 8_000;
const MIN_SPAN_MS = 500;

/** Measures one transfer. */
export class Meter {
  readonly #nowMs: () => number;
  #samples: readonly { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @param bytes  done until now */
  note(bytes: number): void {
    const atMs = this.#nowMs();
    // The oldest sample before the window stays, so that a slow line has two.
    const first = this.#samples.findLastIndex((sample) => atMs - sample.atMs >= WINDOW_MS);
    this.#samples = [...this.#samples.slice(Math.max(0, first)), { atMs, bytes }];
  }

  /** Begins anew: what was before a pause says nothing. */
  reset(): void {
    this.#samples = [];
  }

  /** 0 before there is anything to tell. */
  get bytesPerSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return 0;
    const spanMs = last.atMs - first.atMs;
    return spanMs < MIN_SPAN_MS ? 0 : Math.round(((last.bytes - first.bytes) * 1000) / spanMs);
  }
}
