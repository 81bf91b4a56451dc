/*
 * Where the ledger stands, as one row beside its tables: written in the same transaction as the leaves it speaks of, so a
 * killed station finds either all of an epoch or none of it.
 *
 *   u8 1 ‖ number of epochs u64 ‖ time of the last ms u64 ‖ mark of logs u64 ‖ mark of accounts u64 ‖ opaque<4096> compact range
 */
import { CompactRange, type TreeHasher } from "@chapar/log";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { Store, Write } from "../store/port.ts";

const NAME = "ledger";
const VERSION = 1;
const MAX_RANGE_BYTES = 4096;

/** What is durable of a ledger, but for its tables. */
export interface LedgerState {
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
  const writer = new ByteWriter(256).u8(VERSION).index(state.epochs).index(state.timeMs);
  writer.index(state.logMark).index(state.accountMark).opaque(state.range.encode());
  return { kind: "meta", name: NAME, value: writer.finish() };
}

/** The state a store has; that of an empty log when it has none. @throws StationError `station/ledger-damaged` */
export async function loadState(store: Store, hasher: TreeHasher): Promise<LedgerState> {
  const stored = await store.meta(NAME);
  if (stored === undefined) {
    return { epochs: 0, timeMs: 0, logMark: 0, accountMark: 0, range: new CompactRange(hasher) };
  }
  const reader = new ByteReader(stored);
  const version = reader.u8();
  const fields = {
    epochs: reader.index(),
    timeMs: reader.index(),
    logMark: reader.index(),
    accountMark: reader.index(),
  };
  const decoded = reader.finish(reader.opaque(MAX_RANGE_BYTES));
  const range = decoded.ok ? CompactRange.decode(decoded.value, hasher) : undefined;
  if (version !== VERSION || range?.ok !== true) throw stationError("station/ledger-damaged");
  return { ...fields, range: range.value };
}
