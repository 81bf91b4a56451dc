/*
 * A log in memory: what is on disk (size, head, epoch: all that may be said aloud, W-33), and the tip that the group
 * commit being made builds on. When a commit fails the tip is thrown away and built again from what is on disk.
 *
 * An access is what one link may do with one log, and how far it has been pushed to: made when the link shows a
 * capability, gone with the link. It is the only place where a link and a log meet, and it is never stored.
 */
import { CompactRange, MemoryTree, type TreeHasher } from "@chapar/log";
import type { LogId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { Bug } from "../errors.ts";
import type { TokenBucket } from "../session/token-bucket.ts";
import type { LogRecord, StoredLog } from "../store/port.ts";
import type { Writer } from "./append-rules.ts";
import type { LeafSet } from "./leaf-set.ts";
import type { Outlet } from "./outlet.ts";

/** One link's capabilities for one log. */
export interface Access {
  readonly log: HotLog;
  readonly outlet: Outlet;
  /** `until`: the last index that may be read, when the key was revoked since (W-13) */
  read: { readonly from: number; until: number | undefined } | undefined;
  /** the write key that was shown, or granted to a peer (W-12) */
  writer: Writer;
  feed: Feed | undefined;
}

/** How far a following link has been pushed to. */
export interface Feed {
  /** index of the next entry to push */
  next: number;
  /** false while it catches up from the store (W-7) */
  isLive: boolean;
  isPumping: boolean;
}

/** Number of entries this link may see: all, or up to the commit that revoked its key (W-13). */
export function readableSize(access: Access): number {
  const until = access.read?.until;
  return until === undefined ? access.log.size : Math.min(access.log.size, until + 1);
}

/** One log that is in use. */
export class HotLog {
  readonly id: LogId;
  readonly key: string;
  readonly #hasher: TreeHasher;
  /** as on disk */
  record: LogRecord;
  size: number;
  head: Uint8Array;
  #durableRange: Uint8Array;
  /** as after the commit that is being made */
  tip: { range: CompactRange; record: LogRecord };
  /** loaded before the first append and for proofs */
  leaves: LeafSet | undefined;
  readonly accesses: Set<Access> = new Set();
  /** appends that wait or are being written, and other work that must not lose this object */
  pins = 0;
  /** how much strangers may still leave here, when this is an inbox (W-22) */
  knocks: TokenBucket | undefined;
  /** order of last use, for eviction */
  usedAt = 0;
  #tree: MemoryTree | undefined;

  constructor(hasher: TreeHasher, stored: StoredLog) {
    this.id = stored.record.log;
    this.key = bytesKey(this.id);
    this.#hasher = hasher;
    this.record = stored.record;
    this.size = stored.size;
    this.head = stored.head;
    this.#durableRange = stored.range;
    this.tip = { range: this.#openRange(), record: this.record };
  }

  get isMirror(): boolean {
    return this.record.mirror !== undefined;
  }

  #openRange(): CompactRange {
    if (this.#durableRange.byteLength === 0) return new CompactRange(this.#hasher);
    const decoded = CompactRange.decode(this.#durableRange, this.#hasher);
    if (!decoded.ok || decoded.value.size !== this.size) throw new Bug("a stored compact range does not fit its log");
    return decoded.value;
  }

  /** The tip is on disk now. */
  advance(head: Uint8Array, range: Uint8Array): void {
    this.size = this.tip.range.size;
    this.record = this.tip.record;
    this.head = head;
    this.#durableRange = range;
  }

  /** The commit that built the tip failed: back to what is on disk. */
  rewind(): void {
    this.tip = { range: this.#openRange(), record: this.record };
    if (this.leaves !== undefined && this.leaves.size > this.size) this.leaves.truncate(this.size);
  }

  /** The tree of all entries on disk, for proofs. Cost: two hashes for each entry since the last call. */
  tree(): MemoryTree {
    if (this.leaves === undefined) throw new Bug("leaves were not loaded");
    const tree = (this.#tree ??= new MemoryTree(this.#hasher));
    for (let i = tree.size; i < this.size; i++) tree.append(this.leaves.bytes.subarray(32 * i, 32 * (i + 1)));
    return tree;
  }

  /** Whether nobody would notice if this object were dropped and loaded again. */
  get isIdle(): boolean {
    return this.accesses.size === 0 && this.pins === 0;
  }
}
