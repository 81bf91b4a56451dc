/*
 * Where the ledger stands, as one row beside its tables: written in the same transaction as the leaves it speaks of, so a
 * killed station finds either all of an epoch or none of it.
 *
 *   u8 2 ‖ generation u64 ‖ number of epochs u64 ‖ time of the last ms u64 ‖ mark of logs u64 ‖ mark of accounts u64
 *   ‖ opaque<4096> compact range                        version 1: without a generation, which is then 1
 *
 * A generation that begins (E-3) has its first leaves in a row of their own until they are in the log.
 */
import { CompactRange, type TreeHasher } from "@chapar/log";
import type { LoggedLeaf } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { Store, Write } from "../store/port.ts";

const NAME = "ledger";
const CARRIED_NAME = "ledger-carried";
const VERSION = 2;
/** Where the published checkpoint is kept. */
export const LEDGER_CHECKPOINT_NAME = "ledger-checkpoint";
const MAX_RANGE_BYTES = 4096;
const EARLIER_NAME = "ledger-earlier-incidents";
const MAX_CARRIED = 2 ** 24;

/** What is durable of a ledger, but for its tables. */
export interface LedgerState {
  /** which log of this station it is, from 1 (E-3) */
  readonly generation: number;
  /** epochs so far: the number of the next */
  readonly epochs: number;
  /** of the last epoch */
  readonly timeMs: number;
  /** how far grown logs were taken */
  readonly logMark: number;
  /** how far changed accounts were taken */
  readonly accountMark: number;
  /** of all leaves */
  readonly range: CompactRange;
}

/** The write that makes a state durable. */
export function stateWrite(state: LedgerState): Write {
  const writer = new ByteWriter(256).u8(VERSION).index(state.generation).index(state.epochs).index(state.timeMs);
  writer.index(state.logMark).index(state.accountMark).opaque(state.range.encode());
  return { kind: "meta", name: NAME, value: writer.finish() };
}

/** The state a store has; that of an empty log when it has none. @throws StationError `station/ledger-damaged` */
export async function loadState(store: Pick<Store, "meta">, hasher: TreeHasher): Promise<LedgerState> {
  const stored = await store.meta(NAME);
  if (stored === undefined) {
    return { generation: 1, epochs: 0, timeMs: 0, logMark: 0, accountMark: 0, range: new CompactRange(hasher) };
  }
  const reader = new ByteReader(stored);
  const version = reader.u8();
  const fields = {
    generation: version === 1 ? 1 : reader.index(),
    epochs: reader.index(),
    timeMs: reader.index(),
    logMark: reader.index(),
    accountMark: reader.index(),
  };
  const decoded = reader.finish(reader.opaque(MAX_RANGE_BYTES));
  const range = decoded.ok ? CompactRange.decode(decoded.value, hasher) : undefined;
  if (version > VERSION || range?.ok !== true) throw stationError("station/ledger-damaged");
  return { ...fields, range: range.value };
}

/** The time of the last epoch of a store, in ms; undefined before the first. */
export async function storedEpochTimeMs(store: Pick<Store, "meta">): Promise<number | undefined> {
  const stored = await store.meta(NAME);
  if (stored === undefined) return undefined;
  const reader = new ByteReader(stored);
  if (reader.u8() > 1) reader.index();
  reader.index();
  const timeMs = reader.index();
  return reader.failed ? undefined : timeMs;
}

/** The write that hands a generation that begins its first leaves; an empty list ends it. */
export function carriedWrite(leaves: readonly Uint8Array[]): Write {
  const writer = new ByteWriter(1024).list(leaves, (out, leaf) => out.opaque(leaf));
  return { kind: "meta", name: CARRIED_NAME, value: writer.finish() };
}

/** The first leaves of a generation that has begun and has none yet. @throws StationError `station/ledger-damaged` */
export async function loadCarried(store: Pick<Store, "meta">): Promise<readonly Uint8Array[]> {
  const stored = await store.meta(CARRIED_NAME);
  if (stored === undefined) return [];
  const reader = new ByteReader(stored);
  const decoded = reader.finish(reader.list(MAX_CARRIED, (item) => item.opaque(MAX_RANGE_BYTES)));
  if (!decoded.ok) throw stationError("station/ledger-damaged");
  return decoded.value;
}

/** The write that keeps the incidents of earlier generations, proved in them. */
export function earlierIncidentsWrite(incidents: readonly LoggedLeaf[]): Write {
  const writer = new ByteWriter(1024).list(incidents, (out, { leaf, proof }) => out.opaque(leaf).opaque(proof));
  return { kind: "meta", name: EARLIER_NAME, value: writer.finish() };
}

/** Incidents of earlier generations, oldest first. @throws StationError `station/ledger-damaged` */
export async function loadEarlierIncidents(store: Pick<Store, "meta">): Promise<readonly LoggedLeaf[]> {
  const stored = await store.meta(EARLIER_NAME);
  if (stored === undefined) return [];
  const reader = new ByteReader(stored);
  const read = (item: ByteReader): LoggedLeaf => ({ leaf: item.opaque(MAX_RANGE_BYTES), proof: item.opaque(65_536) });
  const decoded = reader.finish(reader.list(MAX_CARRIED, read));
  if (!decoded.ok) throw stationError("station/ledger-damaged");
  return decoded.value;
}
