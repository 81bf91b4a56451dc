/*
 * The store port over Maps, for tests. It keeps the port's promises (all or none, in order, reads see what has resolved)
 * and adds what a test of durability needs: `hold` keeps commits waiting as a slow disk would, `fail` makes the next
 * commits fail as a full disk would, and `writes` shows everything ever stored.
 */
import type { BlobHash, DeviceId, IdentityId, LogId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { stationError, type StationCode } from "../errors.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { bodyRuns, withoutBodies } from "../store/body-runs.ts";
import { GroupCommit } from "../store/group-commit.ts";
import type {
  Chunk,
  GoneStatus,
  Hole,
  KeyPackage,
  KeyPackageShelf,
  Leaving,
  LogRecord,
  PeerRecord,
  ReaderNeeds,
  ReaderRecord,
  Removal,
  Store,
  StoredChunk,
  StoredLog,
  Write,
} from "../store/port.ts";

interface MemoryLog {
  record: LogRecord;
  readonly chunks: Chunk[];
  readonly readKeys: Map<string, number>;
  readonly revocations: number[];
  /** in order */
  readonly holes: Hole[];
  readonly readers: Map<string, ReaderRecord>;
}

interface MemoryBlob {
  readonly bytes: Uint8Array;
  readonly lock: Uint8Array | undefined;
  readonly isSealed: boolean;
}

const EMPTY = new Uint8Array(0);

/** A store in memory; `hold`, `fail` and `writes` are for tests. */
export class MemoryStore implements Store {
  /** every change that took effect, in order */
  readonly writes: Write[] = [];
  readonly ledger: MemoryLedger = new MemoryLedger((log) => this.#logs.get(bytesKey(log))?.record.mirror !== undefined);
  readonly #meta = new Map<string, Uint8Array>();
  readonly #accounts = new Map<string, readonly Uint8Array[]>();
  readonly #packages = new Map<string, Map<number, KeyPackage>>();
  readonly #logs = new Map<string, MemoryLog>();
  readonly #blobs = new Map<string, MemoryBlob>();
  readonly #leavings = new Map<string, Leaving>();
  readonly #peers = new Map<string, PeerRecord>();
  readonly #removals = new Map<string, Removal>();
  readonly #group: GroupCommit<Write>;
  #gate: Promise<void> = Promise.resolve();
  #failure: StationCode | undefined;

  constructor() {
    this.#group = new GroupCommit(async (writes) => {
      await this.#gate;
      if (this.#failure !== undefined) throw stationError(this.#failure);
      this.#check(writes);
      for (const write of writes) this.#apply(write);
    });
  }

  /** Keeps commits waiting until the answer is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  /** Makes every commit fail with this code; `undefined` ends it. */
  fail(code: StationCode | undefined): void {
    this.#failure = code;
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.#group.commit(writes);
  }

  #check(writes: readonly Write[]): void {
    const sizes = new Map<string, number>();
    const known = new Set<string>();
    let leaves = this.ledger.size;
    for (const write of writes) {
      if (write.kind === "ledger-leaf" && write.index !== leaves++) throw stationError("station/storage-failed");
      if (write.kind === "log") known.add(bytesKey(write.record.log));
      if (write.kind === "hole") this.#checkHole(write.log, write.hole, sizes.get(bytesKey(write.log)));
      if (write.kind !== "chunk") continue;
      const key = bytesKey(write.chunk.log);
      const log = this.#logs.get(key);
      const size = sizes.get(key) ?? (log === undefined ? 0 : sizeOf(log));
      if ((log === undefined && !known.has(key)) || size !== write.chunk.first)
        throw stationError("station/storage-failed");
      sizes.set(key, size + write.chunk.entries.length);
    }
  }

  #checkHole(log: LogId, hole: Hole, staged: number | undefined): void {
    const held = this.#logs.get(bytesKey(log));
    const size = staged ?? (held === undefined ? 0 : sizeOf(held));
    const end = hole.first + hole.count;
    const isHeld = held?.holes.some((one) => one.first < end && one.first + one.count > hole.first) ?? false;
    if (hole.count < 1 || end > size || isHeld) throw stationError("station/storage-failed");
  }

  #dig(log: MemoryLog, hole: Hole): void {
    for (const [i, chunk] of log.chunks.entries()) {
      if (chunk.first >= hole.first + hole.count || chunk.first + chunk.entries.length <= hole.first) continue;
      log.chunks[i] = { ...chunk, entries: withoutBodies(chunk.first, chunk.entries, hole) };
    }
    const before = log.holes.findLastIndex((one) => one.first < hole.first);
    const last = log.holes[before];
    const joins = last !== undefined && last.first + last.count === hole.first && last.status === hole.status;
    if (joins && hole.tombstone === undefined) log.holes[before] = { ...last, count: last.count + hole.count };
    else log.holes.splice(before + 1, 0, hole);
  }

  #apply(write: Write): void {
    this.writes.push(write);
    switch (write.kind) {
      case "meta":
        this.#meta.set(write.name, write.value);
        return;
      case "account":
        this.#accounts.set(bytesKey(write.identity), write.ops);
        this.ledger.accountChanged(bytesKey(write.identity), write.ops);
        return;
      case "key-package":
        this.#shelf(write.identity, write.device).set(write.package.sequence, write.package);
        return;
      case "key-package.drop-all":
        this.#packages.delete(bytesKey(write.identity) + bytesKey(write.device));
        return;
      case "key-package.drop":
        this.#shelf(write.identity, write.device).delete(write.sequence);
        return;
      case "log": {
        const key = bytesKey(write.record.log);
        const held = this.#logs.get(key);
        if (held === undefined) {
          const empty = { chunks: [], readKeys: new Map(), revocations: [], holes: [], readers: new Map() };
          this.#logs.set(key, { record: write.record, ...empty });
        } else held.record = write.record;
        return;
      }
      case "chunk": {
        const { log, first, entries, range } = write.chunk;
        this.#need(log).chunks.push(write.chunk);
        this.ledger.arrived({ log, size: first + entries.length, range });
        return;
      }
      case "hole":
        return this.#dig(this.#need(write.log), write.hole);
      case "reader":
        this.#need(write.log).readers.set(bytesKey(write.reader.key), write.reader);
        return;
      case "removal":
        this.#removals.set(`${bytesKey(write.removal.log)} ${write.removal.index}`, write.removal);
        return;
      case "removal.done":
        this.#removals.delete(`${bytesKey(write.log)} ${write.index}`);
        return;
      case "read-key": {
        const { readKeys } = this.#need(write.log);
        readKeys.set(bytesKey(write.key), write.from);
        return;
      }
      case "revocation":
        this.#need(write.log).revocations.push(write.at);
        return;
      case "blob": {
        const held = this.#blobs.get(bytesKey(write.hash));
        if (held === undefined || held.isSealed)
          this.#blobs.set(bytesKey(write.hash), { bytes: write.bytes, lock: write.lock, isSealed: false });
        return;
      }
      case "blob.drop":
        this.#blobs.delete(bytesKey(write.hash));
        return;
      case "blob.seal": {
        const held = this.#blobs.get(bytesKey(write.hash));
        if (held !== undefined) this.#blobs.set(bytesKey(write.hash), { ...held, lock: undefined, isSealed: true });
        return;
      }
      case "reader.drop":
        this.#need(write.log).readers.delete(bytesKey(write.key));
        return;
      case "leaving": {
        const name = write.leaving.what + bytesKey(write.leaving.id);
        const dueMs = Math.max(write.leaving.dueMs, this.#leavings.get(name)?.dueMs ?? 0);
        this.#leavings.set(name, { ...write.leaving, dueMs });
        return;
      }
      case "leaving.done":
        this.#leavings.delete(write.leaving.what + bytesKey(write.leaving.id));
        return;
      case "peer":
        this.#peers.set(bytesKey(write.peer.ref.key), write.peer);
        return;
      case "ledger-leaf":
      case "ledger-tile":
      case "ledger-map":
      case "witness-head":
      case "witness-checkpoint":
        this.ledger.apply(write);
    }
  }

  #shelf(identity: IdentityId, device: DeviceId): Map<number, KeyPackage> {
    const key = bytesKey(identity) + bytesKey(device);
    const held = this.#packages.get(key);
    if (held !== undefined) return held;
    const made = new Map<number, KeyPackage>();
    this.#packages.set(key, made);
    return made;
  }

  #need(log: LogId): MemoryLog {
    const held = this.#logs.get(bytesKey(log));
    if (held === undefined) throw stationError("station/storage-failed");
    return held;
  }

  async meta(name: string): Promise<Uint8Array | undefined> {
    return this.#meta.get(name);
  }

  async account(identity: IdentityId): Promise<readonly Uint8Array[] | undefined> {
    return this.#accounts.get(bytesKey(identity));
  }

  async keyPackages(identity: IdentityId, device: DeviceId, suite: number): Promise<KeyPackageShelf> {
    const all = [...this.#shelf(identity, device).values()].sort((a, b) => a.sequence - b.sequence);
    const ofSuite = all.filter((one) => one.suite === suite);
    const fresh = ofSuite.filter((one) => !one.given);
    return {
      next: fresh[0] ?? ofSuite[0],
      count: fresh.length,
      others: all.length - ofSuite.length,
      lastSequence: all.at(-1)?.sequence ?? 0,
    };
  }

  async log(log: LogId): Promise<StoredLog | undefined> {
    const held = this.#logs.get(bytesKey(log));
    if (held === undefined) return undefined;
    const last = held.chunks.at(-1);
    return { record: held.record, size: sizeOf(held), range: last?.range ?? EMPTY, head: last?.head ?? EMPTY };
  }

  async mirrors(): Promise<readonly LogRecord[]> {
    const records = [...this.#logs.values()].map((log) => log.record);
    return records.filter((record) => record.mirror !== undefined || record.kind === "branch");
  }

  async chunks(log: LogId, from: number, maxBytes: number): Promise<readonly StoredChunk[]> {
    const out: StoredChunk[] = [];
    let sizeBytes = 0;
    for (const chunk of this.#logs.get(bytesKey(log))?.chunks ?? []) {
      for (const { first, entries } of bodyRuns(chunk.first, chunk.entries, from)) {
        sizeBytes += entries.reduce((sum, entry) => sum + entry.byteLength, 0);
        if (out.length > 0 && sizeBytes > maxBytes) return out;
        out.push({ first, entries, head: chunk.head });
      }
    }
    return out;
  }

  async logs(after: number, limit: number): Promise<{ mark: number; logs: LogId[] }> {
    const logs = [...this.#logs.values()].slice(after, after + limit).map((log) => log.record.log);
    return { mark: after + logs.length, logs };
  }

  async holes(log: LogId, after: number, limit: number): Promise<readonly Hole[]> {
    const held = this.#logs.get(bytesKey(log))?.holes ?? [];
    return held.filter((hole) => hole.first + hole.count > after).slice(0, limit);
  }

  async holeEnd(log: LogId, status: GoneStatus): Promise<number> {
    const hole = this.#logs.get(bytesKey(log))?.holes.findLast((one) => one.status === status);
    return hole === undefined ? 0 : hole.first + hole.count;
  }

  async reader(log: LogId, key: Uint8Array): Promise<ReaderRecord | undefined> {
    return this.#logs.get(bytesKey(log))?.readers.get(bytesKey(key));
  }

  async readerNeeds(log: LogId): Promise<ReaderNeeds> {
    const needs = [...(this.#logs.get(bytesKey(log))?.readers.values() ?? [])].map((one) =>
      Math.max(one.from, one.upTo),
    );
    return { count: needs.length, from: needs.length === 0 ? undefined : Math.min(...needs) };
  }

  async removals(): Promise<readonly Removal[]> {
    return [...this.#removals.values()];
  }

  async leaves(log: LogId): Promise<Uint8Array> {
    const chunks = this.#logs.get(bytesKey(log))?.chunks ?? [];
    const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.leaves.byteLength, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk.leaves, at);
      at += chunk.leaves.byteLength;
    }
    return all;
  }

  async headAt(log: LogId, size: number): Promise<Uint8Array | undefined> {
    return this.#logs.get(bytesKey(log))?.chunks.find((chunk) => chunk.first + chunk.entries.length === size)?.head;
  }

  async readKeyFrom(log: LogId, key: Uint8Array): Promise<number | undefined> {
    return this.#logs.get(bytesKey(log))?.readKeys.get(bytesKey(key));
  }

  async revocationAfter(log: LogId, index: number): Promise<number | undefined> {
    return this.#logs.get(bytesKey(log))?.revocations.find((at) => at > index);
  }

  async hasBlob(hash: BlobHash): Promise<boolean> {
    return this.#blobs.get(bytesKey(hash))?.isSealed === false;
  }

  async blob(hash: BlobHash): Promise<Uint8Array | undefined> {
    const held = this.#blobs.get(bytesKey(hash));
    return held?.isSealed === false ? held.bytes : undefined;
  }

  async blobLock(hash: BlobHash): Promise<{ readonly lock: Uint8Array; readonly sizeBytes: number } | undefined> {
    const held = this.#blobs.get(bytesKey(hash));
    return held?.lock && { lock: held.lock, sizeBytes: held.bytes.byteLength };
  }

  async sealedBlobBytes(hash: BlobHash): Promise<number | undefined> {
    const held = this.#blobs.get(bytesKey(hash));
    return held?.isSealed === true ? held.bytes.byteLength : undefined;
  }

  async leavings(dueMs: number, limit: number): Promise<readonly Leaving[]> {
    const due = [...this.#leavings.values()].filter((one) => one.dueMs <= dueMs);
    return due.toSorted((a, b) => a.dueMs - b.dueMs).slice(0, limit);
  }

  async keyPackageBytes(
    identity: IdentityId,
    device: DeviceId,
  ): Promise<{ readonly objects: number; readonly bytes: number }> {
    const all = [...this.#shelf(identity, device).values()];
    return { objects: all.length, bytes: all.reduce((sum, one) => sum + one.bytes.byteLength, 0) };
  }

  async peers(): Promise<readonly PeerRecord[]> {
    return [...this.#peers.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group.idle();
  }
}

function sizeOf(log: MemoryLog): number {
  const last = log.chunks.at(-1);
  return last === undefined ? 0 : last.first + last.entries.length;
}
