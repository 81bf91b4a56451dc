/*
 * A log as a station would rather have it: the entries changed, the tree built anew, the heads signed again. The station has
 * every key that this takes. Nothing here decides what is changed; that is the mode's.
 */
import { BatchBuilder, CompactRange, createTreeHasher, decodeSignedHead, type TreeHasher } from "@chapar/log";
import { decodeEntry, type LogId, type StationKey } from "@chapar/wire";
import { concatBytes, type Sha256, type Signer } from "@chapar/wire/bytes";
import type { Chunk, LogRecord, Store } from "@chapar/station";

const ALL_BYTES = 2 ** 40;

/** What a liar has: the key, and the hash. */
export interface Forge {
  readonly signer: Signer;
  readonly hasher: TreeHasher;
}

/** The tools of a station that signs anew. */
export function forge(signer: Signer, sha256: Sha256): Forge {
  return { signer, hasher: createTreeHasher(sha256) };
}

/** A log with its entries, as it stands on disk. */
export interface TrueLog {
  readonly log: LogId;
  readonly station: StationKey;
  readonly record: LogRecord;
  readonly chunks: readonly {
    readonly first: number;
    readonly entries: readonly Uint8Array[];
    readonly head: Uint8Array;
  }[];
  readonly entries: readonly Uint8Array[];
}

/** A log as it is shown. */
export interface FalseLog {
  record: LogRecord;
  readonly chunks: Chunk[];
}

/** Reads a whole log. */
export async function readTrueLog(store: Store, log: LogId, station: StationKey): Promise<TrueLog | undefined> {
  const stored = await store.log(log);
  if (stored === undefined) return undefined;
  const chunks = await store.chunks(log, 0, ALL_BYTES);
  return { log, station, record: stored.record, chunks, entries: chunks.flatMap((chunk) => chunk.entries) };
}

/** The signed time of a head; undefined when it is none of this log. */
export function timeOf({ log, station }: TrueLog, head: Uint8Array): number | undefined {
  const decoded = decodeSignedHead(head, { stationKey: station, logId: log });
  return decoded.ok ? decoded.value.batch.timeMs : undefined;
}

/** Indexes of the messages of a log from one index on; commits carry the group and are left alone. */
export function messagesFrom({ entries }: TrueLog, from: number): number[] {
  return entries.flatMap((entry, index) => {
    const decoded = decodeEntry(entry);
    return index >= from && decoded.ok && decoded.value.kind === "message" ? [index] : [];
  });
}

/** Signs a head anew. */
export async function signHead(
  { signer, hasher }: Forge,
  log: LogId,
  range: CompactRange,
  timeMs: number,
): Promise<Uint8Array> {
  const builder = new BatchBuilder(hasher);
  const at = builder.head({ logId: log, size: range.size, root: range.root() });
  return (await builder.seal(signer, timeMs)).encode(at);
}

/** The same log over other entries, each chunk under a head signed anew at the time that `timeMs` gives for its size. */
export async function rebuild(
  tools: Forge,
  of: TrueLog,
  chunks: readonly (readonly Uint8Array[])[],
  timeMs: (size: number) => number,
): Promise<FalseLog> {
  const range = new CompactRange(tools.hasher);
  const made: Chunk[] = [];
  for (const entries of chunks) {
    if (entries.length === 0) continue;
    const first = range.size;
    const leaves = entries.map((entry) => tools.hasher.leaf(entry));
    for (const leaf of leaves) range.append(leaf);
    const head = await signHead(tools, of.log, range, timeMs(range.size));
    made.push({ log: of.log, first, entries, leaves: concatBytes(...leaves), range: range.encode(), head });
  }
  return { record: of.record, chunks: made };
}

/** The same log with other entries under the heads that were signed for the true ones: sizes and roots stay. */
export function underTrueHeads(
  tools: Forge,
  of: TrueLog,
  change: (entries: readonly Uint8Array[], first: number) => readonly Uint8Array[],
): FalseLog {
  const range = new CompactRange(tools.hasher);
  const chunks = of.chunks.map(({ first, entries, head }): Chunk => {
    const leaves = entries.map((entry) => tools.hasher.leaf(entry));
    for (const leaf of leaves) range.append(leaf);
    const shown = change(entries, first);
    return { log: of.log, first, entries: shown, leaves: concatBytes(...leaves), range: range.encode(), head };
  });
  return { record: of.record, chunks };
}
