/*
 * The store on SQLite (node:sqlite): one table of rows in a file only its owner may read.
 *
 * WAL with synchronous=FULL: a committed transaction is on disk when the promise resolves. `locking_mode=EXCLUSIVE` makes
 * the database file itself the lock of the profile: the kernel drops it with the process, so no stale lock file can shut a
 * person out. Writes that arrive in one turn of the event loop share a transaction and an fsync.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { ClientError } from "../errors.ts";
import { boundsOf } from "../store/keys.ts";
import type { RangeQuery, Store, StoreOp, StoreRow } from "../store/port.ts";
import type { Table } from "../store/tables.ts";

const FILE_NAME = "profile.db";
/** SQLite result code 5: another connection holds the lock. */
const SQLITE_BUSY = 5;

interface Waiting {
  readonly ops: readonly StoreOp[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function failed(error: unknown): ClientError {
  const busy = typeof error === "object" && error !== null && "errcode" in error && error.errcode === SQLITE_BUSY;
  return new ClientError(busy ? "client/profile-in-use" : "client/store-failed", undefined, { cause: error });
}

function toRow(row: Record<string, unknown>): StoreRow {
  const { k, v } = row;
  if (!(k instanceof Uint8Array) || !(v instanceof Uint8Array)) throw new ClientError("client/store-failed");
  return { key: k, value: v };
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #ranges = new Map<string, StatementSync>();
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#get = db.prepare("SELECT k, v FROM rows WHERE t = ? AND k = ?");
    this.#put = db.prepare(
      "INSERT INTO rows (t, k, v) VALUES (?, ?, ?) ON CONFLICT (t, k) DO UPDATE SET v = excluded.v",
    );
    this.#delete = db.prepare("DELETE FROM rows WHERE t = ? AND k = ?");
  }

  #open(): void {
    if (this.#closed) throw new ClientError("client/closed");
  }

  async get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#open();
    try {
      const row = this.#get.get(table, key);
      return row === undefined ? undefined : toRow(row).value;
    } catch (error) {
      throw failed(error);
    }
  }

  #range(bounded: boolean, reverse: boolean): StatementSync {
    const sql = `SELECT k, v FROM rows WHERE t = ? AND k >= ?${bounded ? " AND k < ?" : ""} ORDER BY k${reverse ? " DESC" : ""} LIMIT ?`;
    let statement = this.#ranges.get(sql);
    if (statement === undefined) this.#ranges.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  async range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]> {
    this.#open();
    const { from, to } = boundsOf(query);
    const limit = query.limit ?? -1;
    try {
      const statement = this.#range(to !== undefined, query.reverse === true);
      const rows = to === undefined ? statement.all(table, from, limit) : statement.all(table, from, to, limit);
      return rows.map(toRow);
    } catch (error) {
      throw failed(error);
    }
  }

  async write(ops: readonly StoreOp[]): Promise<void> {
    this.#open();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ops, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        for (const { ops } of waiting) this.#apply(ops);
        this.#db.exec("COMMIT");
      } catch (error) {
        // A failed COMMIT (disk full) may have rolled back by itself.
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    } catch (error) {
      for (const { reject } of waiting) reject(failed(error));
      return;
    }
    for (const { resolve } of waiting) resolve();
  }

  #apply(ops: readonly StoreOp[]): void {
    for (const { table, key, value } of ops) {
      if (value === undefined) this.#delete.run(table, key);
      else this.#put.run(table, key, value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#db.close();
  }
}

/**
 * Opens (or makes) the store of a profile folder and becomes its only writer until closed.
 *
 * @param profileDir  made with mode 0700 when absent; the database file has mode 0600
 * @throws ClientError `client/profile-in-use` another process or this one has it open · `client/store-failed`
 * Cost: writes block the event loop for one fsync.
 */
export function openSqliteStore(profileDir: string): Store {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(profileDir, { recursive: true, mode: 0o700 });
    const path = join(profileDir, FILE_NAME);
    // SQLite gives the WAL the mode of the database, so making the file first settles all of them.
    closeSync(openSync(path, "a", 0o600));
    db = new DatabaseSync(path);
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec(
      "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS rows (t TEXT, k BLOB, v BLOB NOT NULL, PRIMARY KEY (t, k)) WITHOUT ROWID; COMMIT;",
    );
    return new SqliteStore(db);
  } catch (error) {
    db?.close();
    throw failed(error);
  }
}
