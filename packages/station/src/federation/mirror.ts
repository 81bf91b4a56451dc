/*
 * One mirror: this station's own copy of a room whose hub is elsewhere (protocol/6-flows.md §5). Entries come with the
 * hub's signed heads and are checked as a client would check them (every leaf hashed, the root compared with what the
 * hub signed, the signature verified) before they are stored; only then are they served, under the hub's head (F-8).
 * What does not verify is never stored, and whoever sent it is cut off. What the hub signed but what this copy contradicts
 * (a hub that was restored from an older one goes on from there) parts the two in this room alone (F-29).
 *
 * Where the hub has no bodies any more it says so with a `log.gap`; leaf hashes of what is gone come from its manifest, so
 * that the copy's tree goes on, and the copy never says anything of its own about those bodies (E-18).
 */
import { decodeManifest, verifyManifest } from "@chapar/evidence";
import { decodeSignedHead, verifySignedHead, type SignedStatement, type TreeHasher } from "@chapar/log";
import {
  logIdOf,
  MAX_MANIFEST_ITEMS,
  type LogId,
  type ReadProof,
  type Request,
  type Response,
  type StationRef,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { MAX_CHUNK_BYTES, MAX_CHUNK_ENTRIES, MAX_OPEN_REQUEST_BYTES } from "../limits.ts";
import { leadsBack, readHeader, tipRefusal } from "../hub/append-rules.ts";
import { ChunkBuilder } from "../hub/chunk-builder.ts";
import type { HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import type { StationPorts } from "../ports.ts";
import type { MirrorRecord } from "../store/port.ts";
import { Collected, goneWrites, headSizeOf, type Place } from "./collected.ts";

/** A piece of the room as the hub sent it. */
export interface Push {
  readonly first: number;
  readonly entries: readonly Uint8Array[];
  readonly head: Uint8Array;
}

/** Bodies that the hub has not any more. */
export interface Gap {
  readonly first: number;
  readonly count: number;
}

/**
 * What came of storing what the hub sent: `lied` when it does not verify; `parted` when the hub signed another history than
 * the one that is here; `behind` when some was let go and must be asked for again; `stuck` when the hub does not say what it
 * should, and asking at once would not help.
 */
export type Ingested = "stored" | "lied" | "parted" | "behind" | "storage-failed" | "stuck";

/** What a gap that waits counts as. */
const GAP_BYTES = 64;

function sizeOf(entries: readonly Uint8Array[]): number {
  return entries.reduce((sum, entry) => sum + entry.byteLength, 0);
}

/** The copy of one room. */
export class Mirror {
  readonly id: LogId;
  readonly #ports: StationPorts;
  readonly #hub: Hub;
  readonly #hasher: TreeHasher;
  readonly #ask: (body: Request) => Promise<Response>;
  /** undefined until the genesis entry is stored */
  log: HotLog | undefined;
  record: MirrorRecord;
  #queue: (Push | Gap)[] = [];
  #queuedBytes = 0;
  readonly #collected = new Collected();
  /** what was asked of a hub before a reset is not for what came after it */
  #resets = 0;
  #ingesting: Promise<Ingested> | undefined;
  #sizeWaiters: { readonly size: number; readonly resolve: () => void }[] = [];

  /** @param parts  `ask` asks the hub over the link on which it pushes; rejects when there is none */
  constructor(parts: {
    readonly ports: StationPorts;
    readonly hub: Hub;
    readonly id: LogId;
    readonly record: MirrorRecord;
    readonly log: HotLog | undefined;
    readonly ask: (body: Request) => Promise<Response>;
  }) {
    this.id = parts.id;
    this.#ask = parts.ask;
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
   * Takes a push or a gap; resolves when it and all before it are on disk, wait for what must come with them, or could not
   * be taken. What arrives faster than the disk takes it is let go beyond a bound (`behind`): the hub has it.
   */
  ingest(piece: Push | Gap): Promise<Ingested> {
    const sizeBytes = "entries" in piece ? sizeOf(piece.entries) : GAP_BYTES;
    if (this.#queuedBytes + sizeBytes > MAX_OPEN_REQUEST_BYTES) return Promise.resolve("behind");
    this.#queue.push(piece);
    this.#queuedBytes += sizeBytes;
    return (this.#ingesting ??= this.#run());
  }

  /** Forgets pushes of a link that has ended. */
  reset(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#collected.clear();
    this.#resets++;
  }

  /** Entries on disk and collected. */
  get #heldSize(): number {
    return this.size + this.#collected.places.length;
  }

  async #run(): Promise<Ingested> {
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) {
        const outcome = await this.#takeNext();
        if (outcome !== "stored") return this.#drop(outcome);
      }
      return "stored";
    } finally {
      // In the turn in which the queue was seen empty: what comes next begins anew.
      this.#ingesting = undefined;
    }
  }

  async #takeNext(): Promise<Ingested> {
    const [next] = this.#queue;
    if (next !== undefined && !("entries" in next)) {
      this.#queue.shift();
      this.#queuedBytes -= GAP_BYTES;
      return await this.#passOver(next);
    }
    const push = this.#takeContiguous();
    // What is here already comes again after a reconnect.
    const first = this.#heldSize;
    const skip = first - push.first;
    if (skip >= push.entries.length) return "stored";
    if (skip < 0) return "behind";
    const entries = push.entries.slice(skip);
    const headSize = headSizeOf(push.head, this.hub.key, this.id) ?? 0;
    const isWhole = this.#collected.places.length === 0 && headSize <= first + entries.length;
    if (isWhole)
      return await this.#store(
        entries.map((entry) => ({ entry })),
        push.head,
      );
    if (headSize < first + entries.length) return "lied";
    if (!this.#collected.add(entries.map((entry) => ({ entry })))) return "stuck";
    this.#collected.setHead(push.head, headSize);
    return await this.#storeCollected();
  }

  /** Takes the leaf hashes of bodies that the hub has not any more from its manifests. */
  async #passOver(gap: Gap): Promise<Ingested> {
    const end = gap.first + gap.count;
    if (gap.first > this.#heldSize) return "behind";
    const resets = this.#resets;
    while (this.#heldSize < end) {
      const hashes = await this.#leafHashes(this.#heldSize, end - this.#heldSize);
      if (resets !== this.#resets) return "stored";
      if (typeof hashes === "string") return hashes;
      if (!this.#collected.add(hashes.map((leafHash) => ({ leafHash })))) return "stuck";
    }
    if (!this.#collected.isWhole(this.size) && this.#queue.length === 0) await this.#askHead();
    return await this.#storeCollected();
  }

  async #leafHashes(first: number, count: number): Promise<readonly Uint8Array[] | Ingested> {
    const asked = Math.min(count, MAX_MANIFEST_ITEMS);
    const body: Request = { type: "log.manifest", log: this.id, reader: undefined, first, count: asked };
    const answer = await this.#ask(body).catch(() => undefined);
    if (answer?.type !== "log.manifest") return "stuck";
    const decoded = decodeManifest(answer.manifest);
    if (!decoded.ok) return "lied";
    const { station, log, items } = decoded.value;
    const isAbout = equalBytes(station, this.hub.key) && equalBytes(log, this.id) && decoded.value.first === first;
    if (!isAbout || items.length === 0 || items.length > asked) return "lied";
    if (!(await verifyManifest(decoded.value, this.#ports))) return "lied";
    return items.map((item) => item.leafHash.slice());
  }

  /** After a gap that nothing follows: the head of the log, when the gap is its end. */
  async #askHead(): Promise<void> {
    const resets = this.#resets;
    const answer = await this.#ask({ type: "log.read", log: this.id, from: this.#heldSize, maxBytes: 1 }).catch(
      () => undefined,
    );
    if (resets !== this.#resets) return;
    if (answer?.type !== "log.entries" || answer.entries.length > 0) return;
    this.#collected.setHead(answer.head.slice(), headSizeOf(answer.head, this.hub.key, this.id) ?? 0);
  }

  /** Stores what was collected as soon as a head is about exactly that. */
  async #storeCollected(): Promise<Ingested> {
    if (!this.#collected.isWhole(this.size)) return "stored";
    const { places, head } = this.#collected;
    const outcome = await this.#store(places, head);
    this.#collected.clear();
    return outcome;
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
      if (next === undefined || !("entries" in next)) break;
      first ??= next.first;
      const nextBytes = sizeOf(next.entries);
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

  async #store(places: readonly Place[], head: Uint8Array): Promise<Ingested> {
    const log = this.log ?? (await this.#begin(places[0]));
    if (log === undefined) return "lied";
    const chunk = new ChunkBuilder(log);
    const isSound = this.#build(log, chunk, places) && this.#isOfTip(log, head);
    const isSigned = await this.#isSigned(head);
    if (!isSound || !isSigned) {
      log.rewind();
      return isSigned && this.size > 0 ? "parted" : "lied";
    }
    const finished = chunk.finish(head);
    try {
      await this.#ports.store.commit([...chunk.writes(finished), ...goneWrites(this.id, finished.first, places)]);
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
  async #begin(place: Place | undefined): Promise<HotLog | undefined> {
    if (this.size > 0 || place === undefined || !("entry" in place)) return undefined;
    const genesis = place.entry;
    const read = readHeader(genesis);
    if (!read.ok || read.header.kind !== "genesis" || read.header.log === "inbox") return undefined;
    if (!equalBytes(logIdOf(this.#ports.sha256, this.hub.key, genesis), this.id)) return undefined;
    return await this.#hub.cache.getOrMake({
      log: this.id,
      kind: read.header.log,
      genesis: genesis.slice(),
      epoch: read.header.of?.epoch ?? 0,
      writeKey: read.header.writeKey.slice(),
      mirror: this.record,
    });
  }

  /** Puts the entries onto the tip; false when they are not what a hub would have taken. */
  #build(log: HotLog, chunk: ChunkBuilder, places: readonly Place[]): boolean {
    for (const place of places) {
      if ("leafHash" in place) {
        chunk.addGone(place.leafHash);
        continue;
      }
      const { entry } = place;
      const read = readHeader(entry);
      // Nothing may follow a commit that revokes readers in one piece: there would be no head at it (W-13).
      if (!read.ok || chunk.revocation !== undefined) return false;
      const { record, range } = log.tip;
      // Who leads a room back, its hub has asked (F-71).
      const writer = leadsBack(record, read.header) ? "founder" : record.epoch;
      if (tipRefusal(record, range.size, read.header, writer) !== undefined) return false;
      chunk.add(entry, read.header, this.#hasher.leaf(entry));
    }
    return true;
  }

  #head(bytes: Uint8Array): SignedStatement | undefined {
    const decoded = decodeSignedHead(bytes, { stationKey: this.hub.key, logId: this.id });
    return decoded.ok ? decoded.value : undefined;
  }

  /** Whether a head is about exactly what the tip has become. */
  #isOfTip(log: HotLog, bytes: Uint8Array): boolean {
    const head = this.#head(bytes);
    const { range } = log.tip;
    return head !== undefined && head.size === range.size && equalBytes(head.root, range.root());
  }

  /** Whether the hub signed a head of this room. */
  async #isSigned(bytes: Uint8Array): Promise<boolean> {
    const head = this.#head(bytes);
    const ports = { hasher: this.#hasher, verify: this.#ports.verify };
    return head !== undefined && (await verifySignedHead(head, this.hub.key, ports)).ok;
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
