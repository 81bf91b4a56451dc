/*
 * Pushing to followers. A push is encoded once and its bytes are shared by every live follower. A follower whose network
 * does not keep up stops being live; it is then fed from the store, a bounded piece at a time, until it has everything
 * (W-7): nothing is dropped, nothing is buffered for it.
 */
import { frameBytes, MAX_UNSENT_BYTES } from "@chapar/wire";
import { MAX_READ_BYTES } from "../limits.ts";
import type { Observer } from "../ports.ts";
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
    let piece: Uint8Array | undefined;
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
      outlet.sendShared((piece ??= pushPiece(log, chunk)));
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
      let chunks: readonly StoredChunk[];
      try {
        chunks = await this.#store.chunks(log.id, feed.next, MAX_READ_BYTES);
      } catch {
        // The disk cannot be read: the follower goes on with the next entry that is written.
        return;
      }
      for (const chunk of chunks) {
        if (chunk.first !== feed.next || chunk.first >= readable) break;
        outlet.sendShared(pushPiece(log, chunk));
        feed.next += chunk.entries.length;
        this.#observer.count("pushes", 1);
      }
      if (chunks.length === 0) return;
    }
  }

  /** Resolves when no follower is being fed from the store. */
  async idle(): Promise<void> {
    await Promise.all(this.#pumps);
  }
}

function pushPiece(log: HotLog, chunk: StoredChunk): Uint8Array {
  const { first, entries, head } = chunk;
  return frameBytes({ kind: "notice", body: { type: "log.push", log: log.id, first, entries, head } });
}
