/*
 * The logs in memory. A log is loaded once however many ask at the same time, stays while a link has it open or an
 * append waits, and is dropped, least recently used first, when too many lie idle.
 */
import type { TreeHasher } from "@chapar/log";
import type { LogId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { MAX_IDLE_LEAVES, MAX_IDLE_LOGS } from "../limits.ts";
import type { LogRecord, Store } from "../store/port.ts";
import { HotLog } from "./hot-log.ts";
import { LeafSet } from "./leaf-set.ts";

const EMPTY = new Uint8Array(0);

/** Loads and keeps logs. */
export class LogCache {
  readonly #store: Store;
  readonly #hasher: TreeHasher;
  readonly #logs = new Map<string, HotLog>();
  readonly #loading = new Map<string, Promise<HotLog | undefined>>();
  readonly #loadingLeaves = new Map<string, Promise<LeafSet>>();
  #clock = 0;

  constructor(store: Store, hasher: TreeHasher) {
    this.#store = store;
    this.#hasher = hasher;
  }

  /** Logs in memory. */
  get count(): number {
    return this.#logs.size;
  }

  /** The log when it is in memory. */
  peek(log: LogId): HotLog | undefined {
    const held = this.#logs.get(bytesKey(log));
    if (held !== undefined) held.usedAt = ++this.#clock;
    return held;
  }

  /** The log, loaded when it rests here. */
  async get(log: LogId): Promise<HotLog | undefined> {
    const held = this.peek(log);
    if (held !== undefined) return held;
    const key = bytesKey(log);
    const loading = this.#loading.get(key) ?? this.#load(log, key);
    this.#loading.set(key, loading);
    return await loading;
  }

  async #load(log: LogId, key: string): Promise<HotLog | undefined> {
    try {
      const stored = await this.#store.log(log);
      // A log may have been made while the store was asked.
      const held = this.#logs.get(key);
      if (held !== undefined || stored === undefined) return held;
      return this.#keep(new HotLog(this.#hasher, stored));
    } finally {
      this.#loading.delete(key);
    }
  }

  /** The log, or a new one of this record that is in memory only until its first entry is on disk. */
  async getOrMake(record: LogRecord): Promise<HotLog> {
    const held = await this.get(record.log);
    if (held !== undefined) return held;
    return (
      this.peek(record.log) ?? this.#keep(new HotLog(this.#hasher, { record, size: 0, range: EMPTY, head: EMPTY }))
    );
  }

  /** Loads the leaf hashes of a log, once. The log must be pinned or in use. */
  async leaves(log: HotLog): Promise<LeafSet> {
    if (log.leaves !== undefined) return log.leaves;
    const loading = this.#loadingLeaves.get(log.key) ?? this.#loadLeaves(log);
    this.#loadingLeaves.set(log.key, loading);
    return await loading;
  }

  async #loadLeaves(log: HotLog): Promise<LeafSet> {
    try {
      const bytes = log.size === 0 ? EMPTY : await this.#store.leaves(log.id);
      return (log.leaves ??= new LeafSet(bytes));
    } finally {
      this.#loadingLeaves.delete(log.key);
    }
  }

  /** Forgets a log whose making failed. */
  drop(log: HotLog): void {
    if (this.#logs.get(log.key) === log) this.#logs.delete(log.key);
  }

  #keep(log: HotLog): HotLog {
    log.usedAt = ++this.#clock;
    this.#logs.set(log.key, log);
    if (this.#logs.size > MAX_IDLE_LOGS && this.#logs.size % 1024 === 0) this.sweep();
    return log;
  }

  /** Drops idle logs above the limits. Cost: O(logs in memory). */
  sweep(): void {
    const idle = [...this.#logs.values()].filter((log) => log.isIdle).sort((a, b) => b.usedAt - a.usedAt);
    let leaves = 0;
    for (const [place, log] of idle.entries()) {
      leaves += log.leaves?.size ?? 0;
      if (place >= MAX_IDLE_LOGS / 2 || leaves > MAX_IDLE_LEAVES) this.#logs.delete(log.key);
    }
  }
}
