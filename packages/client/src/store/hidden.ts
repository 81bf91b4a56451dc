/*
 * What every store asks of keys, because the sealed one can do no other: a key or a prefix has the whole id that its table hides, or is
 * empty, and bounds stand within one id.
 */
import type { RangeQuery } from "./port.ts";
import { TABLES, type Table } from "./tables.ts";

/** @throws RangeError for a key, or a prefix, that ends within the id */
export function checkKey(table: Table, key: Uint8Array): void {
  const { hiddenBytes } = TABLES[table];
  if (key.byteLength > 0 && key.byteLength < hiddenBytes) throw new RangeError(`short key: ${table}`);
}

/** @throws RangeError for a prefix that ends within the id, and for bounds without one */
export function checkRange(table: Table, { prefix = new Uint8Array(0), from, to }: RangeQuery): void {
  checkKey(table, prefix);
  if (TABLES[table].hiddenBytes > 0 && prefix.byteLength === 0 && (from ?? to) !== undefined)
    throw new RangeError(`no id: ${table}`);
}
