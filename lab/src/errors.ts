/* Every way in which the lab refuses, as one table. Codes are stable and compared as strings. */

interface CodeRow {
  /** one sentence: what failed */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

/** What each code means, whose fault it is, and whether trying again can help. Printed into docs/errors.md. */
export const LAB_CODES = {
  "lab/bad-command": { what: "the command line is not one the lab knows", whose: "user", retry: false },
  "lab/unknown-rule": { what: "no rule has this id", whose: "user", retry: false },
  "lab/needs-root": { what: "namespaces can only be made by root", whose: "user", retry: false },
  "lab/tool-missing": { what: "a program that the lab needs is not installed", whose: "user", retry: false },
  "lab/command-failed": { what: "a command that builds the lab's network failed", whose: "us", retry: true },
  "lab/not-ready": { what: "a process inside the lab did not come up in time", whose: "us", retry: true },
} as const;

const ROWS: Readonly<Record<string, CodeRow>> = LAB_CODES;

/** Stable codes of this package. */
export type LabCode = keyof typeof LAB_CODES;

/** A refusal of the lab. */
export class LabError extends Error {
  readonly code: LabCode;
  /** what a person should know: the missing program, the command that failed */
  readonly detail: string | undefined;

  constructor(code: LabCode, detail?: string, options?: { readonly cause?: unknown }) {
    super(detail === undefined ? code : `${code}: ${detail}`, options);
    this.name = "LabError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whether a caught value is this package's error, optionally with one code. */
export function isLabError(error: unknown, code?: LabCode): error is LabError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(ROWS, error.code) && (code === undefined || error.code === code);
}
