/*
 * Every way in which this package refuses something, as one table. Codes are stable API: callers compare `code` with
 * `isE2eError`, never a message, and never `instanceof` (a worker clones errors). Messages carry the sentence of the
 * table only: no plaintext, key, address or user id.
 */

interface CodeRow {
  /** one sentence: what was refused */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same call may work later */
  readonly retry: boolean;
}

const TABLE = {
  // MLS groups (protocol/4-groups.md)
  "e2e/bad-frame": {
    what: "bytes are not a frame of this group: form, size, group or kind is wrong",
    whose: "peer",
    retry: false,
  },
  "e2e/bad-tag": {
    what: "a frame does not authenticate: it was damaged, or sealed by someone outside the epoch",
    whose: "peer",
    retry: false,
  },
  "e2e/stale-epoch": { what: "a frame of an epoch whose keys were deleted", whose: "peer", retry: false },
  "e2e/future-epoch": {
    what: "a frame of an epoch this device has not reached; commits come first",
    whose: "network",
    retry: true,
  },
  "e2e/replayed": { what: "a frame whose key was used before", whose: "peer", retry: false },
  "e2e/own-frame": { what: "a frame that this device sealed itself", whose: "network", retry: false },
  "e2e/too-far": {
    what: "a frame skips more messages of its sender than a reader will ratchet over",
    whose: "peer",
    retry: false,
  },
  "e2e/too-large": { what: "content or a change does not fit the largest frame", whose: "user", retry: false },
  "e2e/bad-commit": {
    what: "a commit proposes something that groups here do not allow, or is inconsistent",
    whose: "peer",
    retry: false,
  },
  "e2e/bad-key-package": {
    what: "a key package is malformed, wrongly signed, or of another suite",
    whose: "peer",
    retry: false,
  },
  "e2e/expired-key-package": { what: "a key package is outside its lifetime", whose: "peer", retry: true },
  "e2e/duplicate-key": { what: "a public key is already in use in the group", whose: "peer", retry: false },
  "e2e/bad-credential": {
    what: "a credential is malformed, not bound to its key, or not a live device of its identity",
    whose: "peer",
    retry: true,
  },
  "e2e/not-a-member": {
    what: "a leaf that is not in the group, or a group this device has left",
    whose: "us",
    retry: false,
  },
  "e2e/group-full": { what: "the group has as many members as it can hold", whose: "user", retry: false },
  "e2e/bad-welcome": { what: "a Welcome is malformed or does not authenticate", whose: "peer", retry: false },
  "e2e/bad-tree": {
    what: "a sealed ratchet tree does not open, or does not match its Welcome",
    whose: "peer",
    retry: true,
  },
  "e2e/bad-group-info": {
    what: "a GroupInfo for joining from outside does not open, is malformed, or is not signed by a member",
    whose: "peer",
    retry: true,
  },
  "e2e/not-allowed": {
    what: "the group's roles and invites do not let this member, or this newcomer, make this change",
    whose: "peer",
    retry: false,
  },
  "e2e/unknown-psk": {
    what: "a commit names a pre-shared key that this device has not been given yet",
    whose: "network",
    retry: true,
  },
  "e2e/unknown-key-package": { what: "a Welcome is for another key package", whose: "peer", retry: false },
  "e2e/bad-record": { what: "stored group records are damaged or incomplete", whose: "us", retry: false },
  "e2e/stale-group": { what: "a group value that a later one has replaced was used again", whose: "us", retry: false },

  // Identities (protocol/3-identity.md §5)
  "e2e/bad-words": {
    what: "words are not 24 words of the English list with a right checksum",
    whose: "user",
    retry: true,
  },
  "e2e/bad-bundle": { what: "a stored bundle of private keys is damaged", whose: "us", retry: false },
  "e2e/not-a-rotation-key": {
    what: "a key that is not, or no longer, a rotation key of the identity",
    whose: "us",
    retry: false,
  },
  "e2e/refused-op": {
    what: "an op of our own would be refused by everyone; `cause` says why",
    whose: "us",
    retry: false,
  },

  // Invites (protocol/3-identity.md §6)
  "e2e/not-an-invite": { what: "text is not an invite in any of its forms", whose: "user", retry: false },
  "e2e/damaged-invite": { what: "an invite was changed or cut on its way", whose: "user", retry: false },
  "e2e/unknown-invite": { what: "an invite needs a newer program to be understood", whose: "user", retry: false },
  "e2e/look-alike-invite": {
    what: "a link is written so that it looks like another one",
    whose: "peer",
    retry: false,
  },

  // Codes that link a device (protocol/10-devices.md §1)
  "e2e/not-a-code": { what: "text is not a code that links a device", whose: "user", retry: false },
  "e2e/damaged-code": { what: "a code that links a device was changed or cut on its way", whose: "user", retry: false },
  "e2e/unknown-code": {
    what: "a code that links a device needs a newer program to be understood",
    whose: "user",
    retry: false,
  },
  "e2e/wrong-hello": { what: "what a new device says is not what its code commits to", whose: "peer", retry: false },

  // Files that hold an invite and ways (protocol/8-road.md §8)
  "e2e/not-a-file": { what: "text is not a file of an invite and ways", whose: "user", retry: false },
  "e2e/damaged-file": { what: "a file of an invite was changed or cut on its way", whose: "user", retry: false },
  "e2e/unknown-file": {
    what: "a file of an invite needs a newer program to be understood",
    whose: "user",
    retry: false,
  },

  // Attachments (protocol/5-content.md §5)
  "e2e/bad-chunk": {
    what: "a sealed chunk is not the one asked for, was changed, or belongs elsewhere in the file",
    whose: "peer",
    retry: true,
  },
  "e2e/truncated-file": { what: "a file ends before its last chunk", whose: "peer", retry: false },
  "e2e/bad-manifest": {
    what: "what a message says about its file contradicts itself or the file",
    whose: "peer",
    retry: false,
  },
} as const;

/** Stable codes of this package. */
export type E2eCode = keyof typeof TABLE;

/** What each code means, who caused it, and whether trying again can help. Printed into docs/errors.md. */
export const E2E_CODES: Readonly<Record<E2eCode, CodeRow>> = TABLE;

/** The one error class of this package; built by `e2eError`, told apart by `isE2eError`. */
export class E2eError extends Error {
  readonly code: E2eCode;

  constructor(code: E2eCode, options?: ErrorOptions) {
    super(E2E_CODES[code].what, options);
    this.name = "E2eError";
    this.code = code;
  }
}

/** Builds an error; `cause` keeps what a lower layer said. */
export function e2eError(code: E2eCode, cause?: unknown): E2eError {
  return new E2eError(code, cause === undefined ? undefined : { cause });
}

/** Whether something thrown carries this code (any code of the package when none is named). Works on cloned errors. */
export function isE2eError(error: unknown, code?: E2eCode): error is E2eError {
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "string") return false;
  return code === undefined ? error.code in E2E_CODES : error.code === code;
}
