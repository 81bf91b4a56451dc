/*
 * Every way in which this package refuses something, as one table. Codes are stable API: callers compare `code`, never a
 * message, and never `instanceof` (a worker clones errors). Decoders and verifiers answer codes in a result; only a call
 * that was wrong in our own code throws EvidenceError.
 */
import type { LogCode } from "@chapar/log";
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
export const EVIDENCE_CODES = {
  "evidence/bad-argument": { what: "a field handed in by our own code is not possible", whose: "us", retry: false },
  "evidence/malformed": { what: "bytes are not of the form they should have", whose: "peer", retry: false },
  "evidence/unknown-shape": { what: "a proof of a shape that this program does not know", whose: "user", retry: false },
  "evidence/too-large": { what: "a proof above 4096 bytes", whose: "peer", retry: false },
  "evidence/bad-signature": { what: "a signature does not verify", whose: "peer", retry: false },
  "evidence/wrong-station": { what: "an object is another station's", whose: "peer", retry: false },
  "evidence/wrong-subject": {
    what: "objects are about different logs, identities, readers or indexes",
    whose: "peer",
    retry: false,
  },
  "evidence/bad-proof": { what: "hashes do not lead to what was signed", whose: "peer", retry: false },
  "evidence/not-false": { what: "the objects can all be true", whose: "peer", retry: false },
} as const;

/** Stable codes of this package. */
export type EvidenceCode = keyof typeof EVIDENCE_CODES;

// The compiler checks here that every row has the shape of a row.
const TABLE: Readonly<Record<EvidenceCode, CodeRow>> = EVIDENCE_CODES;

/** Outcome of checking something: the value it establishes, or why it was refused. */
export type EvidenceChecked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: EvidenceCode };

/** Outcome of decoding untrusted bytes here: `offset` counts from the start of the bytes handed in. */
export type EvidenceDecoded<T> = Decoded<T, EvidenceCode | ByteFault>;

/** A wrong call from our own code; untrusted input never causes one. */
export class EvidenceError extends Error {
  readonly code: EvidenceCode;

  constructor(code: EvidenceCode, detail: string) {
    super(`${code}: ${detail}`);
    this.name = "EvidenceError";
    this.code = code;
  }
}

/** Whether a caught value is this package's error, optionally with one code; works across workers. */
export function isEvidenceError(error: unknown, code?: EvidenceCode): error is EvidenceError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(TABLE, error.code) && (code === undefined || error.code === code);
}

/** A refusal as a value. */
export function refuse(code: EvidenceCode): { readonly ok: false; readonly code: EvidenceCode } {
  return { ok: false, code };
}

/** A refusal of bytes as a value, with the place where reading stopped. */
export function refuseAt(code: EvidenceCode, offset: number): { ok: false; code: EvidenceCode; offset: number } {
  return { ok: false, code, offset };
}

const OF_LOG: ReadonlyMap<string, EvidenceCode> = new Map([
  ["log/bad-signature", "evidence/bad-signature"],
  ["log/wrong-station", "evidence/wrong-station"],
  ["log/unknown-key", "evidence/wrong-station"],
  ["log/bad-proof", "evidence/bad-proof"],
  ["log/bad-root", "evidence/bad-proof"],
  ["log/no-contradiction", "evidence/not-false"],
]);

/** The code here for what package log refused; all that is not in the table is about the form of bytes. */
export function ofLogCode(code: LogCode | ByteFault): EvidenceCode {
  return OF_LOG.get(code) ?? "evidence/malformed";
}
