/*
 * The append pipeline. While one group commit is being written, appends collect; then all of them become the next: each
 * is checked against its log's tip, each log gets one chunk, one signature covers every receipt and head of the commit,
 * and only when the store says it is on disk does anything leave (W-33). No signature of a client is verified here:
 * capabilities were shown when the log was opened.
 */
import { BatchBuilder, type SealedBatch, type TreeHasher } from "@chapar/log";
import type { EntryHeader } from "@chapar/wire";
import { isStationError } from "../errors.ts";
import { MAX_BATCH_APPENDS } from "../limits.ts";
import type { StationPorts } from "../ports.ts";
import type { Chunk, Write } from "../store/port.ts";
import { refusal, tipRefusal, type Refusal, type Writer } from "./append-rules.ts";
import { ChunkBuilder } from "./chunk-builder.ts";
import type { HotLog } from "./hot-log.ts";
import type { StationTime } from "./station-time.ts";

/** What became of an append; the receipt is to be sent or copied in the turn that gives it, and not kept. */
export type Appended = { readonly ok: true; readonly index: number; readonly receipt: Uint8Array } | Refusal;

/** One append that waits for its turn. Its log is pinned and has its leaves loaded. */
export interface Appending {
  readonly log: HotLog;
  readonly entry: Uint8Array;
  readonly header: EntryHeader;
  readonly leafHash: Uint8Array;
  readonly writer: Writer;
  /** Called once, after the commit is on disk or the append was refused. */
  readonly settle: (outcome: Appended) => void;
}

/** A log's chunk once it is on disk. */
export interface Published {
  readonly log: HotLog;
  readonly chunk: Chunk;
  readonly revocation: number | undefined;
}

interface Written {
  readonly batch: SealedBatch;
  readonly published: readonly Published[];
}

interface Accepted {
  readonly appending: Appending;
  readonly index: number;
  leaf: number;
}

/** Turns collected appends into group commits, one after the other. */
export class Appender {
  readonly #ports: StationPorts;
  readonly #hasher: TreeHasher;
  readonly #time: StationTime;
  readonly #publish: (published: Published) => void;
  #queue: Appending[] = [];
  readonly #between: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  /** @param publish  called for each chunk when it is on disk, before its receipts are given */
  constructor(ports: StationPorts, hasher: TreeHasher, time: StationTime, publish: (published: Published) => void) {
    this.#ports = ports;
    this.#hasher = hasher;
    this.#time = time;
    this.#publish = publish;
    time.useAppender((work) => this.#runBetween(work));
  }

  /** Queues an append; `settle` is called later, never during this call. */
  push(appending: Appending): void {
    this.#queue.push(appending);
    this.#running ??= this.#run();
  }

  /** Runs work when no group commit is in flight: at once, or after the one that is; the next waits for it. */
  #runBetween<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#between.push(() => work().then(resolve, reject));
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits or is being written. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0 || this.#between.length > 0) {
      for (const work of this.#between.splice(0)) await work();
      if (this.#queue.length === 0) continue;
      const group = this.#queue.slice(0, MAX_BATCH_APPENDS);
      this.#queue = this.#queue.slice(MAX_BATCH_APPENDS);
      const later = await this.#commit(group);
      if (later.length > 0) this.#queue = [...later, ...this.#queue];
    }
    this.#running = undefined;
  }

  /** Makes one group commit; answers the appends that must wait for the next. */
  async #commit(group: readonly Appending[]): Promise<Appending[]> {
    const chunks = new Map<HotLog, ChunkBuilder>();
    const accepted: Accepted[] = [];
    const later: Appending[] = [];
    const isDelayed = new Set<HotLog>();
    for (const appending of group) {
      const { log } = appending;
      // Appends of one log keep their order: behind one that waits, all wait.
      const outcome = isDelayed.has(log) ? "later" : place(appending, chunks);
      if (outcome === "later") {
        isDelayed.add(log);
        later.push(appending);
      } else if (typeof outcome === "number") accepted.push({ appending, index: outcome, leaf: 0 });
      else this.#guard(() => appending.settle(outcome));
    }
    if (accepted.length === 0) return later;
    let written: Written;
    try {
      written = await this.#write(chunks, accepted);
    } catch (error) {
      this.#fail(error, chunks, accepted);
      return later;
    }
    this.#deliver(written, accepted);
    return later;
  }

