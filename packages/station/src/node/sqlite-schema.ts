/*
 * Tables of `station.sqlite`, as a list of migrations: entry i takes a database from version i to i + 1
 * (`PRAGMA user_version`). Entries are never edited after a release, only added; a database newer than the code is
 * refused.
 *
 *   logs      one row a log; `number` stands for the 32-byte id in the other tables
 *   chunks    what one group commit added to one log; in order of arrival, so that writing is appending to one B-tree
 *   packages  key packages: (identity, device, sequence), each under the number of an MLS suite
 *
 *   leavings  what a law makes the station keep of people who left, until when (sqlite-leaving-schema.ts)
 *
 * What stays of chunks whose bodies are gone is in sqlite-hole-schema.ts, the station log in sqlite-ledger-schema.ts.
 *
 * No table has both an identity and a log.
 */
import { HOLE_CHANGES, HOLE_QUERIES, HOLES_MIGRATION } from "./sqlite-hole-schema.ts";
import { LEAVING_CHANGES, LEAVING_MIGRATION, LEAVING_QUERIES } from "./sqlite-leaving-schema.ts";
import { INSTANT_MIGRATION, LEDGER_CHANGES, LEDGER_MIGRATION } from "./sqlite-ledger-schema.ts";

/** Migrations in order; the index of the last is the schema version minus one. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE accounts (identity BLOB PRIMARY KEY, ops BLOB NOT NULL) STRICT;
  CREATE TABLE packages (
    identity BLOB NOT NULL, device BLOB NOT NULL, sequence INTEGER NOT NULL, given INTEGER NOT NULL, bytes BLOB NOT NULL,
    UNIQUE (identity, device, sequence)
  ) STRICT;
  CREATE TABLE logs (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL, genesis BLOB NOT NULL,
    epoch INTEGER NOT NULL, write_key BLOB NOT NULL, mirror BLOB
  ) STRICT;
  CREATE INDEX logs_mirrored ON logs (number) WHERE mirror IS NOT NULL;
  CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, log INTEGER NOT NULL REFERENCES logs, first INTEGER NOT NULL, size INTEGER NOT NULL,
    range BLOB NOT NULL, head BLOB NOT NULL, leaves BLOB NOT NULL, entries BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX chunks_by_log ON chunks (log, first);
  CREATE TABLE read_keys (
    log INTEGER NOT NULL REFERENCES logs, key BLOB NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (log, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE revocations (
    log INTEGER NOT NULL REFERENCES logs, place INTEGER NOT NULL, PRIMARY KEY (log, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE blobs (hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE peers (key BLOB PRIMARY KEY, urls TEXT NOT NULL, region TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  LEDGER_MIGRATION,
  HOLES_MIGRATION,
  INSTANT_MIGRATION,
  LEAVING_MIGRATION,
  "CREATE INDEX logs_branched ON logs (number) WHERE kind = 2;",
  // Until then there was one suite, 0xF00D.
  "ALTER TABLE packages ADD COLUMN suite INTEGER NOT NULL DEFAULT 61453;",
];

const HUB_CHANGES = {
  meta: "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  // Triggers add a row to the order of arrival.
  account: `INSERT INTO accounts (identity, ops, length, ledger_key) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET ops = excluded.ops, length = excluded.length`,
  package:
    "INSERT INTO packages VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET given = excluded.given, bytes = excluded.bytes",
  dropPackage: "DELETE FROM packages WHERE identity = ? AND device = ? AND sequence = ?",
  dropPackages: "DELETE FROM packages WHERE identity = ? AND device = ?",
  log: `INSERT INTO logs (id, kind, genesis, epoch, write_key, mirror) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, write_key = excluded.write_key, mirror = excluded.mirror`,
  // A chunk that does not begin where the log ends is a bug above: the empty SELECT then inserts nothing and is noticed.
  chunk: `INSERT INTO chunks (log, first, size, range, head, leaves, entries)
    SELECT number, ?2, ?3, ?4, ?5, ?6, ?7 FROM logs
    WHERE id = ?1 AND coalesce((SELECT first + size FROM chunks WHERE log = logs.number ORDER BY first DESC LIMIT 1), 0) = ?2`,
  readKey:
    "INSERT INTO read_keys SELECT number, ?2, ?3 FROM logs WHERE id = ?1 ON CONFLICT DO UPDATE SET since = excluded.since",
  revocation: "INSERT OR IGNORE INTO revocations SELECT number, ?2 FROM logs WHERE id = ?1",
  peer: "INSERT INTO peers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET urls = excluded.urls, region = excluded.region",
} as const;

/** Statements that change something, by the name under which rows travel to the writer. */
export const CHANGES: typeof HUB_CHANGES & typeof LEDGER_CHANGES & typeof HOLE_CHANGES & typeof LEAVING_CHANGES = {
  ...HUB_CHANGES,
  ...LEDGER_CHANGES,
  ...HOLE_CHANGES,
  ...LEAVING_CHANGES,
};

