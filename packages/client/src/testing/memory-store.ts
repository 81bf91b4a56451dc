/* A store in memory: rows in one sorted array a table. It outlives its "process" when a test reopens the same data. */
import { ClientError } from "../errors.ts";
import { boundsOf, compareKeys } from "../store/keys.ts";
import type { RangeQuery, Store, StoreOp, StoreRow } from "../store/port.ts";
import { TABLES, type Table } from "../store/tables.ts";

/** What a medium holds; hand the same value to a second MemoryStore to "restart". */
export type MemoryMedium = Map<Table, StoreRow[]>;

function lowerBound(rows: readonly StoreRow[], key: Uint8Array): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && compareKeys(row.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A sealed store hides the id that a key begins with. @throws RangeError for a key, or a prefix, that ends within it */
function checkKey(table: Table, key: Uint8Array): void {
  const { hiddenBytes } = TABLES[table];
  if (key.byteLength > 0 && key.byteLength < hiddenBytes)
    throw new RangeError(`a key of ${table} begins with ${hiddenBytes} bytes of id`);
}

/** It has no order between ids, so bounds stand within one. @throws RangeError for bounds without one */
function checkRange(table: Table, { prefix = new Uint8Array(0), from, to }: RangeQuery): void {
  checkKey(table, prefix);
  if (TABLES[table].hiddenBytes > 0 && prefix.byteLength === 0 && (from ?? to) !== undefined)
    throw new RangeError(`a range of ${table} with bounds needs an id as prefix`);
}

/** A store for tests, which refuses the keys that a sealed one would. Cost: O(log rows) a read, O(rows) a write of a new key. */
export class MemoryStore implements Store {
  readonly medium: MemoryMedium;
  /** whether keys are refused that a sealed store would refuse */
  protected readonly checks: boolean = true;
  #closed = false;

  constructor(medium: MemoryMedium = new Map()) {
    this.medium = medium;
  }

  #rows(table: Table): StoreRow[] {
    if (this.#closed) throw new ClientError("client/closed");
    let rows = this.medium.get(table);
    if (rows === undefined) this.medium.set(table, (rows = []));
    return rows;
  }

  async get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.checks) checkKey(table, key);
    const rows = this.#rows(table);
    const row = rows[lowerBound(rows, key)];
    return row !== undefined && compareKeys(row.key, key) === 0 ? row.value.slice() : undefined;
  }

  async range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]> {
    if (this.checks) checkRange(table, query);
    const rows = this.#rows(table);
    const { from, to } = boundsOf(query);
    const begin = lowerBound(rows, from);
    const end = Math.max(begin, to === undefined ? rows.length : lowerBound(rows, to));
    const limit = query.limit ?? Number.POSITIVE_INFINITY;
    const reverse = query.reverse === true;
    const found = reverse
      ? rows.slice(Math.max(begin, end - limit), end).toReversed()
      : rows.slice(begin, Math.min(end, begin + limit));
    return found.map((row) => ({ key: row.key.slice(), value: row.value.slice() }));
  }

  async write(ops: readonly StoreOp[]): Promise<void> {
    if (this.#closed) throw new ClientError("client/closed");
    if (this.checks) for (const { table, key } of ops) checkKey(table, key);
    for (const { table, key, value } of ops) {
      const rows = this.#rows(table);
      const at = lowerBound(rows, key);
      const there = rows[at];
      const held = there !== undefined && compareKeys(there.key, key) === 0 ? 1 : 0;
      if (value === undefined) rows.splice(at, held);
      else rows.splice(at, held, { key: key.slice(), value: value.slice() });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }
}