  async #write(chunks: ReadonlyMap<HotLog, ChunkBuilder>, accepted: readonly Accepted[]): Promise<Written> {
    const builder = new BatchBuilder(this.#hasher);
    const heads = new Map<HotLog, number>();
    for (const log of chunks.keys()) {
      heads.set(log, builder.head({ logId: log.id, size: log.tip.range.size, root: log.tip.range.root() }));
    }
    for (const one of accepted) {
      const { log, leafHash } = one.appending;
      const { range } = log.tip;
      one.leaf = builder.accept({ logId: log.id, index: one.index, leafHash, size: range.size, root: range.root() });
    }
    const timeMs = this.#time.signing.next();
    const batch = await builder.seal(this.#ports.signer, timeMs);
    const writes: Write[] = [];
    const published: Published[] = [];
    for (const [log, chunk] of chunks) {
      const finished = chunk.finish(batch.encode(heads.get(log) ?? 0));
      writes.push(...chunk.writes(finished));
      published.push({ log, chunk: finished, revocation: chunk.revocation });
    }
    const mark = this.#time.signing.mark(timeMs);
    writes.push(...mark.writes);
    if (writes.length > 0) await this.#ports.store.commit(writes);
    mark.reached();
    this.#ports.observer.count("group_commits", 1);
    return { batch, published };
  }

  /** It is on disk: say so. One follower or writer that cannot be told must not keep it from the others. */
  #deliver({ batch, published }: Written, accepted: readonly Accepted[]): void {
    for (const { log, chunk } of published) {
      log.advance(chunk.head, chunk.range);
      this.#count(chunk);
    }
    for (const one of published) this.#guard(() => this.#publish(one));
    for (const { appending, index, leaf } of accepted) {
      this.#guard(() => appending.settle({ ok: true, index, receipt: batch.encodeShared(leaf) }));
    }
  }

  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#ports.observer.note("unforeseen failure", { code: error instanceof Error ? error.name : "unknown" });
    }
  }

  #count(chunk: Chunk): void {
    this.#ports.observer.count("entries_appended", chunk.entries.length);
    this.#ports.observer.count(
      "entry_bytes_appended",
      chunk.entries.reduce((sum, entry) => sum + entry.byteLength, 0),
    );
  }

  /** Nothing is on disk: every log goes back to what is, every append is told. */
  #fail(error: unknown, chunks: ReadonlyMap<HotLog, ChunkBuilder>, accepted: readonly Accepted[]): void {
    const isFull = isStationError(error, "station/storage-full");
    const code = isFull ? "station/storage-full" : "station/storage-failed";
    this.#ports.observer.note("storage failed", { code });
    for (const log of chunks.keys()) log.rewind();
    for (const { appending } of accepted) this.#guard(() => appending.settle(refusal(code)));
  }
}

/** Puts an append onto its log's tip: its index, a refusal, or `later` when the chunk is full. */
function place(appending: Appending, chunks: Map<HotLog, ChunkBuilder>): number | Refusal | "later" {
  const { log, entry, header, leafHash } = appending;
  const known = log.leaves?.find(leafHash) ?? -1;
  if (known >= 0) return known;
  const refused = tipRefusal(log.tip.record, log.tip.range.size, header, appending.writer);
  const chunk = chunks.get(log) ?? new ChunkBuilder(log);
  // A full chunk says nothing of the entry: its turn comes after the chunk's last entry, perhaps in another epoch.
  if (chunk.isFull(entry.byteLength)) return "later";
  if (refused !== undefined) return refused;
  chunks.set(log, chunk);
  return chunk.add(entry, header, leafHash);
}
