/* What a message has beside its words, in words and for scripts (protocol/5-content.md §6). */
import type { MessageView, NamedPerson, PreviewView } from "@chapar/client";
import { doubtsIn } from "./link-words.ts";
import type { JsonLine } from "./output.ts";
import { printableLine } from "./printable.ts";

/** What scripts read of it; `null` where there is nothing. */
export function talkLine(message: MessageView): Omit<JsonLine, "event"> {
  const { replyTo, edited, deleted, reactions, mentions, forwardedFrom, pinned, deliveredTo, readBy, poll, topic } =
    message;
  const { preview } = message;
  return {
    replyTo: replyTo ?? null,
    edited: edited ?? null,
    deleted: deleted ?? null,
    reactions: reactions ?? [],
    mentions: mentions ?? [],
    forwardedFrom: forwardedFrom ?? null,
    pinned: pinned ?? null,
    deliveredTo: deliveredTo ?? [],
    readBy: readBy ?? [],
    poll: poll ?? null,
    topic: topic ?? null,
    doubts: doubtsIn(message),
    preview: preview === undefined ? null : previewLine(preview),
  };
}

/** A preview for scripts: of its picture the type and the size only. */
function previewLine({ picture, ...preview }: PreviewView): Omit<JsonLine, "event"> {
  const { bytes, ...facts } = picture ?? {};
  return { ...preview, picture: bytes === undefined ? null : { ...facts, sizeBytes: bytes.byteLength } };
}

/** What a preview says, below its message: whose page, by the address itself, and then the page's own words. */
export function previewWords({ preview }: MessageView): readonly string[] {
  if (preview === undefined) return [];
  const { host, title, description } = preview;
  const lines = [`${host} · ${title}`, ...(description === "" ? [] : [description])];
  return lines.map((line) => `┃ ${printableLine(line)}`);
}

/** A person as a name, or `you`. */
export const personWords = ({ name, mine }: NamedPerson): string =>
  mine ? "you" : printableLine(name) || "somebody who is not known here";

/** What stands in the place of a deleted message; undefined for any other. */
export function deletedWords({ deleted }: MessageView): string | undefined {
  if (deleted === undefined) return undefined;
  return deleted.of === "me" ? "deleted on your devices" : `deleted by ${personWords(deleted.by)}`;
}

/** What a topic is called. */
export const topicWords = ({ title }: { readonly title: string }): string =>
  printableLine(title) || "that has no name here";

/** What stands above a message: whom it is from, and what it answers. */
export function aboveWords({ replyTo, forwardedFrom, topic }: MessageView): readonly string[] {
  const lines: string[] = [];
  if (forwardedFrom !== undefined) lines.push(`forwarded from ${personWords(forwardedFrom)}`);
  if (topic !== undefined) lines.push(`in the topic ${topicWords(topic)}`);
  if (replyTo === undefined) return lines;
  const { is, sender, text, fileName } = replyTo;
  const says = is === "missing" ? "a message that is not here" : is === "deleted" ? "a deleted message" : text;
  const shown = printableLine(says === "" ? (fileName ?? "a file") : says);
  lines.push(`│ ${sender === undefined ? "" : `${personWords(sender)}: `}${shown}`);
  return lines;
}

/** What stands below a message: who reacted. */
export function belowWords({ reactions }: MessageView): string | undefined {
  if (reactions === undefined) return undefined;
  return reactions.map(({ emoji, count, mine }) => `${emoji} ${count}${mine ? "*" : ""}`).join("  ");
}

/** What may be chosen in a poll, numbered from 1, with how many chose it; a star for one's own. */
export function pollWords({ poll }: MessageView): readonly string[] {
  if (poll === undefined) return [];
  const options = poll.options.map(
    ({ text, count, mine }, at) => `${at + 1}. ${printableLine(text)} · ${count}${mine ? "*" : ""}`,
  );
  const people = poll.voters === 1 ? "1 person voted" : `${poll.voters} people voted`;
  const how = poll.multiple ? "choose one or more" : "choose one";
  return [...options, poll.closed === undefined ? `${people} · ${how}` : `${people} · closed`];
}

/** What is said beside a message: edited, pinned, delivered, read. */
export function besideWords({ edited, pinned, deliveredTo, readBy }: MessageView): string {
  const words = [
    ...(edited === undefined ? [] : ["edited"]),
    ...(pinned === undefined ? [] : ["pinned"]),
    ...(readBy !== undefined ? ["read"] : deliveredTo === undefined ? [] : ["on their device"]),
  ];
  return words.map((word) => ` · ${word}`).join("");
}
