/*
 * What happens at its time: messages disappear, scheduled ones leave. The code of it is brought when there is something; a profile
 * without timers never loads it.
 */
import type { Store } from "../store/port.ts";

/** Who keeps the time (keeper.ts). */
export interface KeepsTime {
  /** Looks for what is due. */
  look(): void;
  close(): void;
}

/** Wakes whoever keeps the time. */
export class Due {
  readonly #bring: () => Promise<KeepsTime>;
  readonly #failed: (error: unknown) => void;
  #keeper: Promise<KeepsTime> | undefined;
  #isClosed = false;

  constructor(bring: () => Promise<KeepsTime>, failed: (error: unknown) => void) {
    this.#bring = bring;
    this.#failed = failed;
  }

  /** Something is to happen at a time, or the time of something has changed. */
  wake(): void {
    if (this.#isClosed) return;
    this.#keeper ??= this.#bring();
    this.#keeper.then((keeper) => (this.#isClosed ? keeper.close() : keeper.look()), this.#failed);
  }

  /** Wakes when the store has something. */
  async begin(store: Store): Promise<void> {
    for (const table of ["expiring", "scheduled"] as const)
      if ((await store.range(table, { limit: 1 })).length > 0) return this.wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#keeper?.then((keeper) => keeper.close()).catch(this.#failed);
  }
}
