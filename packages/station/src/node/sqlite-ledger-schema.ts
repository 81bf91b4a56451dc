/*
 * Tables of the station log and the witness, and the statements that change them.
 *
 *   ledger_leaves   one row a leaf          ledger_tiles   hash tiles of tlog-tiles, the right edge's as wide as it is
 *   ledger_maps     rows of the maps that an epoch commits to, by key
 *   witness_heads   what this station's witness cosigned last, by origin
 */
import type { LedgerMapName, LedgerWrite } from "../store/ledger-port.ts";

/** How a map is named in its rows. */
export const MAP_NUMBER: Readonly<Record<LedgerMapName, number>> = { heads: 0, identities: 1 };

/** The migration that adds the station log. */
export const LEDGER_MIGRATION = `
  CREATE TABLE ledger_leaves (place INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
  CREATE TABLE ledger_tiles (
    level INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (level, place)
  ) STRICT;
  CREATE TABLE ledger_maps (
    map INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (map, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE witness_heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, checkpoint BLOB
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE accounts ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
  UPDATE accounts SET change = rowid;
  CREATE INDEX accounts_by_change ON accounts (change);
`;

/** Statements that change something, beside those of the other tables. */
export const LEDGER_CHANGES = {
  ledgerLeaf:
    "INSERT INTO ledger_leaves SELECT ?1, ?2 WHERE coalesce((SELECT max(place) + 1 FROM ledger_leaves), 0) = ?1",
  ledgerTile: `INSERT INTO ledger_tiles VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE length(excluded.bytes) >= length(bytes)`,
  ledgerMap: "INSERT INTO ledger_maps VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  witnessHead: `INSERT INTO witness_heads (origin, size, root) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root`,
  witnessCheckpoint: "UPDATE witness_heads SET checkpoint = ?2 WHERE origin = ?1",
} as const;

type RowValues = readonly (string | number | Uint8Array)[];

/** A change of the station log as the row that the writer runs. */
export function ledgerRowOf(write: LedgerWrite): { change: keyof typeof LEDGER_CHANGES; values: RowValues } {
  switch (write.kind) {
    case "ledger-leaf":
      return { change: "ledgerLeaf", values: [write.index, new Uint8Array(write.leaf)] };
    case "ledger-tile":
      return { change: "ledgerTile", values: [write.level, write.index, new Uint8Array(write.bytes)] };
    case "ledger-map":
      return {
        change: "ledgerMap",
        values: [MAP_NUMBER[write.map], new Uint8Array(write.key), new Uint8Array(write.value)],
      };
    case "witness-head":
      return { change: "witnessHead", values: [write.origin, write.size, new Uint8Array(write.root)] };
    case "witness-checkpoint":
      return { change: "witnessCheckpoint", values: [write.origin, new Uint8Array(write.checkpoint)] };
    default:
      return write satisfies never;
  }
}
