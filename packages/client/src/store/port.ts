/*
 * The store port: named tables of byte-string keys to bytes, in byte order, with one atomic write.
 *
 * Everything the engine knows is in here. There are no read transactions: the engine is the only writer, keeps what it is
 * changing in memory and serialises changes of one conversation itself, so a read never races with a write that matters
 * to it. A write is all or nothing, and durable (fsync or its browser equal) when its promise resolves; that promise is
 * what rules F-4, F-6 and F-7 of protocol/6-flows.md stand on.
 *
 * Table names and the shape of their keys: tables.ts.
 */
import type { Table } from "./tables.ts";

/** One row. The arrays belong to the caller. */
export interface StoreRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** One change; `undefined` deletes the row, and deleting what is not there is no error. */
export interface StoreOp {
  readonly table: Table;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Which rows: keys that begin with `prefix` and whose remainder lies in [`from`, `to`). All bounds optional. */
export interface RangeQuery {
  readonly prefix?: Uint8Array;
  /** first remainder after the prefix, inclusive */
  readonly from?: Uint8Array;
  /** end of the remainders, exclusive */
  readonly to?: Uint8Array;
  /** last row first */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/**
 * Tables of rows with one writer.
 *
 * @throws ClientError `client/store-failed` from every method when the medium fails, `client/closed` after closing
 */
export interface Store extends AsyncDisposable {
  get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Rows in key order. Cost: O(log rows + limit). */
  range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]>;
  /** All of the changes or none; durable when it resolves. A later op on the same key wins. */
  write(ops: readonly StoreOp[]): Promise<void>;
}
