/* What is kept of branches (protocol/17-island.md), and of hubs that are out of reach. */
import type { LogId, StationRef } from "@chapar/wire";
import { stationRefField } from "../profile/profile-row.ts";
import { count, fields, id, list, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A branch of a room, at the station that keeps it. */
export interface BranchRow {
  readonly log: LogId;
  readonly station: StationRef;
  readonly epoch: number;
}

/** The branches of a conversation's present epoch. */
export interface BranchesRow {
  readonly branches: readonly BranchRow[];
}

/** `branch`: by conversation id. */
export const branchShelf: Shelf<BranchesRow> = shelf(
  "branch",
  row<BranchesRow>(
    1,
    fields<BranchesRow>({ branches: list(fields<BranchRow>({ log: id(), station: stationRefField, epoch: count })) }),
  ),
);

/** A hub that the home cannot reach. */
export interface CutRow {
  readonly station: StationRef;
  readonly sinceMs: number;
}

/** `cut`: by station key. */
export const cutShelf: Shelf<CutRow> = shelf(
  "cut",
  row<CutRow>(1, fields<CutRow>({ station: stationRefField, sinceMs: count })),
);
