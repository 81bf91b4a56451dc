/*
 * Reads of the station log and the witness. Map rows lie in order of their keys, so a bucket of a map is one range; chunks
 * are read by their row number, which is the order in which they came.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { logId } from "@chapar/wire";
import type { ChangedAccounts, GrownLogs, LedgerMapName, LedgerReads, LedgerRow } from "../store/ledger-port.ts";
import { storageError } from "./sqlite-open.ts";
import { MAP_NUMBER } from "./sqlite-ledger-schema.ts";
import { unpackList } from "./sqlite-rows.ts";

/** Above every key of 32 bytes. */
const ABOVE_KEYS: Uint8Array = new Uint8Array(33).fill(0xff);

const QUERIES = {
  leaves: "SELECT leaf FROM ledger_leaves WHERE place >= ? ORDER BY place LIMIT ?",
  tile: "SELECT bytes FROM ledger_tiles WHERE level = ? AND place = ?",
  rows: "SELECT key, value FROM ledger_maps WHERE map = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
  rowCount: "SELECT count(*) AS count FROM ledger_maps WHERE map = ?",
  grown: `SELECT c.number, l.id, l.mirror IS NULL AS ours, c.first + c.size AS size, c.range
    FROM chunks c JOIN logs l ON l.number = c.log WHERE c.number > ? ORDER BY c.number LIMIT ?`,
  accounts: "SELECT change, ops FROM accounts WHERE change > ? ORDER BY change LIMIT ?",
  witnessHeads: "SELECT origin, size, root FROM witness_heads",
  witnessCheckpoint: "SELECT checkpoint FROM witness_heads WHERE origin = ?",
} as const;

type RowValues = readonly (string | number | Uint8Array)[];

interface GrownRow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly ours: number;
  readonly size: number;
  readonly range: Uint8Array;
}

/** Reads over the store's own connection. @throws from every method: StationError `station/storage-failed` */
export class SqliteLedger implements LedgerReads {
  readonly #statements: Record<keyof typeof QUERIES, StatementSync>;

  constructor(db: DatabaseSync) {
    this.#statements = Object.fromEntries(
      Object.entries(QUERIES).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Record<keyof typeof QUERIES, StatementSync>;
  }

  // The caller names the row's type: SQLite's columns are the schema's, which no type of node:sqlite knows.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  #all<T>(name: keyof typeof QUERIES, ...values: RowValues): T[] {
    try {
      return this.#statements[name].all(...values) as T[];
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async leaves(first: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#all<{ leaf: Uint8Array }>("leaves", first, count).map((row) => row.leaf);
  }

  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    return this.#all<{ bytes: Uint8Array }>("tile", level, index)[0]?.bytes;
  }

  async rows(
    map: LedgerMapName,
    from: Uint8Array,
    below: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly LedgerRow[]> {
    return this.#all<LedgerRow>("rows", MAP_NUMBER[map], from, below ?? ABOVE_KEYS, limit);
  }

  async rowCount(map: LedgerMapName): Promise<number> {
    return this.#all<{ count: number }>("rowCount", MAP_NUMBER[map])[0]?.count ?? 0;
  }

  async grownLogs(after: number, limit: number): Promise<GrownLogs> {
    const rows = this.#all<GrownRow>("grown", after, limit);
    const latest = new Map<string, GrownRow>();
    for (const row of rows) if (row.ours === 1) latest.set(Buffer.from(row.id).toString("latin1"), row);
    const logs = [...latest.values()].map(({ id, size, range }) => ({ log: logId(id), size, range }));
    return { mark: rows.at(-1)?.number ?? after, logs };
  }

  async changedAccounts(after: number, limit: number): Promise<ChangedAccounts> {
    const rows = this.#all<{ change: number; ops: Uint8Array }>("accounts", after, limit);
    return { mark: rows.at(-1)?.change ?? after, chains: rows.map((row) => unpackList(row.ops)) };
  }

  async witnessHeads(): Promise<readonly { origin: string; size: number; root: Uint8Array }[]> {
    return this.#all("witnessHeads");
  }

  async witnessCheckpoint(origin: string): Promise<Uint8Array | undefined> {
    return this.#all<{ checkpoint: Uint8Array | null }>("witnessCheckpoint", origin)[0]?.checkpoint ?? undefined;
  }
}
