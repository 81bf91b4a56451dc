/* What commands print about stations, people and messages: the JSON keys scripts rely on, and the words for people. */
import type { AttachmentView, ConversationView, MessageView, ReceiptView, StationView } from "@chapar/client";
import type { JsonLine } from "./output.ts";
import { isAskable, noteWords } from "./note-words.ts";
import { printableLine, printableLines } from "./printable.ts";
import { aboveWords, belowWords, besideWords, deletedWords, pollWords, previewWords, talkLine } from "./talk-words.ts";
import { doubtWords } from "./link-words.ts";
import { sizeWords } from "./size-words.ts";
import { factsWords } from "./transfer-words.ts";

/** `Tehran (IR)`; of a station whose name is not known, where it stands. */
export function stationWords({ name, region, urls }: StationView): string {
  if (name === "")
    return region === "" ? printableLine(urls[0] ?? "a station") : `a station in ${printableLine(region)}`;
  return region === "" ? printableLine(name) : `${printableLine(name)} (${printableLine(region)})`;
}

/** The people of a conversation, by name; of a group its name. */
export function peopleWords({ people, group, title }: ConversationView): string {
  if (group !== undefined) return printableLine(title);
  const names = people.map(({ name }) => printableLine(name)).filter((name) => name !== "");
  return names.length === 0 ? "Someone" : names.join(", ");
}

/** A file as scripts read it. */
function attachmentLine(
  { fileName, mediaType, sizeBytes, facts }: AttachmentView,
  savedTo: string | undefined,
): object {
  const { kind, width, height, durationMs } = facts;
  return { fileName, mediaType, sizeBytes, kind, width, height, durationMs, savedTo };
}

/** A message as scripts read it. @param savedTo  where its files were written, in their order */
export function messageLine(message: MessageView, savedTo: readonly string[]): JsonLine {
  const { id, conversation, position, sender, senderName, mine, text, state } = message;
  const attachments = message.attachments.map((one, at) => attachmentLine(one, savedTo[at]));
  return {
    event: "message",
    id,
    conversation,
    position,
    sender,
    senderName,
    mine,
    text,
    attachment: attachments[0] ?? null,
    attachments,
    writtenAtMs: message.writtenAtMs,
    arrivedAtMs: message.arrivedAtMs,
    state,
    refusal: message.refusal ?? null,
    restored: message.restored ?? false,
    gap: message.gap ?? null,
    personChange: message.personChange ?? null,
    ...talkLine(message),
    ...(message.disappearsAfterS === undefined ? {} : { disappearsAfterS: message.disappearsAfterS }),
    ...(message.timerS === undefined ? {} : { timerS: message.timerS }),
    ...(message.silent === undefined ? {} : { silent: true }),
    group: message.group ?? null,
  };
}

const STATE_WORDS: Readonly<Record<MessageView["state"], string>> = {
  queued: " · waits for a route",
  leaving: " · leaving",
  "at-station": "",
  refused: " · refused by the station",
  received: "",
};

/** Words for where an own message stands. */
const stateWords = (state: MessageView["state"]): string => STATE_WORDS[state];

const two = (value: number): string => String(value).padStart(2, "0");

/** `14:02` of this device's clock. */
export function timeWords(atMs: number): string {
  const date = new Date(atMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-11-23 14:02`, when the day matters too. */
export function dateTimeWords(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeWords(atMs)}`;
}

/** What is said of a message that a member gave back; undefined for any other. */
export function restoredWords({ restored, removal }: MessageView): string | undefined {
  if (restored !== true) return undefined;
  const why =
    removal === undefined
      ? "the station held it back"
      : `removed by the station of ${printableLine(removal.region)}, reference ${printableLine(removal.reference)}`;
  return `restored: ${why}, a member gave it back`;
}

const indented = (line: string): string => `                  ${line}`;

/** A message for people: a line with the time and the writer, further lines indented under it. */
export function messageWords(message: MessageView, savedTo: readonly string[]): string {
  const note = noteWords(message);
  if (note !== undefined) {
    const way = isAskable(message) ? `; ask the others: ./chapar ask ${message.conversation}` : "";
    return `${dateTimeWords(message.writtenAtMs)}  ── ${note}${way}`;
  }
  const who = message.mine ? "you" : printableLine(message.senderName);
  // What standard input ended with is part of the message, but nothing to look at.
  const gone = deletedWords(message);
  if (gone !== undefined) return `${dateTimeWords(message.writtenAtMs)}  ${who}: (${gone})`;
  const lines = message.text === "" ? [] : printableLines(message.text.trimEnd());
  for (const [at, { fileName, sizeBytes, facts }] of message.attachments.entries()) {
    const path = savedTo[at];
    const where = path === undefined ? "" : ` → ${path}`;
    lines.push(`[${printableLine(fileName)}, ${sizeWords(sizeBytes)}${factsWords(facts)}${where}]`);
  }
  const [first = "", ...rest] = lines;
  const restored = restoredWords(message);
  const back = restored === undefined ? "" : ` · ${restored}`;
  const beside = `${stateWords(message.state)}${besideWords(message)}${back}`;
  const head = `${dateTimeWords(message.writtenAtMs)}  ${who}: ${first}${beside}`;
  const reactions = belowWords(message);
  const above = aboveWords(message).map(indented);
  const said = [...rest, ...doubtWords(message), ...previewWords(message), ...pollWords(message)];
  const below = [...said, ...(reactions === undefined ? [] : [reactions])].map(indented);
  return [...above, head, ...below].join("\n");
}

/** One version of a message. */
export function numbered(number: number, text: string, atMs: number): string {
  const [first = "", ...rest] = printableLines(text);
  return [`${number}. ${dateTimeWords(atMs)}  ${first}`, ...rest.map((line) => `   ${line}`)].join("\n");
}

const SHOWN_HASH_CHARS = 16;

/** A receipt for people: that it rests, where, and what to quote. */
export function receiptWords(receipt: ReceiptView): string {
  return [
    `At the station since ${dateTimeWords(receipt.stationTimeMs)}; receipt checked.`,
    `  entry ${receipt.index} of log ${receipt.log.slice(0, SHOWN_HASH_CHARS)}…, leaf ${receipt.leafHash.slice(0, SHOWN_HASH_CHARS)}…,`,
    `  signed by ${receipt.station.slice(0, SHOWN_HASH_CHARS)}…`,
  ].join("\n");
}
