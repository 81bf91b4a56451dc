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
import type { ChangedAccounts, GrownLogs, LedgerReads } from "../store/ledger-port.ts";
import type { Pause } from "./stored-map.ts";

/** Chunks looked at for one epoch; the next follows at once when there are more. */
export const MAX_EPOCH_CHUNKS = 16_384;
const PAGE_CHUNKS = 1024;
/** Accounts taken for one epoch. */
export const MAX_EPOCH_ACCOUNTS = 2048;

/** What came after two marks. */
export interface Changes {
  readonly logs: GrownLogs;
  readonly accounts: ChangedAccounts;
  /** there is more after the new marks */
  readonly isCut: boolean;
}

/** Reads what came after two marks, bounded, and lets others go first between pages. */
export async function readChanges(
  reads: LedgerReads,
  logMark: number,
  accountMark: number,
  pause: Pause,
): Promise<Changes> {
  const latest = new Map<string, GrownLogs["logs"][number]>();
  let mark = logMark;
  for (let looked = 0; looked < MAX_EPOCH_CHUNKS; looked += PAGE_CHUNKS) {
    const page = await reads.grownLogs(mark, PAGE_CHUNKS);
    for (const one of page.logs) latest.set(bytesKey(one.log), one);
    const isLast = page.mark - mark < PAGE_CHUNKS;
    mark = page.mark;
    if (isLast) break;
    await pause();
  }
  const logs = { mark, logs: [...latest.values()] };
  const accounts = await reads.changedAccounts(accountMark, MAX_EPOCH_ACCOUNTS);
  // A full page of chunks moves the mark by at least so much; gaps only make this look once more.
  const isCut = accounts.chains.length === MAX_EPOCH_ACCOUNTS || logs.mark - logMark >= MAX_EPOCH_CHUNKS;
  return { logs, accounts, isCut };
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
