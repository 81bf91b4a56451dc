/* Where a log's pushes go: the only thing the hub knows of a link. */
import type { Notice } from "@chapar/wire";

/** Where frames for one link go. The link's session implements it. */
export interface Outlet {
  /** Queues a frame with its length, shared with other links: nobody changes it afterwards. */
  sendShared(piece: Uint8Array): void;
  /** bytes queued and not yet taken by the network */
  readonly unsentBytes: number;
  /** Resolves when less than this waits, or the link has ended. */
  drained(belowBytes: number): Promise<void>;
  readonly closed: boolean;
  /** whether the other side takes what is passed on and forgotten (W-83) */
  takesEphemeral: boolean;
  /** Sends what may be lost: nothing where the other side does not take it, much waits, or the law of a region is against it. */
  offer(body: Extract<Notice, { type: "ephemeral" }>): void;
}
