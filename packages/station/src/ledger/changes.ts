/*
 * What an epoch is made of: logs that have grown and op chains that have changed since the last one, as leaves and map
 * entries. A pure function of what the store has after two marks.
 */
import { CompactRange, type MapEntry, type TreeHasher } from "@chapar/log";
import {
  decodeLedgerIdentity,
  encodeLedgerHead,
  encodeLedgerIdentity,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerSalt,
  opCommitment,
  type LedgerLeaf,
} from "@chapar/wire";
import type { Sha256 } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { Bug } from "../errors.ts";
import type { ArrivalMarks, ChangedAccounts, GrownLogs, LedgerReads } from "../store/ledger-port.ts";
import type { Pause } from "./stored-map.ts";

/** How much one epoch takes at most; the next follows at once when there is more. */
export interface EpochLimits {
  /** chunks looked at */
  readonly chunks: number;
  /** changes of accounts looked at */
  readonly accounts: number;
}

/** What a station has. */
export const EPOCH_LIMITS: EpochLimits = { chunks: 16_384, accounts: 2048 };
const PAGE_CHUNKS = 1024;

/** What came after two marks. */
export interface Changes {
  readonly logs: GrownLogs;
  readonly accounts: ChangedAccounts;
  /** there is more, below the marks that were asked for */
  readonly isCut: boolean;
}

/** Reads what came between two pairs of marks, bounded, and lets others go first between pages. */
export async function readChanges(
  reads: LedgerReads,
  after: ArrivalMarks,
  upTo: ArrivalMarks,
  { limits, pause }: { readonly limits: EpochLimits; readonly pause: Pause },
): Promise<Changes> {
  const latest = new Map<string, GrownLogs["logs"][number]>();
  let mark = after.logs;
  let left = limits.chunks;
  do {
    if (left < limits.chunks) await pause();
    const page = await reads.grownLogs(mark, upTo.logs, Math.min(left, PAGE_CHUNKS));
    for (const one of page.logs) latest.set(bytesKey(one.log), one);
    mark = page.mark;
    left -= PAGE_CHUNKS;
  } while (left > 0 && mark < upTo.logs);
  const logs = { mark, logs: [...latest.values()] };
  const accounts = await reads.changedAccounts(after.accounts, upTo.accounts, limits.accounts);
  return { logs, accounts, isCut: mark < upTo.logs || accounts.mark < upTo.accounts };
}

/** Entries of the map of heads for logs that have grown. */
export function headEntries(grown: GrownLogs, hasher: TreeHasher, sha256: Sha256): MapEntry[] {
  return grown.logs.map(({ log, size, range: encoded }) => {
    const range = CompactRange.decode(encoded, hasher);
    if (!range.ok || range.value.size !== size) throw new Bug("a stored compact range does not fit its log");
    return { key: ledgerLogKey(log, sha256), value: encodeLedgerHead({ size, root: range.value.root() }) };
  });
}

/** Leaves and map entries for chains that have changed; `held` answers what the map has for a key. */
export async function identityChanges(
  changed: ChangedAccounts,
  held: (key: Uint8Array) => Promise<Uint8Array | undefined>,
  sha256: Sha256,
): Promise<{ readonly leaves: LedgerLeaf[]; readonly entries: MapEntry[] }> {
  const leaves: LedgerLeaf[] = [];
  const entries: MapEntry[] = [];
  for (const ops of changed.chains) {
    const [genesis] = ops;
    if (genesis === undefined) throw new Bug("an account without ops");
    const salt = ledgerSalt(genesis, sha256);
    const identity = ledgerIdentityKey(salt, sha256);
    const value = await held(identity);
    const known = value === undefined ? 0 : opCountOf(value);
    if (ops.length <= known) continue;
    for (const [seq, op] of ops.entries()) {
      if (seq < known) continue;
      leaves.push({ kind: "identity-op", identity, seq, commitment: opCommitment(salt, seq, op, sha256) });
    }
    entries.push({ key: identity, value: encodeLedgerIdentity(ledgerIdentityOf(ops, sha256)) });
  }
  return { leaves, entries };
}

function opCountOf(value: Uint8Array): number {
  const decoded = decodeLedgerIdentity(value);
  if (!decoded.ok) throw new Bug("a stored map value does not decode");
  return decoded.value.opCount;
}
