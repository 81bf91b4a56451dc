/*
 * What one group commit adds to one log. A chunk ends after a commit that revokes readers, so that a head is signed
 * exactly there (W-13), and before it grows beyond one push.
 */
import type { EntryHeader } from "@chapar/wire";
import { concatBytes } from "@chapar/wire/bytes";
import { MAX_CHUNK_BYTES, MAX_CHUNK_ENTRIES } from "../limits.ts";
import type { Chunk, Write } from "../store/port.ts";
import { recordAfter } from "./append-rules.ts";
import type { HotLog } from "./hot-log.ts";

const NO_BODY = new Uint8Array(0);

/** Collects entries onto a log's tip. */
export class ChunkBuilder {
  readonly log: HotLog;
  readonly first: number;
  readonly #entries: Uint8Array[] = [];
  readonly #leaves: Uint8Array[] = [];
  readonly #writes: Write[] = [];
  #sizeBytes = 0;
  #isClosed = false;
  #changesRecord = false;
  /** index of the commit that revokes readers, when the chunk ends with one */
  revocation: number | undefined;

  constructor(log: HotLog) {
    this.log = log;
    this.first = log.tip.range.size;
  }

  /** Entries collected. */
  get count(): number {
    return this.#entries.length;
  }

  /** Bytes of the entries collected. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Whether an entry of this size must wait for the next chunk. */
  isFull(entryBytes: number): boolean {
    if (this.#isClosed) return true;
    return this.count > 0 && (this.#sizeBytes + entryBytes > MAX_CHUNK_BYTES || this.count >= MAX_CHUNK_ENTRIES);
  }

  /** Puts an entry that has passed the rules onto the tip; answers its index. */
  add(entry: Uint8Array, header: EntryHeader, leafHash: Uint8Array): number {
    const { log } = this;
    const index = log.tip.range.size;
    log.tip.range.append(leafHash);
    log.leaves?.add(leafHash);
    this.#entries.push(entry);
    this.#leaves.push(leafHash);
    this.#sizeBytes += entry.byteLength;
    if (header.kind === "genesis") {
      this.#changesRecord = true;
      this.#writes.push({ kind: "read-key", log: log.id, key: header.readKey, from: index });
    } else if (header.kind === "commit") {
      this.#changesRecord = true;
      log.tip.record = recordAfter(log.tip.record, header);
      this.#writes.push({ kind: "read-key", log: log.id, key: header.nextReadKey, from: index });
      if (header.revokesReaders) {
        this.#writes.push({ kind: "revocation", log: log.id, at: index });
        this.revocation = index;
        this.#isClosed = true;
      }
    }
    return index;
  }

  /** Puts the leaf hash of a body that never was here onto the tip (E-18). */
  addGone(leafHash: Uint8Array): void {
    const { log } = this;
    log.tip.range.append(leafHash);
    log.leaves?.add(leafHash);
    this.#entries.push(NO_BODY);
    this.#leaves.push(leafHash);
  }

  /** The chunk, closed by the signed head of the tip. */
  finish(head: Uint8Array): Chunk {
    return {
      log: this.log.id,
      first: this.first,
      entries: this.#entries,
      leaves: concatBytes(...this.#leaves),
      range: this.log.tip.range.encode(),
      head,
    };
  }

  /** Everything that must become durable together with the chunk, in order. */
  writes(chunk: Chunk): Write[] {
    const record: Write[] = this.#changesRecord ? [{ kind: "log", record: this.log.tip.record }] : [];
    return [...record, { kind: "chunk", chunk }, ...this.#writes];
  }
}
