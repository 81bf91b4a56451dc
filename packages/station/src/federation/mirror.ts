/*
 * One mirror: this station's own copy of a room whose hub is elsewhere (protocol/6-flows.md §5). Entries come with the
 * hub's signed heads and are checked as a client would check them (every leaf hashed, the root compared with what the
 * hub signed, the signature verified) before they are stored; only then are they served, under the hub's head (F-8).
 * What does not verify is never stored, and whoever sent it is cut off.
 */
import { decodeSignedHead, verifySignedHead, type TreeHasher } from "@chapar/log";
import { logIdOf, type LogId, type ReadProof, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { MAX_CHUNK_BYTES, MAX_CHUNK_ENTRIES, MAX_OPEN_REQUEST_BYTES } from "../limits.ts";
import { readHeader, tipRefusal } from "../hub/append-rules.ts";
import { ChunkBuilder } from "../hub/chunk-builder.ts";
import type { HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import type { StationPorts } from "../ports.ts";
import type { MirrorRecord } from "../store/port.ts";

/** A piece of the room as the hub sent it. */
export interface Push {
  readonly first: number;
  readonly entries: readonly Uint8Array[];
  readonly head: Uint8Array;
}

/** What came of storing pushes: `lied` when they do not verify; `behind` when some were let go and must be asked for again. */
export type Ingested = "stored" | "lied" | "behind" | "storage-failed";

/** The copy of one room. */
export class Mirror {
  readonly id: LogId;
  readonly #ports: StationPorts;
  readonly #hub: Hub;
  readonly #hasher: TreeHasher;
  /** undefined until the genesis entry is stored */
  log: HotLog | undefined;
  record: MirrorRecord;
  #queue: Push[] = [];
  #queuedBytes = 0;
  #ingesting: Promise<Ingested> | undefined;
  #sizeWaiters: { readonly size: number; readonly resolve: () => void }[] = [];

  constructor(parts: { ports: StationPorts; hub: Hub; id: LogId; record: MirrorRecord; log: HotLog | undefined }) {
    this.id = parts.id;
    this.#ports = parts.ports;
    this.#hub = parts.hub;
    this.#hasher = parts.hub.hasher;
    this.record = parts.record;
    this.log = parts.log;
    if (this.log !== undefined) this.log.pins++;
  }

  /** Where the room's hub is. */
  get hub(): StationRef {
    return this.record.hub;
  }

  /** Entries on disk. */
  get size(): number {
    return this.log?.size ?? 0;
  }

  /** Changes what is kept beside the entries: a newer read proof, a grant. */
  async keep(changes: { readonly read?: ReadProof; readonly grant?: MirrorRecord["grant"] }): Promise<void> {
    this.record = { ...this.record, ...changes };
    if (this.log === undefined) return;
    const record = { ...this.log.tip.record, mirror: this.record };
    this.log.tip.record = record;
    await this.#ports.store.commit([{ kind: "log", record }]);
    this.log.record = { ...this.log.record, mirror: this.record };
  }

  /** Resolves when the copy has at least this many entries, or the signal is aborted. */
  async reaches(size: number, signal: AbortSignal): Promise<void> {
    if (this.size >= size || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#sizeWaiters.push({ size, resolve });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /**
   * Takes a push; resolves when it and all before it are on disk, or could not be. Pushes that arrive faster than the disk
   * takes them are let go beyond a bound (`behind`): the hub has them.
   */
  ingest(push: Push): Promise<Ingested> {
    const sizeBytes = push.entries.reduce((sum, entry) => sum + entry.byteLength, 0);
    if (this.#queuedBytes + sizeBytes > MAX_OPEN_REQUEST_BYTES) return Promise.resolve("behind");
    this.#queue.push(push);
    this.#queuedBytes += sizeBytes;
    return (this.#ingesting ??= this.#run().finally(() => (this.#ingesting = undefined)));
  }

  /** Forgets pushes of a link that has ended. */
  reset(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  async #run(): Promise<Ingested> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const push = this.#takeContiguous();
      // What is here already comes again after a reconnect.
      const skip = this.size - push.first;
      if (skip >= push.entries.length) continue;
      if (skip < 0) return this.#drop("behind");
      const outcome = await this.#store({ ...push, first: this.size, entries: push.entries.slice(skip) });
      if (outcome !== "stored") return this.#drop(outcome);
    }
    return "stored";
  }

  #drop(outcome: Ingested): Ingested {
    this.reset();
    return outcome;
  }

  /** Joins queued pushes that follow each other into one of a chunk's size: the last head covers all of them. */
  #takeContiguous(): Push {
    const entries: Uint8Array[] = [];
    let first: number | undefined;
    let head: Uint8Array = new Uint8Array(0);
    let sizeBytes = 0;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) break;
      first ??= next.first;
      const nextBytes = next.entries.reduce((sum, entry) => sum + entry.byteLength, 0);
      const isApart = next.first !== first + entries.length || sizeBytes + nextBytes > MAX_CHUNK_BYTES;
      const isMany = entries.length + next.entries.length > MAX_CHUNK_ENTRIES;
      if (entries.length > 0 && (isApart || isMany || endsEpochOfReaders(entries))) break;
      this.#queue.shift();
      this.#queuedBytes -= nextBytes;
      entries.push(...next.entries);
      head = next.head;
      sizeBytes += nextBytes;
    }
    return { first: first ?? 0, entries, head };
  }

  async #store(push: Push): Promise<Ingested> {
    const log = this.log ?? (await this.#begin(push));
    if (log === undefined) return "lied";
    const chunk = new ChunkBuilder(log);
    const isSound = this.#build(log, chunk, push) && (await this.#headFits(log, push.head));
    if (!isSound) {
      log.rewind();
      return "lied";
    }
    const finished = chunk.finish(push.head);
    try {
      await this.#ports.store.commit(chunk.writes(finished));
    } catch {
      log.rewind();
      return "storage-failed";
    }
    log.advance(finished.head, finished.range);
    if (this.log === undefined) {
      log.pins++;
      this.log = log;
    }
    this.#hub.publish({ log, chunk: finished, revocation: chunk.revocation });
    this.#wake();
    return "stored";
  }

  /** The log of a first push: its genesis must hash to the id that the resident named (W-30). */
  async #begin(push: Push): Promise<HotLog | undefined> {
    const [genesis] = push.entries;
    const read = genesis === undefined ? undefined : readHeader(genesis);
    if (genesis === undefined || read?.ok !== true || read.header.kind !== "genesis") return undefined;
    if (push.first !== 0 || read.header.log !== "room") return undefined;
    if (!equalBytes(logIdOf(this.#ports.sha256, this.hub.key, genesis), this.id)) return undefined;
    return await this.#hub.cache.getOrMake({
      log: this.id,
      kind: "room",
      genesis: genesis.slice(),
      epoch: 0,
      writeKey: read.header.writeKey.slice(),
      mirror: this.record,
    });
  }

  /** Puts the entries onto the tip; false when they are not what a hub would have taken. */
  #build(log: HotLog, chunk: ChunkBuilder, push: Push): boolean {
    for (const entry of push.entries) {
      const read = readHeader(entry);
      // Nothing may follow a commit that revokes readers in one piece: there would be no head at it (W-13).
      if (!read.ok || chunk.revocation !== undefined) return false;
      const { record, range } = log.tip;
      if (tipRefusal(record, range.size, read.header, record.epoch) !== undefined) return false;
      chunk.add(entry, read.header, this.#hasher.leaf(entry));
    }
    return true;
  }

  /** Whether the hub signed exactly what the tip has become. */
  async #headFits(log: HotLog, bytes: Uint8Array): Promise<boolean> {
    const decoded = decodeSignedHead(bytes, { stationKey: this.hub.key, logId: this.id });
    if (!decoded.ok) return false;
    const { range } = log.tip;
    if (decoded.value.size !== range.size || !equalBytes(decoded.value.root, range.root())) return false;
    const ports = { hasher: this.#hasher, verify: this.#ports.verify };
    return (await verifySignedHead(decoded.value, this.hub.key, ports)).ok;
  }

  #wake(): void {
    const { size } = this;
    const ready = this.#sizeWaiters.filter((waiter) => waiter.size <= size);
    if (ready.length === 0) return;
    this.#sizeWaiters = this.#sizeWaiters.filter((waiter) => waiter.size > size);
    for (const waiter of ready) waiter.resolve();
  }

  /** The log. @throws StationError `station/unknown-log` before the first entry is stored */
  needLog(): HotLog {
    if (this.log === undefined) throw stationError("station/unknown-log");
    return this.log;
  }
}

/** Whether a piece ends with a commit that revokes readers. */
function endsEpochOfReaders(entries: readonly Uint8Array[]): boolean {
  const last = entries.at(-1);
  const read = last === undefined ? undefined : readHeader(last);
  return read?.ok === true && read.header.kind === "commit" && read.header.revokesReaders;
}
