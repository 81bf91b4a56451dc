/*
 * What one link may do with one log, and how far it has been pushed to: made when the link shows a capability, gone with
 * the link. It is the only place where a link and a log meet, and it is never stored.
 */
import type { HotLog } from "./hot-log.ts";

/** Where frames for one link go. The link's session implements it. */
export interface Outlet {
  /** Queues a frame with its length, shared with other links: nobody changes it afterwards. */
  sendShared(piece: Uint8Array): void;
  /** bytes queued and not yet taken by the network */
  readonly unsentBytes: number;
  /** Resolves when less than this waits, or the link has ended. */
  drained(belowBytes: number): Promise<void>;
  readonly closed: boolean;
}

/** One link's capabilities for one log. */
export interface Access {
  readonly log: HotLog;
  readonly outlet: Outlet;
  /** `until`: the last index that may be read, when the key was revoked since (W-13) */
  read: { readonly from: number; until: number | undefined } | undefined;
  /** the epoch whose write key was shown, or granted to a peer (W-12) */
  writeEpoch: number | undefined;
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
