/* What reading rooms needs of others and tells them, and how a room stands on a link. */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Explained } from "../repair/manifests.ts";
import type { Readers } from "../repair/readers.ts";
import type { Twice } from "../trust/probe.ts";
import type { RoomAccess } from "./room-access.ts";

/** Tries after which a fault that might pass is shown. */
export const FAILURES_BEFORE_FAULT = 3;

/** Tries, with back-off, in which a station's epoch with a tombstone is surely made: half a minute. */
export const TOMBSTONE_TRIES = 5;

/** How a room stands on the link in use. */
export interface Following {
  /** entries the home had when the room was opened; undefined until then */
  targetSize: number | undefined;
  /** verified so far */
  size: number;
  failures: number;
  /** pushes that came and are not taken yet */
  pages: number;
  /** a new try waits for its time */
  waiting: boolean;
}

/** What others do when a room has moved. */
export interface RoomListener {
  /** entries were taken; `epoch` when a commit was among them */
  moved(row: ConversationRow, what: { readonly epoch: boolean }): void;
  /** a page was refused, and why is in the book of alerts */
  found(row: ConversationRow): void;
  /** entries below a size are owed, and did not come although they were asked for */
  owed(row: ConversationRow, size: number): void;
  /** a commit's body is missing, and the group cannot go on without it */
  stuck(row: ConversationRow): void;
  /** an entry stands at two places of the log (W-32) */
  twice(row: ConversationRow, twice: Twice): void;
  /** a letter told the hash of one that is missing: whoever has it can prove it */
  awaited(row: ConversationRow): void;
  /** bodies are missing, and the room will be read past them */
  missing(row: ConversationRow, explained: Explained): Promise<void>;
}

/** What rooms are read with. */
export interface RoomParts {
  readonly access: RoomAccess;
  readonly readers: Readers;
}

/** Whether nothing of a room is read: it stopped, this device is not in it yet, or is not any more. */
export function isOver({ stopped, joinedEpoch, state }: ConversationRow): boolean {
  return stopped || joinedEpoch === 0 || state === "closed";
}
