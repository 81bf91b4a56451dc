/*
 * Typed tables and the draft of a transaction.
 *
 * A draft gathers the changes of one step (ciphertext, ratchet, outbox row, cursor …), is written once, and only then are
 * the values in memory exchanged and events told: what a person sees is never ahead of what is on disk.
 */
import type { RangeQuery, Store, StoreOp } from "./port.ts";
import type { Row } from "./record.ts";
import type { Table } from "./tables.ts";

/** The changes of one transaction, and what follows from them in memory. */
export class Draft {
  readonly #ops: StoreOp[] = [];
  readonly #after: (() => void)[] = [];

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#ops.push({ table, key, value });
  }

  remove(table: Table, key: Uint8Array): void {
    this.#ops.push({ table, key, value: undefined });
  }

  /** Runs once the changes are on disk, in the order of the calls; must not throw. */
  after(effect: () => void): void {
    this.#after.push(effect);
  }

  /** Writes everything, then runs what follows. @throws what the store throws; nothing has then changed in memory */
  async commit(store: Store): Promise<void> {
    if (this.#ops.length > 0) await store.write(this.#ops);
    for (const effect of this.#after) effect();
  }
}

/** A table whose rows are values of one type. */
export interface Shelf<T> {
  get(store: Store, key: Uint8Array): Promise<T | undefined>;
  range(store: Store, query: RangeQuery): Promise<readonly { readonly key: Uint8Array; readonly value: T }[]>;
  put(draft: Draft, key: Uint8Array, value: T): void;
  remove(draft: Draft, key: Uint8Array): void;
}

/** Binds a table to the layout of its rows. */
export function shelf<T>(table: Table, layout: Row<T>): Shelf<T> {
  return {
    get: async (store, key) => {
      const bytes = await store.get(table, key);
      return bytes === undefined ? undefined : layout.decode(bytes);
    },
    range: async (store, query) => {
      const rows = await store.range(table, query);
      return rows.map(({ key, value }) => ({ key, value: layout.decode(value) }));
    },
    put: (draft, key, value) => draft.put(table, key, layout.encode(value)),
    remove: (draft, key) => draft.remove(table, key),
  };
}
