/*
 * Errors of the command line itself. Errors of the engine and of stations keep their own codes; sentences.ts says all of
 * them in words a person can act on.
 */

interface CodeRow {
  /** one sentence: what was refused */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

/** What each code means, who caused it, and whether trying again can help. Printed into docs/errors.md. */
export const TERM_CODES = {
  "term/usage": { what: "the command line was wrong", whose: "user", retry: false },
  "term/not-confirmed": { what: "the name given was not the own one", whose: "user", retry: false },
  "term/no-profile": { what: "the profile folder holds no identity yet", whose: "user", retry: false },
  "term/other-identity": {
    what: "the profile already belongs to another name or another station",
    whose: "user",
    retry: false,
  },
  "term/not-reached": {
    what: "the station was not reached in time; everything is kept on this device and goes with the next connection",
    whose: "network",
    retry: true,
  },
  "term/own-hello": {
    what: "every known way would show the TLS hello that the settings forbid",
    whose: "user",
    retry: false,
  },
  "term/refused": { what: "the station was reached and said no", whose: "peer", retry: false },
  "term/message-refused": { what: "the station said no to one message", whose: "peer", retry: false },
  "term/unknown-conversation": { what: "no conversation of this profile has that id", whose: "user", retry: false },
  "term/no-message": { what: "no message of a conversation has that id or place", whose: "user", retry: false },
  "term/unknown-device": { what: "no device of this person has that id", whose: "user", retry: false },
  "term/no-words": { what: "the recovery words are not on this device any more", whose: "user", retry: false },
  "term/locked": {
    what: "the profile is locked, and there is neither a terminal to ask for its PIN nor a file with it",
    whose: "user",
    retry: false,
  },
  "term/wrong-pin": { what: "a PIN opens nothing here", whose: "user", retry: true },
  "term/too-soon": { what: "a PIN was not tried, after too many wrong ones", whose: "user", retry: true },
  "term/bad-pin": { what: "a new PIN or word is not taken", whose: "user", retry: false },
  "term/no-lock": { what: "there is no lock, or it is taken off", whose: "user", retry: false },
  "term/not-linked": { what: "this device was not linked", whose: "user", retry: true },
  "term/unknown-alert": { what: "no alert of this profile has that id", whose: "user", retry: false },
  "term/unknown-scheduled": { what: "no message of that id waits for its time", whose: "user", retry: false },
  "term/unknown-folder": { what: "no folder of this profile has that name", whose: "user", retry: false },
  "term/no-draft": { what: "nothing was begun in that chat", whose: "user", retry: false },
  "term/report-refused": { what: "the station did not take a report", whose: "peer", retry: false },
  "term/unknown-report": { what: "no report of that id waits in the station's folder", whose: "user", retry: false },
  "term/unknown-person": { what: "nobody this profile writes with has that name or id", whose: "user", retry: false },
  "term/conversation-fault": {
    what: "a check of the conversation's log failed; it stopped there and kept the evidence",
    whose: "peer",
    retry: false,
  },
  "term/bad-text": { what: "the text on standard input is not UTF-8", whose: "user", retry: false },
  "term/no-attachment": { what: "no message of the conversation has such a file", whose: "user", retry: false },
  "term/no-file": { what: "a file that was named cannot be read", whose: "user", retry: false },
  "term/no-picture": { what: "a file is no picture that can be drawn small", whose: "user", retry: false },
  "term/cannot-write": { what: "a folder or file cannot be made or written", whose: "user", retry: false },
  "term/disk-full": { what: "the disk is full", whose: "user", retry: true },
  "term/bad-settings": { what: "the file of a station's settings is damaged", whose: "user", retry: false },
  "term/bad-report": { what: "a residency report that was made does not hold", whose: "us", retry: false },
  "term/no-audit": {
    what: "a station answers no audit: another key, none made there, asked too often, or an epoch is being published",
    whose: "user",
    retry: true,
  },
  "term/bad-policy": { what: "the region policy of a station is refused", whose: "user", retry: false },
  "term/no-witness": { what: "a witness that was named is not in the folder", whose: "user", retry: false },
  "term/no-station": { what: "no station answers at a URL", whose: "network", retry: true },
  "term/port-taken": { what: "the port is in use by another program", whose: "user", retry: false },
  "term/dns-port": {
    what: "the port of the name server is in use, or needs another user",
    whose: "user",
    retry: false,
  },
  "term/ss-port": { what: "the Shadowsocks port is in use by another program", whose: "user", retry: false },
  "term/no-terminal": { what: "the command needs a terminal to draw on", whose: "user", retry: false },
  "term/holder-ended": {
    what: "the other chapar process that held this profile ended in the middle of a call",
    whose: "us",
    retry: true,
  },
  "term/holder-silent": {
    what: "another chapar process holds this profile and does not answer",
    whose: "us",
    retry: true,
  },
  "term/bad-request": {
    what: "a request between two chapar processes was malformed or unknown",
    whose: "us",
    retry: false,
  },
  "term/no-way": { what: "no route led to the tunnel's station in time", whose: "network", retry: true },
  "term/no-exit": { what: "the station lets no traffic out for this pass", whose: "peer", retry: false },
  "term/no-transport": {
    what: "the program of a pluggable transport is not installed or did not start",
    whose: "user",
    retry: false,
  },
  "term/vpn-needs": {
    what: "this machine lacks what capturing it needs: Linux, root or programs",
    whose: "user",
    retry: false,
  },
  "term/vpn-taken": { what: "another run captures this machine", whose: "user", retry: false },
  "term/vpn-refused": { what: "the kernel or a helper did not take what capturing needs", whose: "us", retry: false },
  "term/vpn-broken": {
    what: "a helper ended while the machine was captured; the machine stays closed",
    whose: "us",
    retry: true,
  },
  "term/bad-code": { what: "words that are no diagnostic code, or a mistyped one", whose: "user", retry: false },
  "term/bad-list": {
    what: "a relay's list cannot be read, or is not signed by its issuer",
    whose: "user",
    retry: false,
  },
  "term/web-build": { what: "the web app could not be built", whose: "us", retry: false },
  "term/interrupted": { what: "ended by a signal before the work was done", whose: "user", retry: true },
  "term/internal": { what: "a fault of Chapar itself", whose: "us", retry: false },
} as const;

/** Stable codes of the command line. */
export type TermCode = keyof typeof TERM_CODES;

// The compiler checks here that every row has the shape of a row.
const TABLE: Readonly<Record<TermCode, CodeRow>> = TERM_CODES;

/** Values a sentence may name: a path, a port, a code of another package. */
export type TermDetail = Readonly<Record<string, string | number>>;

/** A refusal of the command line. */
export class TermError extends Error {
  readonly code: TermCode;
  readonly detail: TermDetail;

  constructor(code: TermCode, detail: TermDetail = {}, options?: ErrorOptions) {
    super(`${code}: ${TABLE[code].what}`, options);
    this.name = "TermError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whether a caught value is this package's error, optionally with one code; works for errors that crossed a socket. */
export function isTermError(error: unknown, code?: TermCode): error is TermError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(TABLE, error.code) && (code === undefined || error.code === code);
}
