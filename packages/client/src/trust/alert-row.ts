/* Alerts on disk: what a station or a chain of keys was caught at, with the objects that show it. */
import type { ConversationId, IdentityId, LogId, StationRef } from "@chapar/wire";
import type { AlertCode } from "../api.ts";
import { stationRefField } from "../profile/profile-row.ts";
import { blob, count, fields, flag, id, list, oneOf, optional, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** Every code, in the order of their numbers on disk: append, never reorder. */
export const ALERT_CODES: readonly AlertCode[] = [
  "withheld",
  "altered",
  "forked",
  "rolled-back",
  "hidden",
  "backdated",
  "expired-early",
  "pruned-early",
  "duplicated",
  "removed-unlogged",
  "log-forked",
  "log-stale",
  "restored",
  "no-answer",
  "hidden-op",
  "foreign-op",
  "chain-forked",
  "witness-lost",
  "other-board",
];

/** A station as it was known when it was caught. */
export interface AccusedRow {
  readonly ref: StationRef;
  readonly region: string;
  readonly name: string;
}

/** One alert. */
export interface AlertRow {
  /** 32 bytes, from what it is about: one misdeed is one row */
  readonly id: Uint8Array;
  readonly code: AlertCode;
  readonly station: AccusedRow;
  readonly conversation: ConversationId | undefined;
  readonly log: LogId | undefined;
  readonly person: IdentityId | undefined;
  readonly noticedAtMs: number;
  /** since when it can be shown to be so */
  readonly sinceMs: number | undefined;
  readonly state: "asking" | "open" | "restored";
  readonly missing: number;
  readonly restored: number;
  /** name of the bundle's shape; undefined when there is none */
  readonly shape: string | undefined;
  /** what anyone can check; empty when there is none */
  readonly bundle: Uint8Array;
  /** signed objects that show it, for what a bundle cannot say */
  readonly kept: readonly Uint8Array[];
  /** false: incidents were not asked for yet, or the bundle was not verified */
  readonly judged: boolean;
  /** it was judged once, and people see it */
  readonly told: boolean;
  readonly seen: boolean;
}

const accusedField = fields<AccusedRow>({ ref: stationRefField, region: text, name: text });

/** `alert`: by alert id. */
export const alertShelf: Shelf<AlertRow> = shelf(
  "alert",
  row<AlertRow>(
    1,
    fields<AlertRow>({
      id: blob,
      code: oneOf(ALERT_CODES),
      station: accusedField,
      conversation: optional(id()),
      log: optional(id()),
      person: optional(id()),
      noticedAtMs: count,
      sinceMs: optional(count),
      state: oneOf(["asking", "open", "restored"]),
      missing: count,
      restored: count,
      shape: optional(text),
      bundle: blob,
      kept: list(blob),
      judged: flag,
      told: flag,
      seen: flag,
    }),
  ),
);
