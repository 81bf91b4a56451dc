/*
 * What a person is told about an error: one sentence that says what happened and, where something can be done, one that
 * says what. Codes of every layer end here; a code without a sentence of its own is told by its table's words.
 */
import { isTermError, TERM_CODES, type TermCode, type TermDetail } from "./errors.ts";
import { DEVICE_SAYINGS, type Saying } from "./device-sentences.ts";
import { ExitCode } from "./exit-code.ts";
import { MEDIA_SAYINGS } from "./media-sentences.ts";
import { GROUP_SAYINGS } from "./sentences-groups.ts";
import { CHAT_SAYINGS } from "./sentences-chats.ts";

const SAYINGS: Readonly<Record<string, Saying>> = {
  ...CHAT_SAYINGS,
  ...GROUP_SAYINGS,
  "term/usage": { say: "{problem} See: ./chapar {command}--help", exit: ExitCode.usage },
  "term/no-profile": {
    say: "There is no identity in {profile} yet. Make one with: ./chapar join INVITE --name NAME --profile {profile}",
    exit: ExitCode.notSetUp,
  },
  "term/other-identity": {
    say: "{profile} already belongs to {name} at {station}. Choose another folder with --profile.",
    exit: ExitCode.cannotCreate,
  },
  "term/not-reached": {
    say: "The station was not reached within {seconds} s. Everything is kept on this device and goes with the next connection.",
    exit: ExitCode.temporary,
  },
  "term/refused": {
    say: "The station was reached and said no: {why} ({refusal}).",
    exit: ExitCode.refused,
  },
  "term/own-hello": {
    say: "CHAPAR_OWN_HELLO=never forbids every way that is known to your station: each would show this program's own TLS hello. Add another with `./chapar route add`, or use the web app.",
    exit: ExitCode.unavailable,
  },
  "term/message-refused": { say: "The station did not take this message: {why} ({refusal}).", exit: ExitCode.refused },
  "term/unknown-conversation": {
    say: "There is no conversation {conversation} in this profile. `./chapar read` shows those there are.",
    exit: ExitCode.notFound,
  },
  ...DEVICE_SAYINGS,
  "term/unknown-alert": {
    say: "There is no alert {alert} in this profile. `./chapar alerts` shows those there are.",
    exit: ExitCode.notFound,
  },
  "term/unknown-person": {
    say: "Nobody in this profile is called {person}, or more than one is. `./chapar read --json` shows the ids of people.",
    exit: ExitCode.notFound,
  },
  "term/conversation-fault": {
    say: "A check of conversation {conversation} failed ({refusal}). Reading stopped there; what was shown before it is sound, and the evidence is kept.",
    exit: ExitCode.protocol,
  },
  "term/bad-text": { say: "Standard input is not UTF-8 text. To send a file use --file.", exit: ExitCode.badInput },
  "term/bad-code": {
    say: "These are not the eight words of a diagnostic code, or one is mistyped ({reason}).",
    exit: ExitCode.badInput,
  },
  "term/bad-report": {
    say: "The report that was made does not hold ({reason}), so it was not written.",
    exit: ExitCode.internal,
  },
  "term/no-audit": {
    say: "The station at {url} answers no audit ({status}): 404 is another key or none made there, 429 asked too often, 503 try again in some seconds.",
    exit: ExitCode.unavailable,
  },
  "term/bad-policy": {
    say: "The region policy of this station is refused ({reason}). Mend it, sign it again with `./chapar policy sign`, or take the file policy.signed out of the folder.",
    exit: ExitCode.badInput,
  },
  "term/no-message": {
    say: "There is no message {name} there. Name it by its id, or ^1 for the newest, ^2 for the one before.",
    exit: ExitCode.notFound,
  },
  "term/disk-full": {
    say: "The disk is full, so nothing more was acknowledged. Make room and start again; what was acknowledged is safe.",
    exit: ExitCode.inputOutput,
  },
  "term/bad-settings": {
    say: "{path} is damaged. Put it back from a backup, or remove it and say --port, --region and --name again.",
    exit: ExitCode.badInput,
  },
  "term/no-way": {
    say: "No way to {station} was found. Try again later, or say another with --via.",
    exit: ExitCode.temporary,
  },
  "term/no-exit": { say: "The station {station} does not let your traffic out ({reason}).", exit: ExitCode.refused },
  "term/no-transport": {
    say: "The transport {transport} could not be started ({reason}). Its program is in the package that docs/operating/station.md names.",
    exit: ExitCode.unavailable,
  },
  "term/vpn-needs": { say: "To capture a machine this is needed: {what}.", exit: ExitCode.unavailable },
  "term/vpn-taken": {
    say: "Another `chapar tunnel --vpn` captures this machine. End that one first.",
    exit: ExitCode.unavailable,
  },
  "term/vpn-refused": {
    say: "This machine could not be captured, and is as it was before ({reason}).",
    exit: ExitCode.unavailable,
  },
  "term/vpn-broken": {
    say: "A program that the capture needs ended ({program}). This machine stays closed, so that nothing leaves around the tunnel. `./chapar tunnel --vpn` carries on; `./chapar tunnel --vpn --off` opens it.",
    exit: ExitCode.temporary,
  },
  "term/bad-list": {
    say: "{path} is not a list of relays signed by {issuer}, or is older than the one before.",
    exit: ExitCode.badInput,
  },
  "term/no-witness": {
    say: "This station names no witness at {url}.",
    exit: ExitCode.notFound,
  },
  "term/no-station": { say: "No station answers at {url}. Start one with: ./chapar up", exit: ExitCode.unavailable },
  "term/port-taken": {
    say: "Port {port} is in use by another program. Choose another with --port, or --port 0 for any free one.",
    exit: ExitCode.unavailable,
  },
  "term/dns-port": {
    say: "Port {port} of the name server is in use, or only root may open it. Choose another with --dns-port and have port 53 passed on to it.",
    exit: ExitCode.unavailable,
  },
  "term/ss-port": {
    say: "Port {port} for Shadowsocks is in use by another program. Name another with --ss.",
    exit: ExitCode.unavailable,
  },
  "term/no-terminal": {
    say: "This needs a terminal. In a script use `./chapar read --follow --json` and `./chapar send`.",
    exit: ExitCode.usage,
  },
  "term/holder-ended": {
    say: "The other chapar process that held this profile ended in the middle of the call, so it is not known whether the message was kept. Look with `./chapar read`, then send again if it is missing.",
    exit: ExitCode.temporary,
  },
  "term/holder-silent": {
    say: "Another chapar process holds this profile and does not answer. End it, then try again.",
    exit: ExitCode.temporary,
  },
  "term/web-build": {
    say: "The web app could not be built ({reason}). Run it again with CHAPAR_DEBUG=1 to see where.",
    exit: ExitCode.internal,
  },
  "term/interrupted": {
    say: "Ended before the work was done. What was kept on this device goes with the next connection.",
    exit: ExitCode.interrupted,
  },
  "client/bad-invite": {
    say: "This is not a whole Chapar invite. Copy the link again, from https:// or http:// to its last letter.",
    exit: ExitCode.badInput,
  },
  "client/bad-name": { say: "A name needs one to sixty-four visible characters.", exit: ExitCode.usage },
  "client/own-invite": {
    say: "This invite is your own. Send it to the person you want to write with.",
    exit: ExitCode.badInput,
  },
  "client/bad-route": {
    say: "This is no way that Chapar can use, or none that was added here. It begins with https://, burst+https://, ss://, dns://, relay+ or snow+.",
    exit: ExitCode.badInput,
  },
  "client/bad-file": {
    say: "This is not a .chapar file, or it was changed or cut on its way. Ask for it again.",
    exit: ExitCode.badInput,
  },
  "client/other-station": {
    say: "These ways lead to another station than yours. To write to the person behind the file use `./chapar open FILE`.",
    exit: ExitCode.badInput,
  },
  "client/forged-routes": {
    say: "The ways in it are not signed by the station they are said to lead to. Nothing was taken from it.",
    exit: ExitCode.protocol,
  },
  "client/expired-routes": {
    say: "The ways in it hold no longer. Ask for a newer file; what is known here stays.",
    exit: ExitCode.badInput,
  },
  "client/stale-routes": {
    say: "Newer ways than these are known here already. Nothing was changed.",
    exit: ExitCode.badInput,
  },
  "client/too-many-routes": { say: "Sixteen ways are added already. Remove one first.", exit: ExitCode.cannotCreate },
  "client/too-large": { say: "This message is too large to send.", exit: ExitCode.badInput },
  "client/empty": { say: "There is nothing to send: the text is empty.", exit: ExitCode.usage },
  "client/not-joined": {
    say: "There is no identity in this profile yet. Make one with: ./chapar join INVITE --name NAME",
    exit: ExitCode.notSetUp,
  },
  "client/unknown-conversation": {
    say: "There is no such conversation in this profile. `./chapar read` shows those there are.",
    exit: ExitCode.notFound,
  },
  "client/no-words": {
    say: "This device has your recovery words no more. Add --words and give them on standard input.",
    exit: ExitCode.usage,
  },
  "client/nothing-to-take-back": {
    say: "No station that was reached has a change of your keys that this device did not make.",
    exit: ExitCode.unavailable,
  },
  "client/not-taken-back": {
    say: "This could not be taken back: the words are not yours, they signed it themselves, or no station took it. Try again; docs/errors.md.",
    exit: ExitCode.temporary,
  },
  "e2e/bad-words": { say: "These are not 24 recovery words, or one is mistyped.", exit: ExitCode.badInput },
  "client/no-proof": {
    say: "This alert has no proof that a stranger could judge by itself. What was signed is kept in the profile.",
    exit: ExitCode.unavailable,
  },
  "client/unknown-person": {
    say: "The keys of this person are not here yet. They come with the first answer.",
    exit: ExitCode.unavailable,
  },
  "client/not-yours": { say: "Only the one who wrote a message can do that with it.", exit: ExitCode.refused },
  "client/not-allowed": { say: "This cannot be done with that message.", exit: ExitCode.refused },
  "client/bad-preview": { say: "A preview is of an address that stands in the text.", exit: ExitCode.usage },
  "client/bad-poll": { say: "A poll has 2 to 12 different options of one line each.", exit: ExitCode.usage },
  "client/bad-vote": { say: "That cannot be chosen in this poll.", exit: ExitCode.usage },
  "client/bad-reaction": { say: "A reaction is one emoji.", exit: ExitCode.usage },
  "client/bad-mention": { say: "A mention begins with @ and stands on one line.", exit: ExitCode.usage },
  "client/closed-conversation": { say: "This conversation takes no more messages.", exit: ExitCode.refused },
  "client/already-joined": {
    say: "This profile already has an identity. Choose another folder with --profile.",
    exit: ExitCode.cannotCreate,
  },
  "client/profile-in-use": {
    say: "Another program has this profile open. End it, then try again.",
    exit: ExitCode.temporary,
  },
  "client/bad-profile": {
    say: "The profile's key does not open its store. Put back the file of the folder that was replaced, or left out when it was copied.",
    exit: ExitCode.badInput,
  },
  "client/store-failed": {
    say: "The profile's folder could not be read or written. Nothing was lost; look at the disk and try again.",
    exit: ExitCode.inputOutput,
  },
  "client/refused": { say: "The station did not take this message.", exit: ExitCode.refused },
  ...MEDIA_SAYINGS,
  "client/bad-attachment": {
    say: "The attachment is not the one its message names, so it was not kept.",
    exit: ExitCode.protocol,
  },
  "station/folder-in-use": {
    say: "Another station runs on this data folder. End it first, or choose another with --data.",
    exit: ExitCode.cannotCreate,
  },
  "station/folder-newer": {
    say: "The data folder was written by a newer Chapar. Update this one.",
    exit: ExitCode.cannotCreate,
  },
  "station/bad-key-file": {
    say: "The station's key file cannot be read or is damaged. Put it back from a backup; without it this is another station.",
    exit: ExitCode.badInput,
  },
  "station/not-published": {
    say: "The station has not published its log as it is, with its policy, yet. Start it with `./chapar up`, wait for ten seconds and try again.",
    exit: ExitCode.temporary,
  },
  "station/no-folder": {
    say: "No station has run on this folder. Choose another with --data.",
    exit: ExitCode.notFound,
  },
  "station/bad-removal": {
    say: "Nothing was removed: a reason and a reference of one to 512 bytes are needed, and only messages can be removed.",
    exit: ExitCode.usage,
  },
  "station/unknown-log": { say: "There is no such log at this station.", exit: ExitCode.notFound },
  "station/out-of-range": { say: "The log is shorter than that.", exit: ExitCode.notFound },
  "station/pruned": {
    say: "This entry's body is not here any more, so there was nothing to remove.",
    exit: ExitCode.notFound,
  },
  "station/closed": {
    say: "The station ended before it answered. What was ordered is written down, and it goes on with it at its next start.",
    exit: ExitCode.temporary,
  },
  "station/bad-witness": {
    say: "No station answers there as a witness. Give the URL that people reach it at.",
    exit: ExitCode.unavailable,
  },
  "station/bad-backup": {
    say: "This is not a backup, or not one of this station.",
    exit: ExitCode.badInput,
  },
  "client/not-available": {
    say: "The attachment is not on this device and could not be fetched now. Try again when the station is reached.",
    exit: ExitCode.temporary,
  },
};

