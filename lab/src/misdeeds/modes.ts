/*
 * The ways in which a station lies here, one name each. What each does exactly stands in docs/misdeeds.md.
 */

/**
 * How a mode is carried out: `at-rest` the store of the station answers falsely after a restart · `hole` a body is gone from the
 * store for a reason that is not so · `rolled-back` the folder is an older copy of itself · `in-flight` what is said to one person's
 * links is changed · `opening` the same, while a conversation is begun · `former` somebody is shown as they were before their
 * newest op · `twin` a second process with the same key speaks to one of two devices · `second-log` one person is shown
 * another station log.
 */
export type Manner = "at-rest" | "hole" | "rolled-back" | "in-flight" | "opening" | "former" | "twin" | "second-log";

/** A mode's name. */
export type Mode =
  | "drop-in-range"
  | "drop-and-rebuild"
  | "drop-tail"
  | "reorder"
  | "alter"
  | "duplicate"
  | "roll-back"
  | "fork"
  | "fork-log"
  | "stale-op"
  | "fake-device"
  | "hide-revocation"
  | "refuse"
  | "back-date"
  | "expire-early"
  | "prune-unacknowledged";

/** Every mode, in the order in which they run. */
export const MODES: Readonly<Record<Mode, Manner>> = {
  "drop-in-range": "in-flight",
  "drop-and-rebuild": "at-rest",
  "drop-tail": "at-rest",
  reorder: "at-rest",
  alter: "at-rest",
  duplicate: "at-rest",
  "roll-back": "rolled-back",
  fork: "twin",
  "fork-log": "second-log",
  "stale-op": "former",
  "fake-device": "opening",
  "hide-revocation": "former",
  refuse: "at-rest",
  "back-date": "at-rest",
  "expire-early": "hole",
  "prune-unacknowledged": "hole",
};

/** Names of all modes. */
export const MODE_NAMES: readonly Mode[] = Object.keys(MODES) as Mode[];

/** Modes that take something away and sign nothing false about it: giving it back undoes all of the lie. */
export const WITHHOLDING: ReadonlySet<Mode> = new Set<Mode>(["drop-in-range", "refuse"]);

/** What to play. */
export interface BatchOrder {
  readonly mode: Mode;
  readonly seed: number;
  /** places */
  readonly count: number;
  /** only the lie at this place, all else alike */
  readonly only: number | undefined;
}
