/* Those who wait for a link's unsent bytes to fall below a mark. */

/** Waiters for room on a link; the link says when room may have come (`check`) and when it ended (`release`). */
export class DrainWaiters {
  readonly #unsentBytes: () => number;
  #waiters: { readonly belowBytes: number; readonly resolve: () => void }[] = [];
  #ended = false;

  constructor(unsentBytes: () => number) {
    this.#unsentBytes = unsentBytes;
  }

  /** Whether anyone waits; a link that must poll needs to poll only then. */
  get any(): boolean {
    return this.#waiters.length > 0;
  }

  wait(belowBytes: number): Promise<void> {
    if (this.#ended || this.#unsentBytes() < belowBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ belowBytes, resolve }));
  }

  check(): void {
    if (this.#waiters.length === 0) return;
    const unsentBytes = this.#unsentBytes();
    const done = this.#waiters.filter(({ belowBytes }) => unsentBytes < belowBytes);
    if (done.length === 0) return;
    this.#waiters = this.#waiters.filter(({ belowBytes }) => unsentBytes >= belowBytes);
    for (const { resolve } of done) resolve();
  }

  release(): void {
    this.#ended = true;
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters = [];
  }
}
