/*
 * Tables of what is gone and who still reads, and the statements about them; how bodies go is in sqlite-digger.ts.
 *
 *   husks    what stays for ever of a chunk without bodies      holes    ranges that are gone, and why; never overlapping
 *   readers  reader keys of a log, and what they acknowledged    removals what was ordered and is not done
 */
import { logId, type LogId } from "@chapar/wire";
import { Bug } from "../errors.ts";
import type { GoneStatus, Hole, ReaderRecord, Removal } from "../store/port.ts";

/** The migration that lets bodies go. */
export const HOLES_MIGRATION = `
  CREATE TABLE husks (
    log INTEGER NOT NULL REFERENCES logs, first INTEGER NOT NULL, size INTEGER NOT NULL,
    range BLOB NOT NULL, head BLOB NOT NULL, leaves BLOB NOT NULL, PRIMARY KEY (log, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE holes (
    log INTEGER NOT NULL REFERENCES logs, first INTEGER NOT NULL, size INTEGER NOT NULL, status INTEGER NOT NULL,
    generation INTEGER, ledger INTEGER, PRIMARY KEY (log, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE readers (
    log INTEGER NOT NULL REFERENCES logs, key BLOB NOT NULL, since INTEGER NOT NULL, up_to INTEGER NOT NULL,
    ack BLOB NOT NULL, PRIMARY KEY (log, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE removals (
    log BLOB NOT NULL, place INTEGER NOT NULL, reason TEXT NOT NULL, reference TEXT NOT NULL, ledger INTEGER NOT NULL,
    PRIMARY KEY (log, place)
  ) STRICT, WITHOUT ROWID;
`;

/** How a status is named in its rows. */
export const STATUS_NUMBER: Readonly<Record<GoneStatus, number>> = { pruned: 1, expired: 2, removed: 3, absent: 4 };
const STATUSES = Object.keys(STATUS_NUMBER) as readonly GoneStatus[];

type RowValues = readonly (string | number | null | Uint8Array)[];

/** One change of these tables as it travels to the writer. */
export interface HoleChange {
  readonly change: keyof typeof HOLE_CHANGES;
  readonly values: RowValues;
}

/** Statements that change something, beside those of the other tables. A hole is more than its statement (sqlite-digger.ts). */
export const HOLE_CHANGES = {
  // A hole over another, or beyond the log's end, is a bug above: the empty SELECT then inserts nothing and is noticed.
  hole: `INSERT INTO holes SELECT number, ?2, ?3, ?4, ?5, ?6 FROM logs WHERE id = ?1
    AND coalesce((SELECT first + size FROM holes WHERE log = logs.number AND first < ?2 + ?3 ORDER BY first DESC LIMIT 1), 0) <= ?2
    AND coalesce((SELECT first + size FROM chunks WHERE log = logs.number ORDER BY first DESC LIMIT 1), 0) >= ?2 + ?3`,
  reader: `INSERT INTO readers SELECT number, ?2, ?3, ?4, ?5 FROM logs WHERE id = ?1
    ON CONFLICT DO UPDATE SET since = excluded.since, up_to = excluded.up_to, ack = excluded.ack`,
  removal: "INSERT INTO removals VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  removalDone: "DELETE FROM removals WHERE log = ? AND place = ?",
} as const;

/** A hole as the row that the writer runs. */
export function holeRow(log: LogId, hole: Hole): HoleChange {
  const { first, count, status, tombstone } = hole;
  const place = [tombstone?.generation ?? null, tombstone?.ledgerIndex ?? null];
  return { change: "hole", values: [log, first, count, STATUS_NUMBER[status], ...place] };
}

/** A reader as the row that the writer runs. */
export function readerRow(log: LogId, { key, from, upTo, ack }: ReaderRecord): HoleChange {
  return { change: "reader", values: [log, key, from, upTo, ack] };
}

/** A removal as the row that the writer runs. */
export function removalRow({ log, index, reason, reference, ledgerSize }: Removal): HoleChange {
  return { change: "removal", values: [log, index, reason, reference, ledgerSize] };
}

/** Statements that read. */
export const HOLE_QUERIES = {
  holes:
    "SELECT first, size, status, generation, ledger FROM holes WHERE log = ?1 AND first >= ?2 ORDER BY first LIMIT ?3",
  holeAt:
    "SELECT first, size, status, generation, ledger FROM holes WHERE log = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1",
  holeEnd: "SELECT first + size AS end FROM holes WHERE log = ? AND status = ? ORDER BY first DESC LIMIT 1",
  reader: "SELECT key, since, up_to, ack FROM readers WHERE log = ? AND key = ?",
  readerNeeds: "SELECT count(*) AS count, min(max(since, up_to)) AS since FROM readers WHERE log = ?",
  removals: "SELECT log, place, reason, reference, ledger FROM removals",
  logsAfter: "SELECT number, id FROM logs WHERE number > ? ORDER BY number LIMIT ?",
} as const;

/** A row of `holes` as read. */
export interface HoleRow {
  readonly first: number;
  readonly size: number;
  readonly status: number;
  readonly generation: number | null;
  readonly ledger: number | null;
}

/** What a row of `holes` says. */
export function holeOf({ first, size, status, generation, ledger }: HoleRow): Hole {
  const name = STATUSES.find((one) => STATUS_NUMBER[one] === status);
  if (name === undefined) throw new Bug("a stored hole has no status");
  const tombstone = generation === null || ledger === null ? undefined : { generation, ledgerIndex: ledger };
  return { first, count: size, status: name, tombstone };
}

interface ReaderRow {
  readonly key: Uint8Array;
  readonly since: number;
  readonly up_to: number;
  readonly ack: Uint8Array;
}

/** What a row of `readers` says. */
export function readerOf({ key, since, up_to: upTo, ack }: ReaderRow): ReaderRecord {
  return { key, from: since, upTo, ack };
}

interface RemovalRow {
  readonly log: Uint8Array;
  readonly place: number;
  readonly reason: string;
  readonly reference: string;
  readonly ledger: number;
}

/** What a row of `removals` says. */
export function removalOf({ log, place, reason, reference, ledger }: RemovalRow): Removal {
  return { log: logId(log), index: place, reason, reference, ledgerSize: ledger };
}
