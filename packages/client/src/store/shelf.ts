/*
 * Typed tables and the draft of a transaction.
 *
 * A draft gathers the changes of one step (ciphertext, ratchet, outbox row, cursor …), is written once, and only then are
 * the values in memory exchanged and events told: what a person sees is never ahead of what is on disk.
 */
import { toHex } from "@chapar/wire/bytes";
import { concatKey } from "./keys.ts";
import type { RangeQuery, Store, StoreOp } from "./port.ts";
import type { Row } from "./record.ts";
import type { Table } from "./tables.ts";

/** The changes of one transaction, and what follows from them in memory. */
export class Draft {
  readonly #ops: StoreOp[] = [];
  readonly #after: (() => void)[] = [];
  /** newest change of each row among the first `#indexed`; filled when it is asked for */
  readonly #newest = new Map<string, StoreOp>();
  #indexed = 0;
  static #notes = 0;

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#push({ table, key, value });
  }

  remove(table: Table, key: Uint8Array): void {
    this.#push({ table, key, value: undefined });
  }

  /** A changed message, or a mark on one, leaves a note for the index in the same transaction; no two share a key, so that none is taken for another. */
  #push(op: StoreOp): void {
    this.#ops.push(op);
    const table = op.table === "message" ? "unindexed" : op.table === "mark" ? "unindexed-mark" : undefined;
    if (table === undefined) return;
    this.#ops.push({ table, key: concatKey(op.key, (Draft.#notes += 1)), value: new Uint8Array(0) });
  }

  /** The last change of a row in this draft: the store does not have it yet. */
  staged(table: Table, key: Uint8Array): StoreOp | undefined {
    for (; this.#indexed < this.#ops.length; this.#indexed++) {
      const op = this.#ops[this.#indexed];
      if (op !== undefined) this.#newest.set(nameOf(op.table, op.key), op);
    }
    return this.#newest.get(nameOf(table, key));
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

const nameOf = (table: Table, key: Uint8Array): string => `${table} ${toHex(key)}`;

/** A table whose rows are values of one type. */
export interface Shelf<T> {
  get(store: Store, key: Uint8Array): Promise<T | undefined>;
  /** As it will be once the draft is written. */
  now(draft: Draft, store: Store, key: Uint8Array): Promise<T | undefined>;
  range(store: Store, query: RangeQuery): Promise<readonly { readonly key: Uint8Array; readonly value: T }[]>;
  put(draft: Draft, key: Uint8Array, value: T): void;
  remove(draft: Draft, key: Uint8Array): void;
}

/** Binds a table to the layout of its rows. */
export function shelf<T>(table: Table, layout: Row<T>): Shelf<T> {
  const read = (bytes: Uint8Array | undefined): T | undefined =>
    bytes === undefined ? undefined : layout.decode(bytes);
  return {
    get: async (store, key) => read(await store.get(table, key)),
    now: async (draft, store, key) => {
      const staged = draft.staged(table, key);
      return read(staged === undefined ? await store.get(table, key) : staged.value);
    },
    range: async (store, query) => {
      const rows = await store.range(table, query);
      return rows.map(({ key, value }) => ({ key, value: layout.decode(value) }));
    },
    put: (draft, key, value) => draft.put(table, key, layout.encode(value)),
    remove: (draft, key) => draft.remove(table, key),
  };
}
