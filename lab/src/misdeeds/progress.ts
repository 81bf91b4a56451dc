/* How far a long run has come, as a line beside the answer. */

const MINUTE_MS = 60_000;

/** Tells after each piece how much is done, and how long the rest will take at the pace so far. */
export class Progress {
  readonly #total: number;
  readonly #tell: (line: string) => void;
  readonly #beganMs: number = performance.now();
  #done = 0;

  constructor(total: number, tell: (line: string) => void) {
    this.#total = total;
    this.#tell = tell;
  }

  /** Milliseconds of the machine's time since it began. */
  get elapsedMs(): number {
    return performance.now() - this.#beganMs;
  }

  /** @param by  how much was done */
  add(by: number, what: string): void {
    this.#done += by;
    const leftMs = (this.elapsedMs / Math.max(1, this.#done)) * (this.#total - this.#done);
    const left = leftMs < MINUTE_MS ? "under a minute" : `${Math.ceil(leftMs / MINUTE_MS)} min`;
    this.#tell(`${this.#done}/${this.#total}, ${left} left; ${what}`);
  }
}
