/* How far what is owed of a room has been asked for, on disk: it goes on where it was after a restart. */
import { count, fields, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** What is owed of one conversation's log. */
export interface LadderRow {
  /** entries below are owed */
  readonly to: number;
  readonly sinceMs: number;
  /** the next rung (ladder.ts) */
  readonly rung: number;
  /** rounds over all rungs */
  readonly rounds: number;
  readonly nextAtMs: number;
}

/** `ladder`: by conversation id. */
export const ladderShelf: Shelf<LadderRow> = shelf(
  "ladder",
  row<LadderRow>(1, fields<LadderRow>({ to: count, sinceMs: count, rung: count, rounds: count, nextAtMs: count })),
);
