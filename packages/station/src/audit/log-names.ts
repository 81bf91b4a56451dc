/*
 * Which log of the store stands under a key of the heads map (S-3). The store knows logs by their ids, in the order in which they came, and never drops one: so
 * the beginnings of their keys are worked out once, 8 bytes a log, page by page, and kept.
 */
import { ledgerLogKey, type LogId } from "@chapar/wire";
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";

/** Logs of a page; as many are named before others get their turn: some 10 ms. */
const PAGE_LOGS = 4096;
const START_BYTES = 6;

interface Page {
  /** where the page begins in the order of arrival */
  readonly mark: number;
  /** the first 48 bits of each key */
  readonly starts: Float64Array;
}

const startOf = (key: Uint8Array): number => key.subarray(0, START_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);

/** Finds logs by their keys. */
export class LogNames {
  readonly #store: Pick<Store, "logs">;
  readonly #sha256: Sha256;
  readonly #pause: () => Promise<void>;
  /** pages that are full: they never change */
  readonly #pages: Page[] = [];
  /** where the page begins that is not full yet */
  #mark = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(store: Pick<Store, "logs">, sha256: Sha256, pause: () => Promise<void>) {
    this.#store = store;
    this.#sha256 = sha256;
    this.#pause = pause;
  }

  /**
   * The id of the log under each key; undefined where none is.
   *
   * Cost: 2 µs for each log that came since it was asked last; then, 8 bytes read for each log
   */
  async find(keys: readonly Uint8Array[]): Promise<readonly (LogId | undefined)[]> {
    const turn = this.#reading.catch(() => undefined).then(() => this.#readOn());
    this.#reading = turn;
    const rest = await turn;
    const wanted = new Set(keys.map(startOf));
    const found = rest.filter((log) => wanted.has(startOf(this.#keyOf(log))));
    for (const { mark, starts } of this.#pages) {
      if (!starts.some((start) => wanted.has(start))) continue;
      const { logs } = await this.#store.logs(mark, PAGE_LOGS);
      found.push(...logs.filter((_, i) => wanted.has(starts[i] ?? -1)));
    }
    const named = found.map((log) => ({ log, key: this.#keyOf(log) }));
    return keys.map((key) => named.find((one) => equalBytes(one.key, key))?.log);
  }

  #keyOf(log: LogId): Uint8Array {
    return ledgerLogKey(log, this.#sha256);
  }

  /** Takes pages that have become full. @returns the logs of the page that is not */
  async #readOn(): Promise<readonly LogId[]> {
    for (;;) {
      const { mark, logs } = await this.#store.logs(this.#mark, PAGE_LOGS);
      if (logs.length < PAGE_LOGS) return logs;
      this.#pages.push({ mark: this.#mark, starts: Float64Array.from(logs, (log) => startOf(this.#keyOf(log))) });
      this.#mark = mark;
      await this.#pause();
    }
  }
}
