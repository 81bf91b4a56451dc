/*
 * The part of the store port that the station log and the witness use (protocol/7-station-log.md). What changed in logs and
 * accounts is not noted anywhere a second time: every chunk and every account has a place in the order of arrival, and the
 * ledger remembers how far it has taken them. So nothing is added to the path of a message, and nothing is forgotten in a crash.
 */
import type { LogId } from "@chapar/wire";

/** The maps whose roots an epoch commits to; and, numbered from 1, those that the witness folds of others' logs (S-16). */
export type LedgerMapName = "heads" | "identities" | "egress" | `audit ${number}`;

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

/** Places in the orders of arrival: of chunks, and of changes to accounts. */
export interface ArrivalMarks {
  readonly logs: number;
  readonly accounts: number;
}

/** Logs of this station that have grown, and how far the order of arrival was read. */
export interface GrownLogs {
  /** where to go on; the bound that was asked for when there is no more below it */
  readonly mark: number;
  /** each log once, as it stands after what was read; compact range encoded */
  readonly logs: readonly { readonly log: LogId; readonly size: number; readonly range: Uint8Array }[];
}

/** Accounts that were made or extended, and how far the order of arrival was read. */
export interface ChangedAccounts {
  /** as in GrownLogs */
  readonly mark: number;
  /** each account once, with the ops that it had after what was read, whatever came since */
  readonly chains: readonly (readonly Uint8Array[])[];
}

/** A leaf of another kind than identity op and epoch. */
export interface NotableLeaf {
  readonly index: number;
  readonly leaf: Uint8Array;
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
  /** how far both orders of arrival have come: everything durable now lies at or below */
  marks(): Promise<ArrivalMarks>;
  /** what came after a mark and up to another, of logs that are no mirrors; at most `limit` chunks are looked at. The first is 0 */
  grownLogs(after: number, upTo: number, limit: number): Promise<GrownLogs>;
  /** as `grownLogs`; at most `limit` changes are looked at */
  changedAccounts(after: number, upTo: number, limit: number): Promise<ChangedAccounts>;
  /** leaves of another kind than identity op and epoch, from an index on, at most `limit` */
  notable(from: number, limit: number): Promise<readonly NotableLeaf[]>;
  /** the op chain of an identity by its key in the map (S-3) */
  chain(identity: Uint8Array): Promise<readonly Uint8Array[] | undefined>;
  witnessHeads(): Promise<readonly { readonly origin: string; readonly size: number; readonly root: Uint8Array }[]>;
  witnessCheckpoint(origin: string): Promise<Uint8Array | undefined>;
}
