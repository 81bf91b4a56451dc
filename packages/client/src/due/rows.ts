/* What is to happen at a time: messages that disappear, and messages that are to be sent. */
import type { MessageRow } from "../conversation/rows.ts";
import { blob, count, fields, flag, optional, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** How long messages of a conversation stay. */
export interface TimerRow {
  /** 0: they do not disappear */
  readonly seconds: number;
  /** index in the room's log of the letter that set it; an own one that is not placed yet holds over all */
  readonly at: number;
}

/** `timer`: by conversation id. */
export const timerShelf: Shelf<TimerRow> = shelf(
  "timer",
  row<TimerRow>(1, fields<TimerRow>({ seconds: count, at: count })),
);

/** A line that will disappear. */
export interface ExpiringRow {
  readonly conversation: Uint8Array;
  readonly position: number;
  readonly mine: MessageRow["mine"];
  /** after it was read */
  readonly seconds: number;
  /** by the clock of F-50; 0: not read yet */
  readonly dueMs: number;
}

/** `expiring`: by conversation id and position. */
export const expiringShelf: Shelf<ExpiringRow> = shelf(
  "expiring",
  row<ExpiringRow>(
    1,
    fields<ExpiringRow>({ conversation: blob, position: count, mine: flag, seconds: count, dueMs: count }),
  ),
);

/** A message that leaves at a time. */
export interface ScheduledRow {
  readonly id: Uint8Array;
  readonly conversation: Uint8Array;
  readonly dueMs: number;
  readonly text: string;
  readonly silent: boolean;
  /** message id of what it answers */
  readonly replyTo: string | undefined;
}

/** `scheduled`: by its own id. */
export const scheduledShelf: Shelf<ScheduledRow> = shelf(
  "scheduled",
  row<ScheduledRow>(
    1,
    fields<ScheduledRow>({
      id: blob,
      conversation: blob,
      dueMs: count,
      text,
      silent: flag,
      replyTo: optional(text),
    }),
  ),
);
