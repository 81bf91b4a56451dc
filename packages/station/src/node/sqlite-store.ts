/*
 * The store port on one SQLite file: the embedded default. Writing happens on a thread of its own (sqlite-writer.ts),
 * reading on this one: with WAL the two do not wait for each other. Reads are short and come from the page cache; they
 * are asynchronous only because the port is.
 */
import { once } from "node:events";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { logId, type BlobHash, type DeviceId, type IdentityId, type LogId } from "@chapar/wire";
import { concatBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { GroupCommit } from "../store/group-commit.ts";
import { bodyRuns } from "../store/body-runs.ts";
import type {
  GoneStatus,
  Hole,
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
import { holeOf, readerOf, removalOf, STATUS_NUMBER, type HoleRow } from "./sqlite-hole-schema.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";
import { RowMemory, type CrossingRow } from "./row-memory.ts";
import { lockFolder, openReader, prepareDatabase, storageError, type OpenOptions } from "./sqlite-open.ts";
import { type LeavingRow, leavingOf } from "./sqlite-leaving-schema.ts";
import { logRecordOf, rowOf, stationRefOf, unpackList, type LogRow } from "./sqlite-rows.ts";
import { QUERIES } from "./sqlite-schema.ts";
import type { ThreadData, WriterReply, WriterRequest } from "./sqlite-writer.ts";

const EMPTY = new Uint8Array(0);
/** Bytes written after which the WAL is moved into the database. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;
const THREADS = new URL("./sqlite-writer.ts", import.meta.url);
/** Log numbers kept at hand; each saves one index look-up. */
const MAX_NUMBERS = 65_536;

interface ChunkRow {
  readonly first: number;
  readonly size: number;
  readonly head: Uint8Array;
  readonly entries: Uint8Array;
}

/**
 * Everything durable of a station in one folder: `station.sqlite` and its WAL, and `station.lock`.
 *
 * One process at a time; the lock ends with the process. @throws from `open`: StationError `station/folder-in-use` ·
 * `station/folder-newer` · `station/storage-full` · `station/storage-failed`
 */
export class SqliteStore implements Store {
  readonly ledger: SqliteLedger;
  readonly #db: DatabaseSync;
  readonly #queries: Record<keyof typeof QUERIES, StatementSync>;
  readonly #worker: Worker;
  readonly #group: GroupCommit<Write>;
  readonly #unlock: () => void;
  readonly #rows = new RowMemory();
  readonly #numbers = new Map<string, number>();
  #reply: ((reply: WriterReply) => void) | undefined;
  #closed = false;
  #dead = false;
  readonly #checkpointer: Worker;
  #walBytes = 0;
  #checkpoint: "none" | "running" | "done" = "none";

  private constructor(options: OpenOptions, worker: Worker, checkpointer: Worker, unlock: () => void) {
    this.#db = openReader(options);
    this.ledger = new SqliteLedger(this.#db);
    this.#queries = Object.fromEntries(
      Object.entries(QUERIES).map(([name, sql]) => [name, this.#db.prepare(sql)]),
    ) as Record<keyof typeof QUERIES, StatementSync>;
    this.#unlock = unlock;
    this.#worker = worker;
    worker.on("message", (reply: WriterReply) => this.#take(reply));
    // A writer that died takes no more: every later commit fails, nothing is acknowledged.
    worker.on("error", () => this.#writerGone());
    worker.on("exit", () => this.#writerGone());
    this.#checkpointer = checkpointer;
    checkpointer.on("message", () => (this.#checkpoint = "done"));
    // Without this thread the writer moves the WAL itself, later and all at once.
    checkpointer.on("error", () => undefined);
    this.#group = new GroupCommit((writes) => this.#write(writes.map(rowOf)));
  }

  /** Opens the folder, making it when it is not there. */
  static async open(options: OpenOptions): Promise<SqliteStore> {
    const unlock = lockFolder(options.dataDir);
    try {
      prepareDatabase(options.dataDir);
      const [writer, checkpointer] = (["writer", "checkpointer"] as const).map(
        (role) => new Worker(THREADS, { workerData: { role, options } satisfies ThreadData }),
      ) as [Worker, Worker];
      await Promise.all([once(writer, "online"), once(checkpointer, "online")]);
      return new SqliteStore(options, writer, checkpointer, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  #take(reply: WriterReply): void {
    const waiting = this.#reply;
    this.#reply = undefined;
    waiting?.(reply);
  }

  #writerGone(): void {
    this.#dead = true;
    this.#take({ code: "station/storage-failed", cause: "the writer has ended" });
  }

  async #write(rows: readonly CrossingRow[]): Promise<void> {
    if (this.#dead) throw stationError("station/storage-failed");
    const written = this.#rows.write(rows);
    const { promise, resolve } = Promise.withResolvers<WriterReply>();
    this.#reply = resolve;
    const restart = this.#checkpoint === "done";
    if (restart) this.#checkpoint = "none";
    this.#walBytes += written.sizeBytes;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    this.#worker.postMessage({ rows: written, restart } satisfies WriterRequest);
    const reply = await promise;
    if ("code" in reply) throw stationError(reply.code, undefined, new Error(reply.cause));
    this.#checkpointIfDue();
  }

  #checkpointIfDue(): void {
    if (this.#walBytes < CHECKPOINT_BYTES || this.#checkpoint !== "none") return;
    this.#walBytes = 0;
    this.#checkpoint = "running";
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    this.#checkpointer.postMessage("checkpoint");
  }

  async commit(writes: readonly Write[]): Promise<void> {
    if (this.#closed) throw stationError("station/closed");
    await this.#group.commit(writes);
  }

  // The caller names the row's type: SQLite's columns are the schema's, which no type of node:sqlite knows.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  #get<T>(name: keyof typeof QUERIES, ...values: SQLInputValue[]): T | undefined {
    try {
      return this.#queries[name].get(...values) as T | undefined;
    } catch (cause) {
      throw storageError(cause);
    }
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
  #all<T>(name: keyof typeof QUERIES, ...values: SQLInputValue[]): T[] {
    try {
      return this.#queries[name].all(...values) as T[];
    } catch (cause) {
      throw storageError(cause);
    }
  }

  #number(log: LogId): number | undefined {
    const key = Buffer.from(log.buffer, log.byteOffset, log.byteLength).toString("latin1");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const found = this.#get<LogRow>("log", log)?.number;
    if (found !== undefined) {
      if (this.#numbers.size >= MAX_NUMBERS) this.#numbers.clear();
      this.#numbers.set(key, found);
    }
    return found;
  }

  async meta(name: string): Promise<Uint8Array | undefined> {
    return this.#get<{ value: Uint8Array }>("meta", name)?.value;
  }

  async account(identity: IdentityId): Promise<readonly Uint8Array[] | undefined> {
    const row = this.#get<{ ops: Uint8Array }>("account", identity);
    return row === undefined ? undefined : unpackList(row.ops);
  }

  async keyPackages(identity: IdentityId, device: DeviceId, suite: number): Promise<KeyPackageShelf> {
    const of = [identity, device, suite] as const;
    const { fresh, others, last } = this.#get<{ fresh: number; others: number; last: number }>(
      "countPackages",
      ...of,
    ) ?? { fresh: 0, others: 0, last: 0 };
    const row = this.#get<{ sequence: number; given: number; bytes: Uint8Array }>("nextPackage", ...of);
    const next = row && { sequence: row.sequence, suite, bytes: row.bytes, given: row.given === 1 };
    return { next, count: fresh, others, lastSequence: last };
  }

  async log(log: LogId): Promise<StoredLog | undefined> {
    const row = this.#get<LogRow>("log", log);
    if (row === undefined) return undefined;
    const last = this.#get<{ size: number; range: Uint8Array; head: Uint8Array }>("lastChunk", row.number);
    return { record: logRecordOf(row), size: last?.size ?? 0, range: last?.range ?? EMPTY, head: last?.head ?? EMPTY };
  }

  async mirrors(): Promise<readonly LogRecord[]> {
    return this.#all<LogRow>("mirrors").map(logRecordOf);
  }

  async chunks(log: LogId, from: number, maxBytes: number): Promise<readonly StoredChunk[]> {
    const number = this.#number(log);
    if (number === undefined) return [];
    const out: StoredChunk[] = [];
    let sizeBytes = 0;
    try {
      // Iterated, not collected: only the rows that are used are read.
      for (const row of this.#queries.chunks.iterate(number, from) as Iterable<unknown> as Iterable<ChunkRow>) {
        if (row.first + row.size <= from) continue;
        if (out.length > 0 && sizeBytes + row.entries.byteLength > maxBytes) break;
        const runs = bodyRuns(row.first, unpackList(row.entries), from);
        if (runs.length === 0) continue;
        sizeBytes += row.entries.byteLength;
        for (const { first, entries } of runs) out.push({ first, entries, head: row.head });
        if (sizeBytes >= maxBytes) break;
      }
    } catch (cause) {
      throw storageError(cause);
    }
    return out;
  }

  async logs(after: number, limit: number): Promise<{ mark: number; logs: LogId[] }> {
    const rows = this.#all<{ number: number; id: Uint8Array }>("logsAfter", after, limit);
    return { mark: rows.at(-1)?.number ?? after, logs: rows.map((row) => logId(row.id)) };
  }

  async holes(log: LogId, after: number, limit: number): Promise<readonly Hole[]> {
    const number = this.#number(log);
    if (number === undefined) return [];
    const at = this.#get<HoleRow>("holeAt", number, after);
    const from = at !== undefined && at.first + at.size > after ? at.first : after + 1;
    return this.#all<HoleRow>("holes", number, from, limit).map(holeOf);
  }

  async holeEnd(log: LogId, status: GoneStatus): Promise<number> {
    const number = this.#number(log);
    if (number === undefined) return 0;
    return this.#get<{ end: number }>("holeEnd", number, STATUS_NUMBER[status])?.end ?? 0;
  }

  async reader(log: LogId, key: Uint8Array): Promise<ReaderRecord | undefined> {
    const number = this.#number(log);
    const row = number === undefined ? undefined : this.#get<Parameters<typeof readerOf>[0]>("reader", number, key);
    return row === undefined ? undefined : readerOf(row);
  }

  async readerNeeds(log: LogId): Promise<ReaderNeeds> {
    const number = this.#number(log);
    const row =
      number === undefined ? undefined : this.#get<{ count: number; since: number | null }>("readerNeeds", number);
    return { count: row?.count ?? 0, from: row?.since ?? undefined };
  }

  async removals(): Promise<readonly Removal[]> {
    return this.#all<Parameters<typeof removalOf>[0]>("removals").map(removalOf);
  }

  async leaves(log: LogId): Promise<Uint8Array> {
    const number = this.#number(log);
    if (number === undefined) return EMPTY;
    return concatBytes(...this.#all<{ leaves: Uint8Array }>("leaves", number).map((row) => row.leaves));
  }

  async headAt(log: LogId, size: number): Promise<Uint8Array | undefined> {
    const number = this.#number(log);
    if (number === undefined) return undefined;
    const row = this.#get<{ size: number; head: Uint8Array }>("chunkBefore", number, size);
    return row?.size === size ? row.head : undefined;
  }

  async readKeyFrom(log: LogId, key: Uint8Array): Promise<number | undefined> {
    const number = this.#number(log);
    return number === undefined ? undefined : this.#get<{ since: number }>("readKey", number, key)?.since;
  }

  async revocationAfter(log: LogId, index: number): Promise<number | undefined> {
    const number = this.#number(log);
    return number === undefined ? undefined : this.#get<{ place: number }>("revocation", number, index)?.place;
  }

  async hasBlob(hash: BlobHash): Promise<boolean> {
    return this.#get<{ there: number }>("hasBlob", hash) !== undefined;
  }

  async blob(hash: BlobHash): Promise<Uint8Array | undefined> {
    return this.#get<{ bytes: Uint8Array }>("blob", hash)?.bytes;
  }

  async blobLock(hash: BlobHash): Promise<{ readonly lock: Uint8Array; readonly sizeBytes: number } | undefined> {
    const row = this.#get<{ lock: Uint8Array; size: number }>("blobLock", hash);
    return row && { lock: row.lock, sizeBytes: row.size };
  }

  async sealedBlobBytes(hash: BlobHash): Promise<number | undefined> {
    return this.#get<{ size: number }>("sealedBlob", hash)?.size;
  }

  async leavings(dueMs: number, limit: number): Promise<readonly Leaving[]> {
    return this.#all<LeavingRow>("leavings", dueMs, limit).map(leavingOf);
  }

  async keyPackageBytes(
    identity: IdentityId,
    device: DeviceId,
  ): Promise<{ readonly objects: number; readonly bytes: number }> {
    const row = this.#get<{ objects: number; size: number }>("packageBytes", identity, device);
    return { objects: row?.objects ?? 0, bytes: row?.size ?? 0 };
  }

  async peers(): Promise<readonly PeerRecord[]> {
    const rows = this.#all<{ key: Uint8Array; urls: string; region: string }>("peers");
    return rows.map((row) => ({ ref: stationRefOf(row), region: row.region }));
  }

  /** Writes what was asked for, then closes; the folder is free afterwards. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#group.idle();
    const rested = once(this.#checkpointer, "exit");
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    this.#checkpointer.postMessage("close");
    await rested;
    if (!this.#dead) {
      const ended = once(this.#worker, "exit");
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      this.#worker.postMessage({ close: true } satisfies WriterRequest);
      await ended;
    }
    this.#db.close();
    this.#unlock();
  }
}
