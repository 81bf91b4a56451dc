/*
 * The store on IndexedDB, by `idb`: one object store whose keys are [table, bytes]; IndexedDB orders binary keys byte by
 * byte, as the port wants. Durability "strict" asks the browser to flush to disk before the transaction completes. A Web
 * Lock per profile keeps a second tab from writing: it is released when the tab goes away.
 */
import { type IDBPDatabase, openDB } from "idb";
import { ClientError } from "../errors.ts";
import { boundsOf } from "../store/keys.ts";
import type { RangeQuery, Store, StoreOp, StoreRow } from "../store/port.ts";
import type { Table } from "../store/tables.ts";

const ROWS = "rows";
const SCHEMA_VERSION = 1;

function failed(error: unknown): ClientError {
  return new ClientError("client/store-failed", undefined, { cause: error });
}

/** An empty array sorts after every binary key and every number, string and date: the end of a table. */
const END_OF_TABLE: readonly never[] = [];

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new ClientError("client/store-failed");
}

function toRow(key: IDBValidKey, value: unknown): StoreRow {
  if (!Array.isArray(key)) throw new ClientError("client/store-failed");
  return { key: toBytes(key[1]), value: toBytes(value) };
}

class IndexedDbStore implements Store {
  readonly #db: IDBPDatabase;
  readonly #release: () => void;
  #closed = false;

  constructor(db: IDBPDatabase, release: () => void) {
    this.#db = db;
    this.#release = release;
  }

  #open(): void {
    if (this.#closed) throw new ClientError("client/closed");
  }

  async get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#open();
    try {
      const value: unknown = await this.#db.get(ROWS, [table, key as Uint8Array<ArrayBuffer>]);
      return value === undefined ? undefined : toBytes(value);
    } catch (error) {
      throw failed(error);
    }
  }

  async range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]> {
    this.#open();
    const { from, to } = boundsOf(query);
    const limit = query.limit ?? Number.POSITIVE_INFINITY;
    if (limit <= 0) return [];
    const low = [table, from as Uint8Array<ArrayBuffer>];
    const high = [table, to === undefined ? [...END_OF_TABLE] : (to as Uint8Array<ArrayBuffer>)];
    try {
      if (indexedDB.cmp(low, high) >= 0) return [];
      const range = IDBKeyRange.bound(low, high, false, true);
      const rows: StoreRow[] = [];
      const direction = query.reverse === true ? "prev" : "next";
      let cursor = await this.#db.transaction(ROWS).store.openCursor(range, direction);
      while (cursor !== null && rows.length < limit) {
        rows.push(toRow(cursor.key, cursor.value));
        cursor = rows.length < limit ? await cursor.continue() : null;
      }
      return rows;
    } catch (error) {
      throw failed(error);
    }
  }

  async write(ops: readonly StoreOp[]): Promise<void> {
    this.#open();
    try {
      const transaction = this.#db.transaction(ROWS, "readwrite", { durability: "strict" });
      // The copy matters: structured clone would store the whole buffer that a view shares.
      const changes = ops.map(({ table, key, value }) => {
        const at = [table, key as Uint8Array<ArrayBuffer>];
        return value === undefined ? transaction.store.delete(at) : transaction.store.put(value.slice(), at);
      });
      await Promise.all([...changes, transaction.done]);
    } catch (error) {
      throw failed(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#db.close();
    this.#release();
  }
}

/** Takes the profile's Web Lock. @returns its release @throws ClientError `client/profile-in-use` */
async function takeLock(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        reject(new ClientError("client/profile-in-use"));
        return undefined;
      }
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}

/**
 * Opens (or makes) the store of a browser profile and becomes its only writer until closed.
 *
 * @param name  of the profile; the database is `chapar/<name>`
 * @throws ClientError `client/profile-in-use` another tab has it open · `client/store-failed`
 */
export async function openIndexedDbStore(name: string): Promise<Store> {
  const release = await takeLock(`chapar/${name}`);
  try {
    const db = await openDB(`chapar/${name}`, SCHEMA_VERSION, {
      upgrade: (database) => {
        database.createObjectStore(ROWS);
      },
    });
    return new IndexedDbStore(db, release);
  } catch (error) {
    release();
    throw failed(error);
  }
}
