/*
 * What makes an older copy of a database the station's again (E-3), in one transaction on the copy: its log begins anew, in the next
 * generation, with the incident as its first leaf; leaves that others refer to (tombstones above all) come behind it, and what refers
 * to them follows. Signing goes on above the time of the restoration.
 */
import type { DatabaseSync } from "node:sqlite";
import { CompactRange, createTreeHasher, decodeCheckpoint, encodeCompactProof } from "@chapar/log";
import { decodeLedgerLeaf, encodeLedgerLeaf, type LoggedLeaf } from "@chapar/wire";
import { signingMarkWrite, storedSigningMark } from "../hub/signing-clock.ts";
import {
  carriedWrite,
  earlierIncidentsWrite,
  LEDGER_CHECKPOINT_NAME,
  loadEarlierIncidents,
  loadState,
  stateWrite,
  type LedgerState,
} from "../ledger/state.ts";
import { TileLog } from "../ledger/tile-log.ts";
import type { NotableLeaf } from "../store/ledger-port.ts";
import type { Store, Write } from "../store/port.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";

const hasher = createTreeHasher(nodeSha256);
const NOTE = "restored from a copy";

/** Reads one value of `meta`. */
export function metaOf(db: DatabaseSync): Pick<Store, "meta"> {
  const find = db.prepare("SELECT value FROM meta WHERE name = ?");
  return { meta: async (name) => (find.get(name) as { readonly value: Uint8Array } | undefined)?.value };
}

/** When and as what a log begins anew. */
export interface Beginning {
  readonly generation: number;
  /** the time of the restoration; nothing was signed later */
  readonly toMs: number;
}

/** The first leaf of the copy's generation, proved under the checkpoint it published last; none in the first generation. */
async function lastIncident(db: DatabaseSync, state: LedgerState): Promise<readonly LoggedLeaf[]> {
  const stored = await metaOf(db).meta(LEDGER_CHECKPOINT_NAME);
  const published = state.generation > 1 && stored !== undefined ? decodeCheckpoint(stored) : undefined;
  if (published?.ok !== true) return [];
  const log = await TileLog.open(new SqliteLedger(db), hasher, state.range);
  const { checkpoint, note } = published.value;
  const inclusion = await log.inclusion(0, checkpoint.size);
  return [{ leaf: await log.leaf(0), proof: encodeCompactProof({ index: 0, inclusion, checkpoint, note }) }];
}

/** Leaves that go along into the next generation: all but identity ops, epochs and incidents, which are kept with their proofs. */
async function leavesToCarry(db: DatabaseSync): Promise<readonly NotableLeaf[]> {
  const all = await new SqliteLedger(db).notable(0, Number.MAX_SAFE_INTEGER);
  return all.filter(({ leaf }) => {
    const decoded = decodeLedgerLeaf(leaf);
    return decoded.ok && decoded.value.kind !== "incident";
  });
}

/** Begins the next generation of a log; answers the incident's `fromMs`. The database is the copy, in no one's use. @throws StationError `station/ledger-damaged` */
export async function beginGeneration(db: DatabaseSync, { generation, toMs }: Beginning): Promise<number> {
  const meta = metaOf(db);
  const state = await loadState(meta, hasher);
  const earlier = [...(await loadEarlierIncidents(meta)), ...(await lastIncident(db, state))];
  const carried = await leavesToCarry(db);
  // Everything that was signed up to the last epoch's time was on disk then, and so in the copy (E-1).
  const incident = encodeLedgerLeaf({ kind: "incident", what: "restored", fromMs: state.timeMs, toMs, note: NOTE });
  const begun: LedgerState = {
    generation,
    epochs: 0,
    timeMs: toMs,
    logMark: 0,
    accountMark: 0,
    range: new CompactRange(hasher),
  };
  const writes: readonly Write[] = [
    stateWrite(begun),
    carriedWrite([incident, ...carried.map((one) => one.leaf)]),
    earlierIncidentsWrite(earlier),
    signingMarkWrite(toMs + 1),
  ];
  db.exec("BEGIN IMMEDIATE");
  db.exec("DELETE FROM ledger_leaves; DELETE FROM ledger_tiles; DELETE FROM ledger_maps WHERE map < 2");
  db.prepare("DELETE FROM meta WHERE name = ?").run(LEDGER_CHECKPOINT_NAME);
  const put = db.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
  for (const write of writes) if (write.kind === "meta") put.run(write.name, write.value);
  const move = db.prepare("UPDATE holes SET generation = ?, ledger = ? WHERE generation = ? AND ledger = ?");
  for (const [place, { index }] of carried.entries()) move.run(generation, place + 1, state.generation, index);
  db.exec("UPDATE removals SET ledger = 0; COMMIT");
  return state.timeMs;
}

/** How far a database has come: the generation of its log, and a time that nothing it knows was signed after. */
export async function reachOf(db: DatabaseSync): Promise<Beginning> {
  const meta = metaOf(db);
  const { generation, timeMs } = await loadState(meta, hasher);
  return { generation, toMs: Math.max(timeMs + 1, await storedSigningMark(meta)) };
}

/** What the station's witness cosigned last of one log. */
export interface CosignedRow {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly checkpoint: Uint8Array | null;
}

/** What a database's witness has cosigned; none in one that is older than the witness. */
export function cosignedIn(db: DatabaseSync): readonly CosignedRow[] {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'witness_heads'").get() !== undefined;
  if (!isThere) return [];
  return db.prepare("SELECT origin, size, root, checkpoint FROM witness_heads").all() as unknown as CosignedRow[];
}

/** A witness must not forget what it cosigned (S-22): of each log the longer head stays. */
export function keepCosigned(db: DatabaseSync, rows: readonly CosignedRow[]): void {
  const put = db.prepare(`INSERT INTO witness_heads (origin, size, root, checkpoint) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint
    WHERE excluded.size > size`);
  for (const { origin, size, root, checkpoint } of rows) put.run(origin, size, root, checkpoint);
}
