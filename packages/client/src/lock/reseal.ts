/* Copying a store under other keys, and filling one with rows that nobody has a key of. */
import type { CryptoPort } from "@chapar/e2e";
import { concatBytes } from "@chapar/wire/bytes";
import type { Store, StoreOp } from "../store/port.ts";
import { sealStore, unsealRow, type Vault } from "../store/sealed.ts";
import { TABLES, type Table } from "../store/tables.ts";

/** Rows in one transaction. */
const PAGE_ROWS = 200;
/** Of each table, so many rows lend their shape to a place without a profile. */
const SHAPES_PER_TABLE = 8;
/** What a sealed store keeps of an id. */
const MAC_BYTES = 16;

const tables = Object.keys(TABLES) as Table[];
const EMPTY = new Uint8Array(0);
const after = (key: Uint8Array): Uint8Array => concatBytes(key, new Uint8Array([0]));

/**
 * Copies every row of one sealed store into another.
 *
 * @param told  after each page: how many rows are there so far
 * @throws ClientError `client/bad-profile` for rows that the first vault does not open
 * Cost: each row is opened and sealed once.
 */
export async function copyRows(
  from: { readonly inner: Store; readonly vault: Vault },
  to: { readonly inner: Store; readonly vault: Vault },
  told: (rows: number) => void,
): Promise<void> {
  const target = sealStore(to.inner, to.vault);
  let count = 0;
  for (const table of tables) {
    for (let at: Uint8Array = EMPTY; ;) {
      const rows = await from.inner.range(table, { from: at, limit: PAGE_ROWS });
      const ops: StoreOp[] = [];
      for (const row of rows) ops.push({ table, ...(await unsealRow(from.vault, table, row)) });
      if (ops.length > 0) await target.write(ops);
      count += ops.length;
      told(count);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_ROWS) break;
      at = after(last.key);
    }
  }
}

/** Writes random rows in the shape of a real store's first ones, so that a place nobody lives in looks like one that somebody does. */
export async function fillLike(crypto: CryptoPort, like: Store, into: Store): Promise<void> {
  for (const table of tables) {
    const rows = await like.range(table, { limit: SHAPES_PER_TABLE });
    const hidden = TABLES[table].hiddenBytes === 0 ? 0 : MAC_BYTES;
    const ops = rows.map(({ key, value }): StoreOp => ({
      table,
      key: concatBytes(crypto.random(hidden), key.subarray(hidden)),
      value: crypto.random(value.byteLength),
    }));
    if (ops.length > 0) await into.write(ops);
  }
}
