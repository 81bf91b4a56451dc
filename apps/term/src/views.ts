/* What commands print about stations, people and messages: the JSON keys scripts rely on, and the words for people. */
import type { ConversationView, MessageView, ReceiptView, StationView } from "@chapar/client";
import type { JsonLine } from "./output.ts";
import { printableLine, printableLines } from "./printable.ts";

/** `Tehran (IR)`; a station without a name is called by where it stands. */
export function stationWords({ name, region, urls }: StationView): string {
  const called = name === "" ? (urls[0] ?? "station") : name;
  return region === "" ? printableLine(called) : `${printableLine(called)} (${printableLine(region)})`;
}

/** The people of a conversation, by name. */
export function peopleWords({ people }: ConversationView): string {
  const names = people.map(({ name }) => printableLine(name)).filter((name) => name !== "");
  return names.length === 0 ? "Someone" : names.join(", ");
}

/** A message as scripts read it. */
export function messageLine(message: MessageView, savedTo: string | undefined): JsonLine {
  const { id, conversation, position, sender, senderName, mine, text, attachment, state } = message;
  return {
    event: "message",
    id,
    conversation,
    position,
    sender,
    senderName,
    mine,
    text,
    attachment: attachment === undefined ? null : { ...attachment, ...(savedTo === undefined ? {} : { savedTo }) },
    writtenAtMs: message.writtenAtMs,
    arrivedAtMs: message.arrivedAtMs,
    state,
    refusal: message.refusal ?? null,
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
export const stateWords = (state: MessageView["state"]): string => STATE_WORDS[state];

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

const BYTES_PER_KIB = 1024;

/** `2.1 MB`, as file managers say it. */
export function sizeWords(sizeBytes: number): string {
  if (sizeBytes < BYTES_PER_KIB) return `${sizeBytes} B`;
  const kib = sizeBytes / BYTES_PER_KIB;
  return kib < BYTES_PER_KIB ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / BYTES_PER_KIB).toFixed(1)} MiB`;
}

/** A message for people: a line with the time and the writer, further lines indented under it. */
export function messageWords(message: MessageView, savedTo: string | undefined): string {
  const { attachment } = message;
  const who = message.mine ? "you" : printableLine(message.senderName);
  const lines = message.text === "" ? [] : printableLines(message.text);
  if (attachment !== undefined) {
    const where = savedTo === undefined ? "" : ` → ${savedTo}`;
    lines.push(`[${printableLine(attachment.fileName)}, ${sizeWords(attachment.sizeBytes)}${where}]`);
  }
  const [first = "", ...rest] = lines;
  const head = `${dateTimeWords(message.writtenAtMs)}  ${who}: ${first}${stateWords(message.state)}`;
  return [head, ...rest.map((line) => `                  ${line}`)].join("\n");
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