/** What the operating system says, as ours. */
const SYSTEM: Readonly<Record<string, { readonly code: TermCode; readonly reason: string }>> = {
  EACCES: { code: "term/cannot-write", reason: "permission denied" },
  EPERM: { code: "term/cannot-write", reason: "not permitted" },
  EROFS: { code: "term/cannot-write", reason: "the file system is read-only" },
  ENOTDIR: { code: "term/cannot-write", reason: "a file stands where a folder is needed" },
  EEXIST: { code: "term/cannot-write", reason: "a file stands where a folder is needed" },
  ENOSPC: { code: "term/disk-full", reason: "no space left" },
  EDQUOT: { code: "term/disk-full", reason: "quota used up" },
  EADDRINUSE: { code: "term/port-taken", reason: "in use" },
};

/** An error as it is printed. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
}

/** SQLite's primary result codes, as the operating system's. */
const SQLITE: Readonly<Record<number, keyof typeof SYSTEM>> = { 8: "EROFS", 13: "ENOSPC", 14: "EACCES" };

const fill = (say: string, detail: TermDetail): string =>
  say.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(detail[name] ?? ""));

const textOf = (value: unknown, key: string): string | undefined => {
  if (typeof value !== "object" || value === null || !(key in value)) return undefined;
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "string" ? found : undefined;
};

