/*
 * Tables of what goes with people who leave (protocol/15-moving.md §4), and the statements about them.
 *
 *   blobs.lock   NULL: nobody can have it deleted  ·  32 bytes: who shows what hashes to it can  ·  one byte: sealed, given to nobody
 *   leavings     what has to stay until a time; a row has one thing, and names nobody
 */
import type { Leaving } from "../store/port.ts";

/** The migration that lets people leave. */
export const LEAVING_MIGRATION = `
  ALTER TABLE blobs ADD COLUMN lock BLOB;
  CREATE TABLE leavings (kind INTEGER NOT NULL, id BLOB NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX leavings_by_due ON leavings (due);
`;

/** How a thing is named in its row. */
export const LEAVING_NUMBER: Readonly<Record<Leaving["what"], number>> = { log: 1, blob: 2 };

/** Statements that change something. */
export const LEAVING_CHANGES = {
  blob: `INSERT INTO blobs VALUES (?, ?, ?)
    ON CONFLICT (hash) DO UPDATE SET lock = excluded.lock WHERE length(blobs.lock) = 1`,
  dropBlob: "DELETE FROM blobs WHERE hash = ?",
  sealBlob: "UPDATE blobs SET lock = x'00' WHERE hash = ?",
  dropReader: "DELETE FROM readers WHERE log = (SELECT number FROM logs WHERE id = ?) AND key = ?",
  leaving: "INSERT INTO leavings VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET due = max(due, excluded.due)",
  leavingDone: "DELETE FROM leavings WHERE kind = ? AND id = ?",
} as const;

/** Statements that read. */
export const LEAVING_QUERIES = {
  blob: "SELECT bytes FROM blobs WHERE hash = ? AND (lock IS NULL OR length(lock) <> 1)",
  hasBlob: "SELECT 1 AS there FROM blobs WHERE hash = ? AND (lock IS NULL OR length(lock) <> 1)",
  blobLock: "SELECT lock, length(bytes) AS size FROM blobs WHERE hash = ? AND length(lock) = 32",
  sealedBlob: "SELECT length(bytes) AS size FROM blobs WHERE hash = ? AND length(lock) = 1",
  leavings: "SELECT kind, id, due FROM leavings WHERE due <= ? ORDER BY due LIMIT ?",
  packageBytes:
    "SELECT count(*) AS objects, coalesce(sum(length(bytes)), 0) AS size FROM packages WHERE identity = ? AND device = ?",
} as const;

/** A row of `leavings` as read. */
export interface LeavingRow {
  readonly kind: number;
  readonly id: Uint8Array;
  readonly due: number;
}

/** What a row of `leavings` says. */
export function leavingOf({ kind, id, due }: LeavingRow): Leaving {
  return { what: kind === LEAVING_NUMBER.log ? "log" : "blob", id, dueMs: due };
}
