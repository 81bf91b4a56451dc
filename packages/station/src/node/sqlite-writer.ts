/*
 * The thread that writes. One transaction a message: while it waits for fsync the main thread goes on taking requests,
 * which become the next transaction. The rows' buffers are moved here, not copied. Nothing leaves but success or a code.
 */
import type { StatementSync } from "node:sqlite";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { Bug, type StationError } from "../errors.ts";
import { openWriter, storageError, type OpenOptions } from "./sqlite-open.ts";
import { CHANGES, type ChangeName, type Row } from "./sqlite-schema.ts";

/** What the main thread sends: rows of one transaction, or the wish to end. */
export type WriterRequest = { readonly rows: readonly Row[] } | { readonly close: true };
/** What comes back, once for each request. */
export type WriterReply = { readonly done: true } | { readonly code: StationError["code"]; readonly cause: string };

/** Runs transactions on its own connection until it is told to close. */
export function createWriter(options: OpenOptions): { write(rows: readonly Row[]): void; close(): void } {
  const db = openWriter(options);
  const statements = Object.fromEntries(
    Object.entries(CHANGES).map(([name, sql]) => [name, db.prepare(sql)]),
  ) as Record<ChangeName, StatementSync>;
  const run = (row: Row): void => {
    const { changes } = statements[row.change].run(...row.values);
    if (row.change === "chunk" && Number(changes) !== 1) throw new Bug("a chunk does not begin where its log ends");
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
    close: () => db.close(),
  };
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
      writer.write(request.rows);
    } catch (cause) {
      const error = storageError(cause);
      reply = { code: error.code, cause: cause instanceof Error ? cause.message : "unknown" };
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    parentPort?.postMessage(reply);
  });
}

if (!isMainThread && parentPort !== null) serve(workerData as OpenOptions);
