/*
 * What the station refuses to its operator and to its own code. Codes that cross a link are in the table of
 * @chapar/wire; this table holds the ones that never leave the machine. Codes are stable API: compare `code`, never a
 * message, and never `instanceof` (a worker clones errors). Messages carry no key, address, id or content.
 */
import type { WireErrorCode } from "@chapar/wire";

interface CodeRow {
  /** one sentence: what was refused */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

type LocalCode =
  | "station/folder-in-use"
  | "station/folder-newer"
  | "station/bad-key-file"
  | "station/bad-config"
  | "station/bad-policy"
  | "station/peer-lied"
  | "station/ledger-damaged"
  | "station/bad-backup"
  | "station/damaged-backup"
  | "station/foreign-backup"
  | "station/wrong-backup-key"
  | "station/bad-backup-key"
  | "station/bad-witness"
  | "station/bad-removal"
  | "station/no-folder"
  | "station/not-published"
  | "station/closed";

/** What each local code means, who caused it, and whether trying again can help. Printed into docs/errors.md. */
export const STATION_CODES: Readonly<Record<LocalCode, CodeRow>> = {
  "station/folder-in-use": { what: "another station runs on this data folder", whose: "user", retry: true },
  "station/folder-newer": { what: "the data folder was written by a newer version", whose: "user", retry: false },
  "station/bad-key-file": {
    what: "the station key file cannot be read or is not 32 bytes",
    whose: "user",
    retry: false,
  },
  "station/bad-config": { what: "a setting of the station is not possible", whose: "user", retry: false },
  "station/bad-policy": {
    what: "the region policy of the data folder is not this station's, not of its region, not in force or contradicts itself",
    whose: "user",
    retry: false,
  },
  "station/peer-lied": { what: "a peer sent entries or a head that do not verify", whose: "peer", retry: false },
  "station/ledger-damaged": {
    what: "the data folder does not hold the station log that was signed from it: restore a whole copy, log an incident",
    whose: "user",
    retry: false,
  },
  "station/bad-backup": { what: "a file is not a backup of a station", whose: "user", retry: false },
  "station/damaged-backup": { what: "a backup was changed, cut or lengthened", whose: "user", retry: false },
  "station/foreign-backup": { what: "a backup is of another station than the folder", whose: "user", retry: false },
  "station/wrong-backup-key": { what: "a backup was sealed under another key", whose: "user", retry: true },
  "station/bad-backup-key": {
    what: "the file of the key of backups is missing, or holds none",
    whose: "user",
    retry: true,
  },
  "station/bad-witness": { what: "no witness answers at this address", whose: "user", retry: true },
  "station/bad-removal": {
    what: "a removal without a reason or a reference, or of an entry that holds keys of its log and no message",
    whose: "user",
    retry: false,
  },
  "station/not-published": {
    what: "the station has published no checkpoint of its log as it is: start it, or wait for its next epoch",
    whose: "user",
    retry: true,
  },
  "station/no-folder": { what: "no station has run on this folder", whose: "user", retry: false },
  "station/closed": { what: "the station or its store is closed", whose: "us", retry: false },
};

/** Codes of this package: those that cross a link, and those that stay here. */
export type StationCode = WireErrorCode | LocalCode;

/**
 * A typed refusal. Thrown by request handlers (it becomes the answer), by the store and at start.
 *
 * `detail` is the number whose meaning the code's row names: an epoch, milliseconds to wait.
 */
export class StationError extends Error {
  readonly code: StationCode;
  readonly detail: number | undefined;

  constructor(code: StationCode, detail?: number, options?: ErrorOptions) {
    super(code, options);
    this.name = "StationError";
    this.code = code;
    this.detail = detail;
  }
}

/** Builds a refusal. */
export function stationError(code: StationCode, detail?: number, cause?: unknown): StationError {
  return new StationError(code, detail, cause === undefined ? undefined : { cause });
}

/** Whether a caught value is this package's error, optionally with one code; works across workers. */
export function isStationError(error: unknown, code?: StationCode): error is StationError {
  if (!(typeof error === "object" && error !== null && "code" in error && "name" in error)) return false;
  return error.name === "StationError" && (code === undefined || error.code === code);
}

/** A broken invariant of our own: never caused by input. */
export class Bug extends Error {
  override readonly name = "Bug";
}