/** Name of a statement of CHANGES. */
export type ChangeName = keyof typeof CHANGES;

/** One change as it travels to the writer. */
export interface Row {
  readonly change: ChangeName;
  readonly values: readonly (string | number | null | Uint8Array)[];
}

const HUB_QUERIES = {
  meta: "SELECT value FROM meta WHERE name = ?",
  account: "SELECT ops FROM accounts WHERE identity = ?",
  nextPackage:
    "SELECT sequence, given, bytes FROM packages WHERE identity = ? AND device = ? AND suite = ? ORDER BY given, sequence LIMIT 1",
  countPackages: `SELECT coalesce(sum((suite = ?3) * (1 - given)), 0) AS fresh, coalesce(sum(suite <> ?3), 0) AS others,
    coalesce(max(sequence), 0) AS last FROM packages WHERE identity = ?1 AND device = ?2`,
  log: "SELECT number, id, kind, genesis, epoch, write_key, mirror FROM logs WHERE id = ?",
  mirrors:
    "SELECT number, id, kind, genesis, epoch, write_key, mirror FROM logs WHERE mirror IS NOT NULL UNION SELECT number, id, kind, genesis, epoch, write_key, mirror FROM logs WHERE kind = 2",
  lastChunk: "SELECT first + size AS size, range, head FROM chunks WHERE log = ? ORDER BY first DESC LIMIT 1",
  chunks: `SELECT first, size, head, entries FROM chunks WHERE log = ?1
    AND first >= coalesce((SELECT max(first) FROM chunks WHERE log = ?1 AND first <= ?2), 0) ORDER BY first`,
  leaves: `SELECT first, leaves FROM chunks WHERE log = ?1 UNION ALL SELECT first, leaves FROM husks WHERE log = ?1
    ORDER BY first`,
  chunkBefore: `SELECT size, head FROM (
      SELECT * FROM (SELECT first + size AS size, head FROM chunks WHERE log = ?1 AND first < ?2 ORDER BY first DESC LIMIT 1)
      UNION ALL
      SELECT * FROM (SELECT first + size AS size, head FROM husks WHERE log = ?1 AND first < ?2 ORDER BY first DESC LIMIT 1)
    ) ORDER BY size DESC LIMIT 1`,
  readKey: "SELECT since FROM read_keys WHERE log = ? AND key = ?",
  revocation: "SELECT place FROM revocations WHERE log = ? AND place > ? ORDER BY place LIMIT 1",
  peers: "SELECT key, urls, region FROM peers",
} as const;

/** Statements that read. */
export const QUERIES: typeof HUB_QUERIES & typeof HOLE_QUERIES & typeof LEAVING_QUERIES = {
  ...HUB_QUERIES,
  ...HOLE_QUERIES,
  ...LEAVING_QUERIES,
};
