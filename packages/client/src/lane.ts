/*
 * One step at a time: everything that changes a conversation, an inbox or the account runs in its lane, so that a step
 * reads what the one before it wrote. Different lanes run side by side.
 */

/** Runs tasks one after another, in the order in which they were handed in. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Tasks handed in and not yet done. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs a task after all earlier ones; a failed task does not stop later ones. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const turn = this.#last.then(task);
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}
