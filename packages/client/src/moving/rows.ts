/* What is kept of a move (protocol/15-moving.md): the move itself, rooms that are to be continued, and logs that continue others. */
import type { LogId, StationRef } from "@chapar/wire";
import { homeField, type HomeRow, stationRefField } from "../profile/profile-row.ts";
import { blob, count, fields, flag, id, list, oneOf, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A move. `asked`: the op is made, and the new home was not seen to take it · `moved`: this device lives there. */
export interface MovingRow {
  readonly stage: "asked" | "moved";
  /** the chain with the op */
  readonly ops: readonly Uint8Array[];
  readonly home: HomeRow;
  /** what the new home's sign-up rule asks for */
  readonly token: Uint8Array;
  /** the old home */
  readonly from: StationRef;
  /** keys of stations that have the chain */
  readonly told: readonly Uint8Array[];
  readonly atMs: number;
}

/** `moving`: by identity id. */
export const movingShelf: Shelf<MovingRow> = shelf(
  "moving",
  row<MovingRow>(
    1,
    fields<MovingRow>({
      stage: oneOf(["asked", "moved"]),
      ops: list(blob),
      home: homeField,
      token: blob,
      from: stationRefField,
      told: list(blob),
      atMs: count,
    }),
  ),
);

/** The commit by which a room goes on at the new home. */
export interface ContinuingRow {
  readonly log: LogId;
  readonly genesis: Uint8Array;
  /** the commit, byte for byte as it stands in both logs */
  readonly entry: Uint8Array;
  /** the seed of the genesis' write key */
  readonly writeSeed: Uint8Array;
  /** the old hub has taken it, or is gone */
  readonly settled: boolean;
}

/** `continuing`: by conversation id; until it stands in the new log. */
export const continuingShelf: Shelf<ContinuingRow> = shelf(
  "continuing",
  row<ContinuingRow>(
    1,
    fields<ContinuingRow>({ log: id(), genesis: blob, entry: blob, writeSeed: blob, settled: flag }),
  ),
);

/** A log that continues another. */
export interface ContinuedRow {
  /** what an index of it is added to (M-10) */
  readonly base: number;
  /** the epoch that its first commit began */
  readonly epoch: number;
  /** entries of the log before it that the mover had verified */
  readonly read: number;
  /** the log before it ended without the commit: own letters from `read` on leave again (M-9) */
  readonly rescued: boolean;
  /** what had no receipt, and those, are in the outbox again */
  readonly resent: boolean;
}

/** `continued`: by log id. */
export const continuedShelf: Shelf<ContinuedRow> = shelf(
  "continued",
  row<ContinuedRow>(1, fields<ContinuedRow>({ base: count, epoch: count, read: count, rescued: flag, resent: flag })),
);
