/*
 * The two threads of the store. One writes. One transaction a message: while it waits for fsync the main thread
 * goes on taking requests, which become the next transaction. The rows are read where the main thread wrote them
 * (row-memory.ts). Nothing leaves but success or a code.
 *
 * The other moves what has been written from the WAL into the database (a passive checkpoint blocks nobody); the writer
 * then has only the rest to move before the WAL begins anew. Done by the writer alone, that is a stall of a tenth of a
 * second every few seconds, and every message behind it waits.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { Bug, type StationError } from "../errors.ts";
import { createDigger } from "./sqlite-digger.ts";
import { openWriter, storageError, type OpenOptions } from "./sqlite-open.ts";
import { readRows, type RowBytes } from "./row-memory.ts";
import { CHANGES, type ChangeName, type Row } from "./sqlite-schema.ts";

/** What the main thread sends: rows of one transaction, or the wish to end. */
export type WriterRequest =
  /** `restart`: begin the WAL anew after the answer, because nearly all of it is in the database */
  { readonly rows: RowBytes; readonly restart: boolean } | { readonly close: true };
/** Which thread this is, and its folder. */
export interface ThreadData {
  readonly role: "writer" | "checkpointer";
  readonly options: OpenOptions;
}
/** What comes back, once for each request. */
export type WriterReply = { readonly done: true } | { readonly code: StationError["code"]; readonly cause: string };

/** Writes on a connection of its own. */
export interface Writer {
  /** One transaction. @throws whatever SQLite threw; nothing was then written */
  write(rows: readonly Row[]): void;
  /** Moves the rest of the WAL and begins it anew; a failure only means that it goes on growing. */
  restartWal(): void;
  close(): void;
}

/** Runs transactions on its own connection until it is told to close. */
export function createWriter(options: OpenOptions): Writer {
  const db = openWriter(options);
  const statements = Object.fromEntries(
    Object.entries(CHANGES).map(([name, sql]) => [name, db.prepare(sql)]),
  ) as Record<ChangeName, StatementSync>;
  const dig = createDigger(db);
  const run = (row: Row): void => {
    const { changes } = statements[row.change].run(...row.values);
    const isExact = row.change === "chunk" || row.change === "ledgerLeaf" || row.change === "hole";
    if (isExact && Number(changes) !== 1) throw new Bug("a change does not fit its log");
    if (row.change !== "hole") return;
    const [log, first, count] = row.values;
    dig(log as Uint8Array, first as number, count as number);
  };
  return {
    write(rows) {
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const row of rows) run(row);
        db.exec("COMMIT");
      } catch (error) {
        // SQLite has already rolled back when the disk was full; a second ROLLBACK is then an error of no meaning.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    restartWal: () => checkpoint(db, "RESTART"),
    close: () => db.close(),
  };
}

function checkpoint(db: DatabaseSync, mode: "PASSIVE" | "RESTART"): void {
  try {
    db.exec(`PRAGMA wal_checkpoint(${mode})`);
  } catch {
    // The disk is full or somebody reads: the WAL keeps everything, and the next checkpoint tries again.
  }
}

/** Moves the WAL into the database whenever it is asked to, beside the writer. */
function serveCheckpoints(options: OpenOptions): void {
  const db = openWriter(options);
  parentPort?.on("message", (request: "checkpoint" | "close") => {
    if (request === "close") {
      db.close();
      parentPort?.close();
      return;
    }
    checkpoint(db, "PASSIVE");
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    parentPort?.postMessage("done");
  });
}

function serve(options: OpenOptions): void {
  const writer = createWriter(options);
  parentPort?.on("message", (request: WriterRequest) => {
    if ("close" in request) {
      writer.close();
      parentPort?.close();
      return;
    }
    let reply: WriterReply = { done: true };
    try {
      writer.write(readRows(request.rows));
    } catch (cause) {
      const error = storageError(cause);
      reply = { code: error.code, cause: cause instanceof Error ? cause.message : "unknown" };
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    parentPort?.postMessage(reply);
    if (request.restart) writer.restartWal();
  });
}

if (!isMainThread && parentPort !== null) {
  const { role, options } = workerData as ThreadData;
  if (role === "writer") serve(options);
  else serveCheckpoints(options);
}
