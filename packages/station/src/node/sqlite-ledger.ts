/*
 * Reads of the station log and the witness. Map rows lie in order of their keys, so a bucket of a map is one range; chunks
 * are read by their row number, which is the order in which they came.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { logId } from "@chapar/wire";
import type {
  ArrivalMarks,
  ChangedAccounts,
  GrownLogs,
  LedgerMapName,
  LedgerReads,
  LedgerRow,
  NotableLeaf,
} from "../store/ledger-port.ts";
import { storageError } from "./sqlite-open.ts";
import { IS_NOTABLE, mapNumber } from "./sqlite-ledger-schema.ts";
import { unpackList } from "./sqlite-rows.ts";

/** Above every key of 32 bytes. */
const ABOVE_KEYS: Uint8Array = new Uint8Array(33).fill(0xff);

const QUERIES = {
  leaves: "SELECT leaf FROM ledger_leaves WHERE place >= ? ORDER BY place LIMIT ?",
  tile: "SELECT bytes FROM ledger_tiles WHERE level = ? AND place = ?",
  rows: "SELECT key, value FROM ledger_maps WHERE map = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
  rowCount: "SELECT count(*) AS count FROM ledger_maps WHERE map = ?",
  // A chunk whose bodies went before its epoch took it has kept its place in the order of arrival.
  grown: `WITH page AS (
      SELECT * FROM (SELECT number, log, first + size AS size, range FROM chunks
        WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3)
      UNION ALL
      SELECT * FROM (SELECT number, log, first + size AS size, range FROM husks
        WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3)
      ORDER BY number LIMIT ?3
    ) SELECT page.number, l.id, l.mirror IS NULL AS ours, page.size, page.range
      FROM page JOIN logs l ON l.number = page.log ORDER BY page.number`,
  accounts: `SELECT c.number, c.identity, c.ops AS count, a.ops FROM account_changes c JOIN accounts a USING (identity)
    WHERE c.number > ? AND c.number <= ? ORDER BY c.number LIMIT ?`,
  marks: `SELECT coalesce((SELECT max(number) FROM chunks), 0) AS logs,
    coalesce((SELECT max(number) FROM account_changes), 0) AS accounts`,
  notable: `SELECT place, leaf FROM ledger_leaves WHERE place >= ? AND ${IS_NOTABLE} ORDER BY place LIMIT ?`,
  chain: "SELECT ops FROM accounts WHERE ledger_key = ?",
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

interface ChangeRow {
  readonly number: number;
  readonly identity: Uint8Array;
  /** ops that the chain had then; it has only grown since */
  readonly count: number;
  readonly ops: Uint8Array;
}

const nameOf = (id: Uint8Array): string => Buffer.from(id).toString("latin1");

function markAfter(rows: readonly { readonly number: number }[], upTo: number, limit: number): number {
  return rows.length < limit ? upTo : (rows.at(-1)?.number ?? upTo);
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
    return this.#all<LedgerRow>("rows", mapNumber(map), from, below ?? ABOVE_KEYS, limit);
  }

  async rowCount(map: LedgerMapName): Promise<number> {
    return this.#all<{ count: number }>("rowCount", mapNumber(map))[0]?.count ?? 0;
  }

  async marks(): Promise<ArrivalMarks> {
    const [marks] = this.#all<ArrivalMarks>("marks");
    return { logs: marks?.logs ?? 0, accounts: marks?.accounts ?? 0 };
  }

  async grownLogs(after: number, upTo: number, limit: number): Promise<GrownLogs> {
    const rows = this.#all<GrownRow>("grown", after, upTo, limit);
    const latest = new Map<string, GrownRow>();
    for (const row of rows) if (row.ours === 1) latest.set(nameOf(row.id), row);
    const logs = [...latest.values()].map(({ id, size, range }) => ({ log: logId(id), size, range }));
    return { mark: markAfter(rows, upTo, limit), logs };
  }

  async changedAccounts(after: number, upTo: number, limit: number): Promise<ChangedAccounts> {
    const rows = this.#all<ChangeRow>("accounts", after, upTo, limit);
    const latest = new Map<string, ChangeRow>();
    for (const row of rows) latest.set(nameOf(row.identity), row);
    const chains = [...latest.values()].map((row) => unpackList(row.ops).slice(0, row.count));
    return { mark: markAfter(rows, upTo, limit), chains };
  }

  async notable(from: number, limit: number): Promise<readonly NotableLeaf[]> {
    return this.#all<{ place: number; leaf: Uint8Array }>("notable", from, limit).map(({ place, leaf }) => ({
      index: place,
      leaf,
    }));
  }

  async chain(identity: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
    const [row] = this.#all<{ ops: Uint8Array }>("chain", identity);
    return row && unpackList(row.ops);
  }

  async witnessHeads(): Promise<readonly { origin: string; size: number; root: Uint8Array }[]> {
    return this.#all("witnessHeads");
  }

  async witnessCheckpoint(origin: string): Promise<Uint8Array | undefined> {
    return this.#all<{ checkpoint: Uint8Array | null }>("witnessCheckpoint", origin)[0]?.checkpoint ?? undefined;
  }
}
