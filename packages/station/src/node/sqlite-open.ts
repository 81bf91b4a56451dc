/*
 * Opens connections to the station's database, and holds the lock that keeps a second station off the same folder.
 *
 * WAL with synchronous=FULL: a commit is one append to the log file and one fsync. The lock is an exclusive transaction
 * held on a file of its own for as long as the station runs: the operating system ends it when the process dies, however
 * it dies, so there is no stale lock to explain to anybody.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { stationError, type StationError } from "../errors.ts";
import { ledgerKeyOf, unpackList } from "./sqlite-rows.ts";
import { MIGRATIONS } from "./sqlite-schema.ts";

/** The database in a data folder. */
export const DATABASE_NAME = "station.sqlite";
const LOCK_NAME = "station.lock";
/** Result codes of SQLite. @see sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
/** Pages of 8 KiB: large chunks need fewer overflow pages. */
const PAGE_BYTES = 8192;
/** WAL pages at which a writer moves them into the database itself: 256 MiB, should the checkpoint thread not keep up. */
const CHECKPOINT_PAGES = 32_768;
const CACHE_KIB = 32 * 1024;

/** How a connection is opened; `maxPages` exists so that a test can fill the disk. */
export interface OpenOptions {
  readonly dataDir: string;
  readonly maxPages?: number;
}

/** Turns what SQLite or the file system threw into the store's two errors. */
export function storageError(cause: unknown): StationError {
  const error = cause as { readonly errcode?: number; readonly code?: string };
  const full = (error.errcode ?? 0) % 256 === SQLITE_FULL || error.code === "ENOSPC" || error.code === "EDQUOT";
  return stationError(full ? "station/storage-full" : "station/storage-failed", undefined, cause);
}

function open(path: string, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  return new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 5_000 });
}

/** Makes the folder and its database when needed and brings the schema up to date. */
export function prepareDatabase(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw storageError(cause);
  }
  const db = openWriter({ dataDir });
  try {
    migrate(db);
  } finally {
    db.close();
  }
}

function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > MIGRATIONS.length) throw stationError("station/folder-newer");
  db.function("chapar_ledger_key", { deterministic: true }, (ops) => ledgerKeyOf(unpackList(ops as Uint8Array)));
  try {
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < version) continue;
      db.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
    }
  } catch (cause) {
    throw storageError(cause);
  }
}

/** The one connection that writes. @throws StationError `station/storage-failed` */
export function openWriter(options: OpenOptions): DatabaseSync {
  try {
    const db = open(join(options.dataDir, DATABASE_NAME));
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    return db;
  } catch (cause) {
    throw storageError(cause);
  }
}

/** A connection that only reads; it sees each commit as soon as it has resolved. @throws StationError `station/storage-failed` */
export function openReader(options: OpenOptions): DatabaseSync {
  try {
    const db = open(join(options.dataDir, DATABASE_NAME), { readOnly: true });
    db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
    return db;
  } catch (cause) {
    throw storageError(cause);
  }
}

/**
 * Takes the folder for this process until the answer is called.
 *
 * @throws StationError `station/folder-in-use` · `station/storage-failed`
 */
export function lockFolder(dataDir: string): () => void {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    db = new DatabaseSync(join(dataDir, LOCK_NAME));
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const held = db;
    return () => held.close();
  } catch (cause) {
    db?.close();
    const { errcode } = cause as { readonly errcode?: number };
    throw errcode === SQLITE_BUSY ? stationError("station/folder-in-use") : storageError(cause);
  }
}
