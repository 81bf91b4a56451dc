/*
 * What checking found, before anybody is told. A finding names its subject (a log, a chain, a station's own log); findings of
 * one family about one subject at one station are one misdeed and become one alert.
 */
import { type ConversationId, type IdentityId, type LogId, type StationKey } from "@chapar/wire";
import { concatBytes, type Sha256, utf8 } from "@chapar/wire/bytes";
import type { AlertCode } from "../api.ts";
import type { AccusedRow } from "./alert-row.ts";

/** Codes that tell of one and the same misdeed in different light. */
export type Family =
  | "entries"
  | "history"
  | "board"
  | "twice"
  | "ledger"
  | "stale"
  | "witness"
  | "restored"
  | "ops"
  | "chain";

const FAMILIES: Readonly<Record<AlertCode, Family>> = {
  withheld: "entries",
  altered: "entries",
  "expired-early": "entries",
  "pruned-early": "entries",
  "removed-unlogged": "entries",
  "no-answer": "entries",
  forked: "history",
  "rolled-back": "history",
  hidden: "history",
  backdated: "history",
  duplicated: "twice",
  "other-board": "board",
  "log-forked": "ledger",
  "log-stale": "stale",
  "witness-lost": "witness",
  restored: "restored",
  "hidden-op": "ops",
  "foreign-op": "ops",
  "chain-forked": "chain",
};

/** Something that was found. */
export interface Finding {
  readonly code: AlertCode;
  readonly station: AccusedRow;
  /** what it is about: a log id, an identity's key in the map, or the station's own key; at most 32 bytes */
  readonly subject: Uint8Array;
  readonly conversation?: ConversationId | undefined;
  readonly log?: LogId | undefined;
  readonly person?: IdentityId | undefined;
  readonly sinceMs?: number | undefined;
  readonly state: "asking" | "open";
  readonly missing: number;
  readonly bundle?: { readonly shape: string; readonly bytes: Uint8Array } | undefined;
  readonly kept: readonly Uint8Array[];
}

/** The id of the alert that a finding belongs to. */
export function alertId(
  { code, station, subject }: { readonly code: AlertCode; readonly station: AccusedRow; readonly subject: Uint8Array },
  sha256: Sha256,
): Uint8Array {
  return alertIdOf(FAMILIES[code], station.ref.key, subject, sha256);
}

/** As `alertId`, for a family. */
export function alertIdOf(family: Family, station: StationKey, subject: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(utf8(`chapar alert v1 ${family}\0`), station, subject));
}
