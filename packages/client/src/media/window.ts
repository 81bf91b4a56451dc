/* A few pieces of work at once. */

/** Runs tasks side by side, at most so many; the first failure ends it. */
export class Window {
  readonly #size: number;
  readonly #open = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Begins a task as soon as there is room. @throws what an earlier one failed with */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#open.size >= this.#size && this.#failure === undefined) await Promise.race(this.#open);
    if (this.#failure !== undefined) throw this.#failure.error;
    const running = task().then(
      () => void this.#open.delete(running),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#open.delete(running);
      },
    );
    this.#open.add(running);
  }

  /** Waits for all of them. @throws what the first failure was */
  async drained(): Promise<void> {
    await Promise.all(this.#open);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
