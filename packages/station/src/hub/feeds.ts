/*
 * Pushing to followers. A push is encoded once and its bytes are shared by every live follower. A follower whose network
 * does not keep up stops being live; it is then fed from the store, a bounded piece at a time, until it has everything
 * (W-7): nothing is dropped, nothing is buffered for it. Bodies that are gone are told by a `log.gap`, and pushing goes on
 * after them (E-17).
 */
import { frameBytes, MAX_UNSENT_BYTES } from "@chapar/wire";
import { MAX_READ_BYTES } from "../limits.ts";
import type { Observer } from "../ports.ts";
import { bodyRuns } from "../store/body-runs.ts";
import type { Chunk, Store, StoredChunk } from "../store/port.ts";
import { readableSize, type Access, type Feed, type HotLog } from "./hot-log.ts";

/** Keeps every follower of every log fed. */
export class Feeds {
  readonly #store: Store;
  readonly #observer: Observer;
  readonly #pumps = new Set<Promise<void>>();

  constructor(store: Store, observer: Observer) {
    this.#store = store;
    this.#observer = observer;
  }

  /** Begins to push from an index on; again: goes on from there. */
  follow(access: Access, from: number): void {
    const feed = access.feed ?? { next: from, isLive: false, isPumping: false };
    feed.next = from;
    feed.isLive = from === access.log.size;
    access.feed = feed;
    if (!feed.isLive) this.#startPump(access, feed);
  }

  /** Pushes a chunk that is on disk. Cost: one encoding, then one queued piece a live follower. */
  publish(log: HotLog, chunk: Chunk): void {
    let pieces: readonly Uint8Array[] | undefined;
    let pushed = 0;
    const end = chunk.first + chunk.entries.length;
    for (const access of log.accesses) {
      const { feed, outlet } = access;
      if (feed === undefined || !feed.isLive) continue;
      const isReadable = feed.next === chunk.first && readableSize(access) >= end;
      if (!isReadable || outlet.unsentBytes > MAX_UNSENT_BYTES) {
        feed.isLive = false;
        this.#startPump(access, feed);
        continue;
      }
      pieces ??= chunkPieces(log, chunk);
      for (const piece of pieces) outlet.sendShared(piece);
      feed.next = end;
      pushed++;
    }
    if (pushed > 0) this.#observer.count("pushes", pushed);
  }

  #startPump(access: Access, feed: Feed): void {
    if (feed.isPumping) return;
    feed.isPumping = true;
    const pump = this.#pump(access, feed).finally(() => {
      feed.isPumping = false;
      this.#pumps.delete(pump);
    });
    this.#pumps.add(pump);
  }

  async #pump(access: Access, feed: Feed): Promise<void> {
    const { log, outlet } = access;
    while (access.feed === feed && !outlet.closed) {
      await outlet.drained(MAX_UNSENT_BYTES / 2);
      const readable = readableSize(access);
      if (feed.next >= log.size) feed.isLive = true;
      // Beyond a revocation nothing is pushed any more (W-13).
      if (feed.next >= readable) return;
      const from = feed.next;
      let chunks: readonly StoredChunk[];
      try {
        chunks = await this.#store.chunks(log.id, from, MAX_READ_BYTES);
      } catch {
        // The disk cannot be read: the follower goes on with the next entry that is written.
        return;
      }
      // It was told to go on from elsewhere meanwhile: what was read says nothing about that place.
      if (access.feed !== feed || feed.next !== from) continue;
      for (const chunk of chunks) {
        if (chunk.first > feed.next) skipTo(access, feed, Math.min(chunk.first, readable));
        if (chunk.first !== feed.next || chunk.first >= readable) break;
        outlet.sendShared(pushPiece(log, chunk));
        feed.next += chunk.entries.length;
        this.#observer.count("pushes", 1);
      }
      if (chunks.length === 0) skipTo(access, feed, readable);
    }
  }

  /** Resolves when no follower is being fed from the store. */
  async idle(): Promise<void> {
    await Promise.all(this.#pumps);
  }
}

/** Bodies up to an index are gone: says so, and goes on after them. */
function skipTo({ log, outlet }: Access, feed: Feed, end: number): void {
  // A hole that begins where the reader may read no further is none of theirs.
  if (end <= feed.next) return;
  outlet.sendShared(gapPiece(log, feed.next, end));
  feed.next = end;
}

/** What a follower of a chunk gets: one push, and for a mirror that fills from behind a hole gaps and pushes in turn. */
function chunkPieces(log: HotLog, chunk: Chunk): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let next = chunk.first;
  for (const { first, entries } of bodyRuns(chunk.first, chunk.entries, chunk.first)) {
    if (first > next) pieces.push(gapPiece(log, next, first));
    pieces.push(pushPiece(log, { first, entries, head: chunk.head }));
    next = first + entries.length;
  }
  const end = chunk.first + chunk.entries.length;
  if (next < end) pieces.push(gapPiece(log, next, end));
  return pieces;
}

function gapPiece(log: HotLog, first: number, end: number): Uint8Array {
  return frameBytes({ kind: "notice", body: { type: "log.gap", log: log.id, first, count: end - first } });
}

function pushPiece(log: HotLog, chunk: StoredChunk): Uint8Array {
  const { first, entries, head } = chunk;
  return frameBytes({ kind: "notice", body: { type: "log.push", log: log.id, first, entries, head } });
}
