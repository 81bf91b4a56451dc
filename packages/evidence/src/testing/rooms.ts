/* One log of a test station: entries, their bodies as they are kept, and the readers registered for it. */
import { MemoryTree } from "@chapar/log";
import { testHasher } from "@chapar/log/testing";
import type { LogId } from "@chapar/wire";
import type { ItemStatus, TombstonePlace } from "../types.ts";

const hasher = testHasher();

/** An entry that a test station took. */
export interface TestEntry {
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
  /** signed time of the statement that first covered it */
  readonly sinceMs: number;
  readonly status: ItemStatus;
  readonly tombstone: Omit<TombstonePlace, "offset"> | undefined;
}

/** A reader of a log. */
export interface TestReader {
  readonly from: number;
  /** newest ack, and its bytes */
  readonly upTo: number;
  readonly ack: Uint8Array;
}

/** A log of a test station. */
export class TestRoom {
  readonly log: LogId;
  readonly entries: TestEntry[] = [];
  readonly readers = new Map<string, TestReader>();
  readonly tree: MemoryTree = new MemoryTree(hasher);
  /** below it a body was pruned once: no reader is promised any */
  pruned = 0;

  constructor(log: LogId) {
    this.log = log;
  }

  copy(): TestRoom {
    const copy = new TestRoom(this.log);
    copy.entries.push(...this.entries);
    for (const { leafHash } of this.entries) copy.tree.append(leafHash);
    for (const [key, reader] of this.readers) copy.readers.set(key, reader);
    copy.pruned = this.pruned;
    return copy;
  }

  /** Takes bytes that are not there yet; answers their index. */
  append(bytes: Uint8Array, sinceMs: number): number {
    const leafHash = hasher.leaf(bytes);
    this.tree.append(leafHash);
    this.entries.push({ bytes, leafHash, sinceMs, status: "present", tombstone: undefined });
    return this.entries.length - 1;
  }

  /** Changes what became of bodies. */
  change(index: number, status: ItemStatus, tombstone?: Omit<TombstonePlace, "offset">): void {
    const entry = this.entries[index];
    if (entry !== undefined) this.entries[index] = { ...entry, status, tombstone };
  }
}
