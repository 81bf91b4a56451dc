/* How the log of a station was checked last, on disk. */
import type { StationRef } from "@chapar/wire";
import { stationRefField } from "../profile/profile-row.ts";
import { blob, count, fields, list, oneOf, optional, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A station that is watched. */
export interface WatchedRow {
  readonly ref: StationRef;
  /** its live policy as pinned at first use; empty: none was given yet */
  readonly policy: Uint8Array;
  /** newest epoch that was believed, and the compact proof it came with; empty before the first */
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
  readonly checkedAtMs: number | undefined;
  readonly cosigned: number;
  /** ways over which the last check went */
  readonly paths: number;
  /** what the cosignatures were enough for: `none` there are no witnesses */
  readonly quorum: "none" | "live" | "final";
  /** why the last check came to nothing */
  readonly code: string | undefined;
  /** when it first came to nothing since the last that did not */
  readonly staleSinceMs: number | undefined;
  /** names of pinned witnesses that are gone from the policy, as told to the person */
  readonly lost: readonly string[];
}

/** `station`: by station key. */
export const stationShelf: Shelf<WatchedRow> = shelf(
  "station",
  row<WatchedRow>(
    1,
    fields<WatchedRow>({
      ref: stationRefField,
      policy: blob,
      leaf: blob,
      proof: blob,
      checkedAtMs: optional(count),
      cosigned: count,
      paths: count,
      quorum: oneOf(["none", "live", "final"]),
      code: optional(text),
      staleSinceMs: optional(count),
      lost: list(text),
    }),
  ),
);

const NOTHING = new Uint8Array(0);

/** A station that was never checked. */
export function newWatched(ref: StationRef): WatchedRow {
  return {
    ref,
    policy: NOTHING,
    leaf: NOTHING,
    proof: NOTHING,
    checkedAtMs: undefined,
    cosigned: 0,
    paths: 0,
    quorum: "none",
    code: undefined,
    staleSinceMs: undefined,
    lost: [],
  };
}
