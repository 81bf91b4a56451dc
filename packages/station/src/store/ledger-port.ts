/*
 * The part of the store port that the station log and the witness use (protocol/7-station-log.md). What changed in logs and
 * accounts is not noted anywhere a second time: every chunk and every account has a place in the order of arrival, and the
 * ledger remembers how far it has taken them. So nothing is added to the path of a message, and nothing is forgotten in a crash.
 */
import type { LogId } from "@chapar/wire";

/** The maps whose roots an epoch commits to. */
export type LedgerMapName = "heads" | "identities";

/** One durable change of the station log or the witness. */
export type LedgerWrite =
  /** appends; `index` must be the number of leaves so far */
  | { readonly kind: "ledger-leaf"; readonly index: number; readonly leaf: Uint8Array }
  /** adds a hash tile, or replaces it by a wider one */
  | { readonly kind: "ledger-tile"; readonly level: number; readonly index: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "ledger-map";
      readonly map: LedgerMapName;
      readonly key: Uint8Array;
      readonly value: Uint8Array;
    }
  /** what this station's witness cosigned last of a log */
  | { readonly kind: "witness-head"; readonly origin: string; readonly size: number; readonly root: Uint8Array }
  /** the checkpoint with the cosignature, for the monitoring path; its head was stored before */
  | { readonly kind: "witness-checkpoint"; readonly origin: string; readonly checkpoint: Uint8Array };

/** One row of a map. */
export interface LedgerRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Logs of this station that have grown, and how far the order of arrival was read. */
export interface GrownLogs {
  readonly mark: number;
  /** each log once, as it stands after what was read; compact range encoded */
  readonly logs: readonly { readonly log: LogId; readonly size: number; readonly range: Uint8Array }[];
}

/** Accounts that were made or extended, and how far the order of arrival was read. */
export interface ChangedAccounts {
  readonly mark: number;
  readonly chains: readonly (readonly Uint8Array[])[];
}

/** Reads for the station log and the witness. */
export interface LedgerReads {
  /** leaves from an index on, at most `count` */
  leaves(first: number, count: number): Promise<readonly Uint8Array[]>;
  tile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** rows with `from` <= key < `below` (all after `from` without it), by key, at most `limit` */
  rows(
    map: LedgerMapName,
    from: Uint8Array,
    below: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly LedgerRow[]>;
  rowCount(map: LedgerMapName): Promise<number>;
  /** what came after a mark, of logs that are no mirrors; at most `limit` chunks are looked at. The first mark is 0 */
  grownLogs(after: number, limit: number): Promise<GrownLogs>;
  /** what came after a mark, at most `limit` accounts. The first mark is 0 */
  changedAccounts(after: number, limit: number): Promise<ChangedAccounts>;
  witnessHeads(): Promise<readonly { readonly origin: string; readonly size: number; readonly root: Uint8Array }[]>;
  witnessCheckpoint(origin: string): Promise<Uint8Array | undefined>;
}
