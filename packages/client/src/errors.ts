/*
 * Every way in which the engine refuses something, as one table. Codes are stable API: callers compare `code`, never a
 * message, and never `instanceof` (a worker clones errors). Errors of the packages below (`wire/…`, `log/…`, `e2e/…`,
 * `carrier/…`) and refusals of a station (`station/…`) pass through with their own codes.
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
export const CLIENT_CODES = {
  "client/bad-invite": { what: "text is not an invite, or not of the kind asked for", whose: "user", retry: false },
  "client/own-invite": { what: "the invite is one's own", whose: "user", retry: false },
  "client/bad-name": { what: "a name is empty, too long or holds control characters", whose: "user", retry: false },
  "client/already-joined": { what: "the profile already has an identity", whose: "user", retry: false },
  "client/not-joined": { what: "the profile has no identity yet", whose: "user", retry: true },
  "client/unknown-conversation": { what: "no conversation of that id is on this device", whose: "user", retry: false },
  "client/unknown-message": { what: "no message of that id is on this device", whose: "user", retry: false },
  "client/not-yours": { what: "only its writer may do this with a message", whose: "user", retry: false },
  "client/not-allowed": {
    what: "a message, or the own role, does not allow what was asked",
    whose: "user",
    retry: false,
  },
  "client/bad-reaction": { what: "a reaction is not one emoji", whose: "user", retry: false },
  "client/bad-preview": {
    what: "a preview is of an address that the text has not, or is too long",
    whose: "user",
    retry: false,
  },
  "client/bad-picture": {
    what: "a person's picture is no picture, or too large",
    whose: "user",
    retry: false,
  },
  "client/bad-poll": {
    what: "a poll has too few or too many options, or one that is empty, too long or said twice",
    whose: "user",
    retry: false,
  },
  "client/bad-vote": { what: "a vote is not one that the poll takes", whose: "user", retry: false },
  "client/bad-mention": { what: "a mention is not a place in the text that begins with @", whose: "us", retry: false },
  "client/closed-conversation": { what: "the conversation takes no more messages", whose: "peer", retry: false },
  "client/too-large": { what: "a text or an attachment is larger than may be sent", whose: "user", retry: false },
  "client/blocked": { what: "a message is not shown, because its writer is blocked", whose: "user", retry: false },
  "client/disappeared": { what: "a message has disappeared: its time was over", whose: "user", retry: false },
  "client/bad-timer": { what: "messages cannot disappear after that time", whose: "user", retry: false },
  "client/bad-time": { what: "a message cannot be scheduled for that time", whose: "user", retry: false },
  "client/unknown-scheduled": {
    what: "no scheduled message of that id is on this device",
    whose: "user",
    retry: false,
  },
  "client/unknown-folder": { what: "there is no folder of that id", whose: "user", retry: false },
  "client/too-many-folders": { what: "no more folders can be made", whose: "user", retry: false },
  "client/folder-full": { what: "a folder takes no more chats", whose: "user", retry: false },
  "client/not-reportable": {
    what: "a message cannot be reported: it is one's own, or its letter is not kept any more",
    whose: "user",
    retry: false,
  },
  "client/empty": { what: "a message has neither text nor attachment", whose: "user", retry: false },
  "client/refused": { what: "the station refused a message for good", whose: "peer", retry: false },
  "client/not-available": { what: "an attachment is neither here nor to be had now", whose: "network", retry: true },
  "client/too-many-files": { what: "a message holds at most ten files", whose: "user", retry: false },
  "client/no-room": { what: "the station has no room for these files now", whose: "user", retry: true },
  "client/no-space": { what: "this device has no room for the file", whose: "user", retry: true },
  "client/no-paths": { what: "there are no paths to read or write here", whose: "us", retry: false },
  "client/file-gone": { what: "a file that was to be sent is not there any more", whose: "user", retry: true },
  "client/file-changed": { what: "a file was changed while it was being sent", whose: "user", retry: false },
  "client/file-exists": { what: "a file of that name is there already", whose: "user", retry: false },
  "client/cut-short": {
    what: "the program ended while the files of a message were being prepared: they have to be chosen again",
    whose: "user",
    retry: false,
  },
  "client/cancelled": { what: "the person gave it up", whose: "user", retry: false },
  "client/bad-attachment": {
    what: "an attachment's bytes are not those its message names",
    whose: "peer",
    retry: false,
  },
  "client/profile-in-use": { what: "another process or tab has this profile open", whose: "user", retry: true },
  "client/bad-profile": {
    what: "the profile's key is missing, or its rows do not open under it",
    whose: "us",
    retry: false,
  },
  "client/store-failed": { what: "the device's store could not read or write", whose: "us", retry: true },
  "client/closed": { what: "the client was closed", whose: "us", retry: false },
  "client/no-route": { what: "there is no way to the station now", whose: "network", retry: true },
  "client/link-frozen": { what: "a link stayed open and silent, and was given up", whose: "network", retry: true },
  "client/bad-route": { what: "text is not a route that any program of ours can use", whose: "user", retry: false },
  "client/too-many-routes": { what: "no more routes can be added by hand", whose: "user", retry: false },
  "client/forged-routes": { what: "a list of routes is not signed by the home station", whose: "peer", retry: true },
  "client/expired-routes": { what: "a list of routes holds no longer", whose: "peer", retry: true },
  "client/stale-routes": { what: "a list of routes is older than the one held", whose: "peer", retry: true },
  "client/bad-file": {
    what: "a file is not one of ours, or was changed or cut on its way",
    whose: "user",
    retry: false,
  },
  "client/other-station": { what: "ways are to another station than one's own", whose: "user", retry: false },
  "client/unexpected-answer": {
    what: "a station answered a request with a frame of the wrong type",
    whose: "peer",
    retry: true,
  },
  "client/wrong-station": { what: "the other end is not the station that was asked for", whose: "peer", retry: true },
  "client/bad-proof": { what: "a station could not prove its key", whose: "peer", retry: true },
  "client/unlogged-key": { what: "a station's key for tokens is not in its log", whose: "peer", retry: true },
  "client/wrong-chain": { what: "an op chain is not of the identity asked for", whose: "peer", retry: true },
  "client/stale-chain": { what: "an op chain is older than the one held", whose: "peer", retry: true },
  "client/unsigned-chain": {
    what: "a station gave an op chain and its word for none of it",
    whose: "peer",
    retry: true,
  },
  "client/forked-chain": { what: "an op chain contradicts the one held", whose: "peer", retry: false },
  "client/wrong-key-package": {
    what: "a key package is not of the device it was given for",
    whose: "peer",
    retry: true,
  },
  "client/wrong-log": { what: "a station answered for another log", whose: "peer", retry: true },
  "client/wrong-blob": { what: "a blob does not hash to its name", whose: "peer", retry: true },
  "client/bad-room": { what: "a room's description is malformed or names another room", whose: "peer", retry: false },
  "client/not-your-role": { what: "one's role in the group does not allow it", whose: "user", retry: false },
  "client/last-owner": {
    what: "the group's only owner has to make somebody else owner first",
    whose: "user",
    retry: false,
  },
  "client/too-many-links": { what: "a group has as many open links as it can hold", whose: "user", retry: false },
  "client/too-many-writers": { what: "a channel has as many writers as it can have", whose: "user", retry: false },
  "client/no-group": { what: "the conversation is not a group", whose: "user", retry: false },
  "client/bad-title": {
    what: "a group's name is empty, too long or holds control characters",
    whose: "user",
    retry: false,
  },
  "client/unlawful-change": {
    what: "a member changed a group in a way that their role does not allow; it does not count, and the group goes on when its founder leads it back",
    whose: "peer",
    retry: false,
  },
  "client/awaits-key": {
    what: "a large group's weekly key has not come to this device yet",
    whose: "network",
    retry: true,
  },
  "client/bad-introduction": {
    what: "an introduction of people to a group does not open",
    whose: "peer",
    retry: false,
  },
  "client/foreign-conversation": { what: "a message names another conversation", whose: "peer", retry: false },
  "client/not-shown": { what: "a message has nothing that this program can show", whose: "us", retry: false },
  "client/broken-chain": { what: "a message does not follow its sender's message before", whose: "peer", retry: false },
  "client/repeated-sequence": { what: "a sender used a sequence number twice", whose: "peer", retry: false },
  "client/came-late": { what: "a message that was missing here stands further below", whose: "peer", retry: false },
  "client/missing-messages": { what: "a sender's messages are missing before this one", whose: "peer", retry: false },
  "client/wrong-room-keys": {
    what: "a commit names room keys that are not those of its epoch",
    whose: "peer",
    retry: false,
  },
  "client/wrong-receipt": {
    what: "a receipt is not for the entry it answers, or not where the entry stands",
    whose: "peer",
    retry: false,
  },
  "client/inbox-fault": { what: "the inbox as the station serves it does not verify", whose: "peer", retry: true },
  "client/no-words": {
    what: "the recovery words are not on this device any more, and were not given",
    whose: "user",
    retry: false,
  },
  "client/nothing-to-take-back": {
    what: "no station that was reached has a change of the own keys that this device did not make",
    whose: "user",
    retry: true,
  },
  "client/not-taken-back": {
    what: "a change of the own keys cannot be taken back, or no station has taken it yet",
    whose: "peer",
    retry: true,
  },
  "client/bad-code": {
    what: "text is no code that links a device, or was changed or cut",
    whose: "user",
    retry: false,
  },
  "client/link-expired": { what: "a code that links a device holds no longer", whose: "user", retry: false },
  "client/link-broken": {
    what: "the devices that are being linked did not hear the same: the code is spent",
    whose: "peer",
    retry: false,
  },
  "client/link-refused": { what: "the person said that the digits are not the same", whose: "user", retry: false },
  "client/no-link": { what: "no device is being linked", whose: "user", retry: false },
  "client/no-everyday-key": {
    what: "this device holds no key that changes the own devices",
    whose: "us",
    retry: false,
  },
  "client/other-device-first": {
    what: "another own device changed the list of devices at the same time",
    whose: "user",
    retry: true,
  },
  "client/unknown-device": { what: "no live device of one's own has that id", whose: "user", retry: false },
  "client/this-device": { what: "a device does not revoke itself", whose: "user", retry: false },
  "client/device-revoked": {
    what: "this device was revoked by another device of its person",
    whose: "user",
    retry: false,
  },
  "client/bad-words": {
    what: "words are not 24 recovery words, or not those of this person",
    whose: "user",
    retry: true,
  },
  "client/no-backup": { what: "the home has no backup under these words", whose: "user", retry: false },
  "client/bad-backup": { what: "a backup was changed or cut, or is of other words", whose: "peer", retry: false },
  "client/no-backup-key": {
    what: "this device has nothing that the recovery words unlock a backup with",
    whose: "user",
    retry: false,
  },
  "client/same-home": { what: "the station that was named is the home already", whose: "user", retry: false },
  "client/not-left": { what: "the station did not delete everything", whose: "network", retry: true },
  "client/not-moved": {
    what: "the new home was not reached, or does not take this person",
    whose: "peer",
    retry: true,
  },
  "client/no-proof": { what: "an alert has no proof that a third party could judge", whose: "us", retry: false },
  "client/withheld": { what: "a station has an entry and does not give it", whose: "peer", retry: true },
  "client/pruned": {
    what: "a station no longer has an entry that this device did not read",
    whose: "peer",
    retry: true,
  },
  "client/expired": { what: "an entry is past its time to live and was deleted", whose: "peer", retry: true },
  "client/removed": {
    what: "a station removed an entry overtly, and says under which order",
    whose: "peer",
    retry: true,
  },
  "client/log-stale": {
    what: "a station's log was cosigned by none of its witnesses for a while",
    whose: "network",
    retry: true,
  },
  "client/unknown-person": { what: "no person of that id is known on this device", whose: "user", retry: false },
  "client/wrong-order": { what: "an entry's epoch or kind cannot stand where it stands", whose: "peer", retry: false },
} as const;

/** Stable codes of this package. */
export type ClientCode = keyof typeof CLIENT_CODES;

// The compiler checks here that every row has the shape of a row.
const TABLE: Readonly<Record<ClientCode, CodeRow>> = CLIENT_CODES;

/** A refusal by the engine. `detail` is a code of a package below or of a station, never content, key, address or id. */
export class ClientError extends Error {
  readonly code: ClientCode;
  readonly detail: string | undefined;

  constructor(code: ClientCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? code : `${code} (${detail})`, options);
    this.name = "ClientError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whether a caught value is this package's error, optionally with one code; works across workers. */
export function isClientError(error: unknown, code?: ClientCode): error is ClientError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(TABLE, error.code) && (code === undefined || error.code === code);
}

/** The code an error of any package carries, or undefined when it is none of ours. */
export function codeOf(error: unknown): string | undefined {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"))
    return undefined;
  return /^(?:client|wire|content|identity|log|e2e|carrier|station)\//.test(error.code) ? error.code : undefined;
}
