/*
 * The logs of a station as its links see them: make, open, append, read, follow, prove. Whether a link has an account, how
 * often it may ask and what a peer may pass on is decided above; what a capability lets it do with a log, here.
 */
import { consistencyProof, createTreeHasher, inclusionProof, type HashReader, type TreeHasher } from "@chapar/log";
import {
  decodeEntry,
  logIdOf,
  MAX_ENTRIES,
  type EntryHeader,
  type GenesisEntry,
  type LogId,
  type ReadProof,
  type WriteProof,
} from "@chapar/wire";
import { KeyedLock } from "../account/keyed-lock.ts";
import { stationError } from "../errors.ts";
import { MAX_READ_BYTES } from "../limits.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { LogRecord, StoredChunk } from "../store/port.ts";
import { Appender, type Appended, type Published } from "./appender.ts";
import { readHeader, refusal, type Writer } from "./append-rules.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { Feeds } from "./feeds.ts";
import { readableSize, type Access, type HotLog } from "./hot-log.ts";
import type { Outlet } from "./outlet.ts";
import { LogCache } from "./log-cache.ts";
import { StationTime } from "./station-time.ts";

/** The state of a log as `log.state` tells it. */
export interface LogState {
  readonly epoch: number;
  readonly head: Uint8Array;
}

/** A link's proof of a capability: what was signed over differs between links and peers, so the signer's bytes come along. */
export interface Shown<Proof extends ReadProof | WriteProof> {
  readonly proof: Proof;
  readonly message: Uint8Array;
}

/** All logs of one station. */
export class Hub {
  readonly hasher: TreeHasher;
  readonly cache: LogCache;
  readonly feeds: Feeds;
  /** the time of all that this station signs */
  readonly time: StationTime;
  /** by log: who looks at readers and holes and then writes goes one after the other */
  readonly care: KeyedLock = new KeyedLock();
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #appender: Appender;
  /** told of every log that has something new on disk */
  came: ((log: string) => void) | undefined;

  private constructor(ports: StationPorts, self: StationIdentity, time: StationTime) {
    this.#ports = ports;
    this.#self = self;
    this.hasher = createTreeHasher(ports.sha256);
    this.cache = new LogCache(ports.store, this.hasher);
    this.feeds = new Feeds(ports.store, ports.observer);
    this.time = time;
    this.#appender = new Appender(ports, this.hasher, time, (published) => this.publish(published));
  }

  /** Opens the logs of a store. */
  static async open(ports: StationPorts, self: StationIdentity): Promise<Hub> {
    return new Hub(ports, self, await StationTime.open(ports));
  }

