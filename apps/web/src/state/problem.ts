/*
 * What went wrong, as a sentence and one action that can help. No screen ever shows an error's own text: the engine's
 * codes are mapped here, first by name, then by family, and what is unknown becomes a plain sentence too. The key is
 * never blamed for what the network did.
 */
import type { PlainKey } from "../i18n/translate.ts";

/** What the button beside the sentence does. */
export type Remedy = "ok" | "reload" | "connection" | "chats" | "invite" | "retry";

export interface Problem {
  readonly text: PlainKey;
  readonly action: PlainKey;
  readonly remedy: Remedy;
  /** the stable code, copyable as a diagnostic; undefined when the error was none of ours */
  readonly code: string | undefined;
}

type Row = readonly [text: PlainKey, action: PlainKey, remedy: Remedy];

const OK = (text: PlainKey): Row => [text, "errorOk", "ok"];
const NETWORK: Row = ["errorNetwork", "errorConnection", "connection"];
const FAULT: Row = ["errorFault", "errorConnection", "connection"];
const BUSY: Row = ["errorStationBusy", "errorConnection", "connection"];
const PEER: Row = ["errorPeerStation", "errorConnection", "connection"];
const STORE: Row = ["errorStorage", "errorReload", "reload"];

const BY_CODE: Readonly<Record<string, Row>> = {
  "client/bad-invite": ["errorBadInvite", "errorPasteAgain", "retry"],
  "client/own-invite": ["errorOwnInvite", "errorShareInvite", "invite"],
  "client/bad-name": OK("errorBadName"),
  "client/already-joined": ["errorAlreadyJoined", "errorOpenChats", "chats"],
  "client/not-joined": OK("errorNotJoined"),
  "client/unknown-conversation": ["errorUnknownConversation", "errorOpenChats", "chats"],
  "client/unknown-message": OK("notFound"),
  "client/not-yours": OK("errorNotYours"),
  "client/not-allowed": OK("errorNotAllowed"),
  "client/not-your-role": OK("errorNotYourRole"),
  "client/too-many-links": OK("errorTooManyLinks"),
  "client/unlawful-change": OK("chatUnlawful"),
  "client/awaits-key": OK("chatAwaitsKey"),
  "client/last-owner": OK("errorLastOwner"),
  "client/bad-title": OK("errorGroupName"),
  "client/closed-conversation": ["errorChatClosed", "errorOpenChats", "chats"],
  "client/too-large": OK("errorTooLarge"),
  "client/empty": OK("errorEmpty"),
  "client/refused": OK("errorRefused"),
  "client/no-room": OK("errorNoRoom"),
  "client/no-space": OK("errorNoSpace"),
  "client/file-gone": OK("errorFileGone"),
  "client/file-changed": OK("errorFileGone"),
  "client/cut-short": OK("messageCutShort"),
  "client/too-many-files": OK("composerTooMany"),
  "client/bad-attachment": ["errorBadFile", "tryAgain", "retry"],
  "client/not-available": ["errorNotAvailable", "tryAgain", "retry"],
  "client/profile-in-use": ["errorInUse", "tryAgain", "reload"],
  "client/bad-profile": ["errorBadProfile", "errorReload", "reload"],
  "client/store-failed": STORE,
  "client/closed": ["errorOther", "errorReload", "reload"],
  "client/no-route": NETWORK,
  "client/link-frozen": NETWORK,
  "client/link-ended": NETWORK,
  "client/wrong-station": ["errorWrongStation", "errorConnection", "connection"],
  "client/bad-proof": ["errorWrongStation", "errorConnection", "connection"],
  "wire/unknown-version": ["errorVersion", "errorReload", "reload"],
  "wire/link-ended": NETWORK,
  "wire/idle": NETWORK,
  "station/bad-token": OK("errorToken"),
  "station/quota": BUSY,
  "station/rate-limited": BUSY,
  "station/storage-full": BUSY,
  "station/storage-failed": BUSY,
  "station/shutting-down": BUSY,
  "station/no-key-packages": PEER,
  "station/peer-unreachable": PEER,
  "station/peer-refused": PEER,
  "station/region-refused": OK("errorRegion"),
};

const BY_FAMILY: Readonly<Record<string, Row>> = {
  client: FAULT,
  wire: FAULT,
  log: FAULT,
  e2e: FAULT,
  carrier: NETWORK,
  station: ["errorRefusedRoute", "errorConnection", "connection"],
};

const CODE = /^(client|wire|log|e2e|carrier|station)\/[a-z-]+$/u;

/** The sentence and action for a code; total. */
export function problemOf(code: string | undefined): Problem {
  const family = code === undefined ? undefined : CODE.exec(code)?.[1];
  const row =
    (code === undefined ? undefined : BY_CODE[code]) ?? (family === undefined ? undefined : BY_FAMILY[family]);
  const [text, action, remedy] = row ?? OK("errorOther");
  return { text, action, remedy, code: family === undefined ? undefined : code };
}

/** The sentence and action for anything caught: engine errors by code, the browser's storage errors by name. */
export function problemFrom(error: unknown): Problem {
  if (typeof error === "object" && error !== null) {
    if ("code" in error && typeof error.code === "string") return problemOf(error.code);
    if ("name" in error && (error.name === "QuotaExceededError" || error.name === "SecurityError"))
      return problemOf("client/store-failed");
  }
  return problemOf(undefined);
}
