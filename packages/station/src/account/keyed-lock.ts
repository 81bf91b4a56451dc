/* One after the other for one key, side by side for different ones. */

/** Runs work for a key after all earlier work for the same key. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves or rejects as `work` does. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