  /**
   * Makes a log from its genesis entry (W-30); again: the same answer.
   *
   * @throws StationError `station/bad-entry` · `station/storage-full` · `station/storage-failed`
   */
  async create(genesisBytes: Uint8Array, genesis: GenesisEntry): Promise<{ log: LogId } & LogState> {
    const id = logIdOf(this.#ports.sha256, this.#self.ref.key, genesisBytes);
    const record: LogRecord = {
      log: id,
      kind: genesis.log,
      genesis: genesisBytes.slice(),
      epoch: genesis.of?.epoch ?? 0,
      writeKey: genesis.writeKey.slice(),
      mirror: undefined,
    };
    const log = await this.cache.getOrMake(record);
    if (log.size === 0) {
      const outcome = await this.append(log, genesisBytes, genesis, 0);
      if (!outcome.ok) {
        if (log.size === 0) this.cache.drop(log);
        throw stationError(outcome.code, outcome.detail);
      }
    }
    return { log: id, epoch: log.record.epoch, head: log.head };
  }

  /** Checks a genesis entry's bytes. @throws StationError `station/bad-entry` */
  readGenesis(bytes: Uint8Array): GenesisEntry {
    const decoded = decodeEntry(bytes);
    if (!decoded.ok || decoded.value.kind !== "genesis") throw stationError("station/bad-entry");
    return decoded.value;
  }

  /** Appends an entry to a log of this station; resolves when it is on disk or refused. Never rejects. */
  append(log: HotLog, entry: Uint8Array, header: EntryHeader, writer: Writer): Promise<Appended> {
    return new Promise((settle) => this.appendThen(log, entry, header, writer, settle));
  }

  /** As `append`, without a promise for each entry. */
  appendThen(
    log: HotLog,
    entry: Uint8Array,
    header: EntryHeader,
    writer: Writer,
    settle: (outcome: Appended) => void,
  ): void {
    const appending = {
      log,
      entry,
      header,
      writer,
      leafHash: this.hasher.leaf(entry),
      settle: (outcome: Appended) => {
        log.pins--;
        settle(outcome);
      },
    };
    log.pins++;
    if (log.leaves !== undefined) {
      this.#appender.push(appending);
      return;
    }
    this.cache.leaves(log).then(
      () => this.#appender.push(appending),
      () => appending.settle(refusal("station/storage-failed")),
    );
  }

  /** An entry left in an inbox by anyone (W-22); limits are the caller's. */
  async appendKnock(inbox: LogId, entry: Uint8Array): Promise<Appended> {
    const read = readHeader(entry);
    if (!read.ok) return read;
    const log = await this.cache.get(inbox);
    // An inbox has no epochs: in one of another epoch nothing is left any more (M-21).
    const isOpen = log?.record.kind === "inbox" && log.record.epoch === 0;
    if (log === undefined || !isOpen || log.isMirror) return refusal("station/unknown-log");
    return await this.append(log, entry, read.header, undefined);
  }

  /** What happens when a chunk is on disk, ours or a hub's: revocations take hold, then followers are pushed to. */
  publish({ log, chunk, revocation }: Published): void {
    if (revocation !== undefined) {
      for (const access of log.accesses) {
        if (access.read !== undefined && access.read.from < revocation) access.read.until ??= revocation;
      }
    }
    this.feeds.publish(log, chunk);
    this.came?.(log.key);
  }

  /**
   * Shows a read key for a log; the access with the longest sight is kept.
   *
   * @throws StationError `station/bad-signature`, said alike whether the log rests here or not · `station/unknown-log`
   */
  async showRead(access: Access, shown: Shown<ReadProof>): Promise<void> {
    const { key, signature } = shown.proof;
    if (!(await this.#ports.verify(key, shown.message, signature))) throw stationError("station/bad-signature");
    const { log } = access;
    const from = await this.#ports.store.readKeyFrom(log.id, key);
    if (from === undefined) throw stationError("station/unknown-log");
    const until = await this.#ports.store.revocationAfter(log.id, from);
    const held = access.read;
    const isLonger = held === undefined || (held.until !== undefined && (until === undefined || until > held.until));
    if (isLonger) access.read = { from, until };
  }

  /**
   * Shows a write key for the current epoch, or that of epoch 0 to lead the room back (F-71).
   *
   * @throws StationError `station/stale-epoch` · `station/bad-signature`; both `station/unknown-log` for a link that has
   * not shown a read key (W-11)
   */
  async showWrite(access: Access, shown: Shown<WriteProof>): Promise<void> {
    const { record } = access.log;
    const { epoch, signature } = shown.proof;
    const isKnown = access.read !== undefined || access.writer !== undefined;
    if (record.kind === "inbox") throw stationError(isKnown ? "station/not-allowed" : "station/unknown-log");
    const isFounder = record.kind === "room" && epoch === 0 && record.epoch > 0 && !access.log.isMirror && isKnown;
    if (epoch !== record.epoch && !isFounder) {
      throw isKnown ? stationError("station/stale-epoch", record.epoch) : stationError("station/unknown-log");
    }
    const key = isFounder ? firstWriteKey(record.genesis) : record.writeKey;
    if (!(await this.#ports.verify(key, shown.message, signature))) {
      throw stationError(isKnown ? "station/bad-signature" : "station/unknown-log");
    }
    access.writer = isFounder ? "founder" : epoch;
  }

  /** A log's state as this access may see it (W-13). */
  async state(access: Access): Promise<LogState> {
    const { log, read, writer } = access;
    return await this.#stateAt(log, writer === log.record.epoch ? undefined : read?.until);
  }

  /** A log's state as the holder of a read key may see it. @throws StationError `station/unknown-log` for a key it never named */
  async stateForKey(log: HotLog, key: Uint8Array): Promise<LogState> {
    const from = await this.#ports.store.readKeyFrom(log.id, key);
    if (from === undefined) throw stationError("station/unknown-log");
    return await this.#stateAt(log, await this.#ports.store.revocationAfter(log.id, from));
  }

  async #stateAt(log: HotLog, until: number | undefined): Promise<LogState> {
    if (until === undefined) return { epoch: log.record.epoch, head: log.head };
    const head = await this.#ports.store.headAt(log.id, until + 1);
    const [chunk] = await this.#ports.store.chunks(log.id, until, 1);
    const commit = decodeEntry(chunk?.entries[0] ?? new Uint8Array(0));
    if (head === undefined || !commit.ok || commit.value.kind !== "commit") throw stationError("station/internal");
    return { epoch: commit.value.epoch + 1, head };
  }

  /**
   * Entries from an index on, in whole chunks, with the head signed after the last of them, or beyond it where bodies
   * after them are gone.
   *
   * @throws StationError `station/out-of-range` · `station/pruned` when the first is gone (E-17)
   */
  async read(access: Access, from: number, maxBytes: number): Promise<StoredChunk> {
    const readable = checkRange(access, from);
    if (from >= readable) return { first: from, entries: [], head: (await this.state(access)).head };
    const limitBytes = Math.min(maxBytes, MAX_READ_BYTES);
    const chunks = await this.#ports.store.chunks(access.log.id, from, limitBytes);
    needBody(chunks[0], from, readable);
    let entries: readonly Uint8Array[] = [];
    let { head } = access.log;
    for (const chunk of chunks) {
      if (chunk.first > from + entries.length) break;
      // Entries may be so small that their number is what fills a frame.
      const isFull = entries.length > 0 && entries.length + chunk.entries.length > MAX_ENTRIES;
      if (chunk.first >= readable || isFull) break;
      entries = entries.length === 0 ? chunk.entries : [...entries, ...chunk.entries];
      ({ head } = chunk);
    }
    return { first: from, entries, head };
  }

  /**
   * Pushes entries from an index on until `unfollow`.
   *
   * @throws StationError `station/out-of-range` · `station/pruned` when the first is gone (E-17)
   */
  async follow(access: Access, from: number): Promise<void> {
    const readable = checkRange(access, from);
    const { store } = this.#ports;
    const [hole] = from < readable ? await store.holes(access.log.id, from, 1) : [];
    if (hole !== undefined && hole.first <= from) {
      needBody((await store.chunks(access.log.id, from, 1))[0], from, readable);
    }
    this.feeds.follow(access, from);
  }

  /** As `follow`, for a mirror: it begins where its copy ends, and is told of a hole by a `log.gap`. */
  followThrough(access: Access, from: number): void {
    checkRange(access, from);
    this.feeds.follow(access, from);
  }

  /** @throws StationError `station/out-of-range` */
  async inclusion(access: Access, index: number, size: number): Promise<readonly Uint8Array[]> {
    if (size > readableSize(access) || index >= size) throw stationError("station/out-of-range", readableSize(access));
    return await inclusionProof(index, size, await this.#hashes(access.log), this.hasher);
  }

  /** @throws StationError `station/out-of-range` */
  async consistency(access: Access, from: number, to: number): Promise<readonly Uint8Array[]> {
    if (from < 1 || from > to || to > readableSize(access))
      throw stationError("station/out-of-range", readableSize(access));
    return await consistencyProof(from, to, await this.#hashes(access.log), this.hasher);
  }

  /**
   * The log's head as a C2SP checkpoint, signed now; of the size that this access may see.
   *
   * @throws StationError `station/not-allowed` for a mirror: only the hub signs for its logs (F-8)
   */
  async checkpoint(access: Access): Promise<string> {
    const { log } = access;
    if (log.isMirror) throw stationError("station/not-allowed");
    const size = readableSize(access);
    await this.cache.leaves(log);
    return await signCheckpoint({ log: log.id, size, root: log.tree().root(size) }, this.#ports, this.#self.ref.key);
  }

  async #hashes(log: HotLog): Promise<HashReader> {
    await this.cache.leaves(log);
    return log.tree().reader;
  }

  /** A link's access to a log, made when it is first shown. */
  newAccess(log: HotLog, outlet: Outlet): Access {
    const access: Access = { log, outlet, read: undefined, writer: undefined, feed: undefined };
    log.accesses.add(access);
    return access;
  }

  /** Ends a link's access. */
  endAccess(access: Access): void {
    access.feed = undefined;
    access.log.accesses.delete(access);
  }

  /** Resolves when every append that was taken is on disk or refused. */
  async drained(): Promise<void> {
    await this.#appender.idle();
  }
}

function checkRange(access: Access, from: number): number {
  if (from > access.log.size) throw stationError("station/out-of-range", access.log.size);
  return readableSize(access);
}

/** @throws StationError `station/pruned`: how many bodies from the one asked for on are gone */
function needBody(chunk: StoredChunk | undefined, from: number, readable: number): void {
  const next = Math.min(chunk?.first ?? readable, readable);
  if (next > from) throw stationError("station/pruned", next - from);
}

/** The write key of a room's epoch 0. */
function firstWriteKey(genesis: Uint8Array): Uint8Array {
  const read = readHeader(genesis);
  if (!read.ok || read.header.kind !== "genesis") throw stationError("station/internal");
  return read.header.writeKey;
}
