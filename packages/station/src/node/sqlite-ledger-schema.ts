/*
 * Tables of the station log and the witness, and the statements that change them.
 *
 *   ledger_leaves   one row a leaf          ledger_tiles   hash tiles of tlog-tiles, the right edge's as wide as it is
 *   ledger_maps     rows of the maps that an epoch commits to, by key
 *   witness_heads   what this station's witness cosigned last, by origin
 *   account_changes the order in which op chains came and grew, and how long each was then
 */
import type { LedgerMapName, LedgerWrite } from "../store/ledger-port.ts";

/** Above every `audit`; rows cross to the writer as numbers from 0 on. */
const EGRESS_NUMBER = 2 ** 31 - 1;

/** How a map is named in its rows. */
export function mapNumber(map: LedgerMapName): number {
  if (map === "egress") return EGRESS_NUMBER;
  if (map === "heads") return 0;
  return map === "identities" ? 1 : 1 + Number(map.slice("audit ".length));
}

/** Leaves that are neither identity ops nor epochs: few, and looked for (S-2, the kind is the second byte). */
export const IS_NOTABLE: string = "substr(leaf, 2, 1) NOT IN (x'00', x'01')";

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

/**
 * The migration that makes an epoch's instant exact (E-1): the order of arrival has a row for each change, not for each account.
 * `chapar_ledger_key` is a function of whoever migrates: an account's key in the map of identities, from its packed ops.
 */
export const INSTANT_MIGRATION: string = `
  CREATE TABLE account_changes (number INTEGER PRIMARY KEY, identity BLOB NOT NULL, ops INTEGER NOT NULL) STRICT;
  INSERT INTO account_changes SELECT change, identity, ${2 ** 31} FROM accounts;
  DROP INDEX accounts_by_change;
  ALTER TABLE accounts DROP COLUMN change;
  ALTER TABLE accounts ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN ledger_key BLOB;
  UPDATE accounts SET ledger_key = chapar_ledger_key(ops);
  CREATE INDEX accounts_by_ledger_key ON accounts (ledger_key);
  CREATE TRIGGER account_made AFTER INSERT ON accounts BEGIN
    INSERT INTO account_changes (identity, ops) VALUES (new.identity, new.length);
  END;
  CREATE TRIGGER account_grown AFTER UPDATE ON accounts BEGIN
    INSERT INTO account_changes (identity, ops) VALUES (new.identity, new.length);
  END;
  ALTER TABLE husks ADD COLUMN number INTEGER;
  CREATE INDEX husks_by_number ON husks (number);
  CREATE INDEX ledger_notable ON ledger_leaves (place) WHERE ${IS_NOTABLE};
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
        values: [mapNumber(write.map), new Uint8Array(write.key), new Uint8Array(write.value)],
      };
    case "witness-head":
      return { change: "witnessHead", values: [write.origin, write.size, new Uint8Array(write.root)] };
    case "witness-checkpoint":
      return { change: "witnessCheckpoint", values: [write.origin, new Uint8Array(write.checkpoint)] };
    default:
      return write satisfies never;
  }
}
