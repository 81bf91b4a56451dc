/*
 * Every way in which this package refuses something, as one table. Codes are stable API: callers compare `code`, never
 * a message, and never `instanceof` (a worker clones errors). Decoders answer codes in a result; only a call that was
 * wrong in our own code throws LogError.
 */
import type { ByteFault, Decoded } from "@chapar/wire/bytes";

interface CodeRow {
  /** one sentence: what was refused */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

/** What each code means, who caused it, and whether trying again can help. Printed into docs/errors.md. */
export const LOG_CODES = {
  "log/bad-argument": {
    what: "a size, index or hash handed in by our own code is not possible",
    whose: "us",
    retry: false,
  },
  "log/bad-note": { what: "bytes are not a C2SP signed note", whose: "peer", retry: false },
  "log/bad-key": { what: "text is not a C2SP verifier key, or its key id does not match", whose: "peer", retry: false },
  "log/unknown-algorithm": { what: "the signature type is not one this verifier was given", whose: "us", retry: false },
  "log/unknown-key": { what: "no signature is from a known key", whose: "peer", retry: false },
  "log/bad-signature": { what: "a signature from a known key does not verify", whose: "peer", retry: false },
  "log/bad-checkpoint": { what: "a note's text is not a C2SP checkpoint", whose: "peer", retry: false },
  "log/bad-timestamp": {
    what: "a cosignature's time is zero or beyond what the format allows",
    whose: "peer",
    retry: false,
  },
  "log/bad-policy": { what: "bytes are not a C2SP trust policy", whose: "user", retry: false },
  "log/quorum": { what: "too few of the policy's witnesses cosigned the checkpoint", whose: "peer", retry: true },
  "log/wrong-origin": { what: "the checkpoint is of another log", whose: "peer", retry: false },
  "log/bad-proof": { what: "a proof is malformed or has the wrong number of hashes", whose: "peer", retry: false },
  "log/bad-root": { what: "hashes do not lead to the signed root", whose: "peer", retry: false },
  "log/out-of-range": { what: "an index or size is outside the log, or above 2^53 - 1", whose: "peer", retry: false },
  "log/bad-tile": {
    what: "a tile path, tile or entry bundle is malformed or does not hash",
    whose: "peer",
    retry: false,
  },
  "log/bad-request": {
    what: "a witness request is malformed, or its old size exceeds the checkpoint's",
    whose: "peer",
    retry: false,
  },
  "log/unknown-origin": { what: "the witness does not follow this log", whose: "peer", retry: false },
  "log/conflict": { what: "the old size is not the latest the witness cosigned", whose: "peer", retry: true },
  "log/inconsistent": {
    what: "the checkpoint is not proved to extend the latest cosigned one",
    whose: "peer",
    retry: false,
  },
  "log/busy": {
    what: "the witness has too many requests for this log, or could not store",
    whose: "network",
    retry: true,
  },
  "log/bad-statement": { what: "a receipt or signed head is malformed", whose: "peer", retry: false },
  "log/missing-context": {
    what: "a receipt leaves out a field that its reader did not supply",
    whose: "us",
    retry: false,
  },
  "log/wrong-station": { what: "a statement names another station's key", whose: "peer", retry: false },
  "log/wrong-log": { what: "a statement names another log", whose: "peer", retry: false },
  "log/wrong-entry": { what: "a receipt is for another entry", whose: "peer", retry: false },
  "log/gap": { what: "entries begin after the first one missing", whose: "peer", retry: true },
  "log/overlap": { what: "entries begin before what is already held", whose: "peer", retry: true },
  "log/incomplete": {
    what: "entries do not reach the signed head and no consistency proof bridges the rest",
    whose: "peer",
    retry: true,
  },
  "log/stale": {
    what: "an older head than the one held, signed no later: true, but nothing new",
    whose: "peer",
    retry: true,
  },
  "log/forked": { what: "two signed heads of one log cannot both be true", whose: "peer", retry: false },
  "log/rolled-back": { what: "a later head is smaller than one signed before it", whose: "peer", retry: false },
  "log/backdated": {
    what: "a larger head is signed with an earlier time than a smaller one",
    whose: "peer",
    retry: false,
  },
  "log/from-future": {
    what: "a head's time is ahead of our clock by more than the allowed skew",
    whose: "peer",
    retry: true,
  },
  "log/no-contradiction": { what: "the objects handed in can all be true", whose: "peer", retry: false },
} as const;

/** Stable codes of this package. */
export type LogCode = keyof typeof LOG_CODES;

// The compiler checks here that every row has the shape of a row.
const TABLE: Readonly<Record<LogCode, CodeRow>> = LOG_CODES;

/** Outcome of checking something: the value it establishes, or why it was refused. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: LogCode };

/** Outcome of decoding untrusted bytes here: `offset` counts from the start of the bytes handed in. */
export type LogDecoded<T> = Decoded<T, LogCode | ByteFault>;

/** As `LogDecoded` for formats made of text: `offset` counts bytes of a note, lines of a text. */
export type TextDecoded<T> = Decoded<T, LogCode>;

/** A wrong call from our own code; untrusted input never causes one. */
export class LogError extends Error {
  readonly code: LogCode;

  constructor(code: LogCode, detail: string) {
    super(`${code}: ${detail}`);
    this.name = "LogError";
    this.code = code;
  }
}

/** Whether a caught value is this package's error, optionally with one code; works across workers. */
export function isLogError(error: unknown, code?: LogCode): error is LogError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(TABLE, error.code) && (code === undefined || error.code === code);
}

/** A refusal as a value. */
export function refuse(code: LogCode): { readonly ok: false; readonly code: LogCode } {
  return { ok: false, code };
}

/** A refusal of bytes or text as a value, with the place where reading stopped. */
export function refuseAt<C extends LogCode>(code: C, offset: number): { ok: false; code: C; offset: number } {
  return { ok: false, code, offset };
}
