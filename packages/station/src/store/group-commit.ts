/*
 * Group commit: while one transaction is being written, whatever else is asked for collects and becomes the next one.
 * The slower the disk, the larger the group; nobody waits for a timer. A failed transaction fails every caller in it:
 * what fails here is the disk, not a request (requests are checked before they come this far).
 */

interface Waiting<T> {
  readonly items: readonly T[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Lets many callers share one durable write at a time, in the order in which they asked. */
export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => Promise<void>;
  #waiting: Waiting<T>[] = [];
  #writing: Promise<void> | undefined;

  /** @param write  makes items durable, all or none; never called while an earlier call is pending */
  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the items are durable; rejects with the reason of the write they were part of. */
  commit(items: readonly T[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      this.#writing ??= this.#run();
    });
  }

  /** Resolves when nothing is being written or waits. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #run(): Promise<void> {
    // Let every caller of this turn join the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group.flatMap((caller) => caller.items));
        for (const caller of group) caller.resolve();
      } catch (error) {
        for (const caller of group) caller.reject(error);
      }
    }
    this.#writing = undefined;
  }
}
