/* Rows of marks: what people did with a message, by the message (protocol/5-content.md §6). */
import { compareKeys } from "../store/keys.ts";
import { blob, count, fields, flag, list, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** Bytes of a device id that the order of marks needs. */
export const DEVICE_BYTES = 8;
/** `at` of an own mark that is not in the log yet: it holds over all others (C-34). */
export const PENDING: number = Number.MAX_SAFE_INTEGER;

/** A mark's place in the one order of all marks: by `at`, device, `seq` (C-34). */
export interface MarkOrder {
  /** size of the log that the writer had verified, at most the entry's own index */
  readonly at: number;
  /** first 8 bytes of the writing device's id */
  readonly device: Uint8Array;
  readonly seq: number;
}

/** One thing that somebody did with a message. What `body` holds is its kind's. */
export interface MarkEntry extends MarkOrder {
  /** message id of the letter that did it */
  readonly id: Uint8Array;
  /** identity of its writer */
  readonly by: Uint8Array;
  /** the writer's clock */
  readonly atMs: number;
  readonly body: Uint8Array;
  /** of a reaction: it was taken back */
  readonly gone: boolean;
}

/** `mark`: by message id and kind (kinds.ts). */
export const markShelf: Shelf<readonly MarkEntry[]> = shelf(
  "mark",
  row(
    1,
    list(
      fields<MarkEntry>({
        at: count,
        device: blob,
        seq: count,
        id: blob,
        by: blob,
        atMs: count,
        body: blob,
        gone: flag,
      }),
    ),
  ),
);

/** What somebody's devices have and have shown of the room's log (C-40). */
export interface SeenRow {
  readonly by: Uint8Array;
  readonly delivered: number;
  readonly read: number;
}

/** What is known of a conversation beside its lines. */
export interface TalkRow {
  /** message ids of what is pinned, the one that was pinned last at the end */
  readonly pins: readonly Uint8Array[];
  /** targets of marks that have not come, oldest first */
  readonly waiting: readonly Uint8Array[];
  readonly seen: readonly SeenRow[];
  /** what this device told the others that it has, and that was read */
  readonly told: SeenRow;
}

const seenField = fields<SeenRow>({ by: blob, delivered: count, read: count });

/** `talk`: by conversation id. */
export const talkShelf: Shelf<TalkRow> = shelf(
  "talk",
  row<TalkRow>(1, fields<TalkRow>({ pins: list(blob), waiting: list(blob), seen: list(seenField), told: seenField })),
);

/** A conversation of which nothing is known yet. */
export const NO_TALK: TalkRow = {
  pins: [],
  waiting: [],
  seen: [],
  told: { by: new Uint8Array(0), delivered: 0, read: 0 },
};

/** Negative when `a` stands before `b`. */
export function compareOrders(a: MarkOrder, b: MarkOrder): number {
  return a.at - b.at || compareKeys(a.device, b.device) || a.seq - b.seq;
}