function systemDetail(error: unknown): TermDetail {
  const detail = error as { path?: unknown; port?: unknown };
  const path = typeof detail.path === "string" ? detail.path : undefined;
  const port = typeof detail.port === "number" ? detail.port : undefined;
  return { ...(path === undefined ? {} : { path }), ...(port === undefined ? {} : { port }) };
}

const detailOf = (error: unknown): TermDetail => {
  const detail = typeof error === "object" && error !== null && "detail" in error ? error.detail : undefined;
  return typeof detail === "object" && detail !== null ? (detail as TermDetail) : {};
};

/** Follows `cause` down to an error that the operating system or the disk gave, and says which. */
function systemCause(error: unknown): { readonly error: unknown; readonly code: string } | undefined {
  for (let at = error, depth = 0; depth < 8; depth += 1) {
    const errcode = typeof at === "object" && at !== null && "errcode" in at ? Number(at.errcode) & 0xff : 0;
    const code = SQLITE[errcode] ?? textOf(at, "code");
    if (code !== undefined && SYSTEM[code] !== undefined) return { error: at, code };
    if (typeof at !== "object" || at === null || !("cause" in at)) return undefined;
    at = at.cause;
  }
  return undefined;
}

/** An unknown code of a known layer: whose fault the layer's name suggests decides the exit code. */
function exitFor(code: string): ExitCode {
  if (code.startsWith("station/")) return ExitCode.refused;
  if (code.startsWith("carrier/")) return ExitCode.temporary;
  if (/^(log|wire|e2e)\//.test(code)) return ExitCode.protocol;
  return ExitCode.internal;
}

/** Any caught value as one code, one calm sentence and one exit code. Never a stack trace. */
export function tell(error: unknown): Told {
  const system = systemCause(error);
  const row = system === undefined ? undefined : SYSTEM[system.code];
  if (system !== undefined && row !== undefined && textOf(error, "code")?.startsWith("term/") !== true) {
    const saying = SAYINGS[row.code];
    const detail = {
      path: "The folder",
      port: "",
      ...detailOf(error),
      ...systemDetail(system.error),
      reason: row.reason,
    };
    if (saying !== undefined) return { code: row.code, message: fill(saying.say, detail), exit: saying.exit };
  }
  const code = textOf(error, "code") ?? "term/internal";
  const saying = SAYINGS[code];
  if (saying !== undefined) return { code, message: fill(saying.say, detailOf(error)), exit: saying.exit };
  if (isTermError(error) && code !== "term/internal") {
    return { code, message: `This did not work: ${TERM_CODES[error.code].what}.`, exit: ExitCode.internal };
  }
  if (code.includes("/") && code !== "term/internal") {
    return {
      code,
      message: `This could not be done (${code}). docs/errors.md says what it means.`,
      exit: exitFor(code),
    };
  }
  return {
    code: "term/internal",
    message:
      "Something went wrong inside Chapar. Run it again with CHAPAR_DEBUG=1 to see where, and report what it shows.",
    exit: ExitCode.internal,
  };
}
