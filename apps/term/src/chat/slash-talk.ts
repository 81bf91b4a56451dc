/*
 * What is done with messages by a line in the chat. Each line may begin with ^N: the Nth newest message; without it the newest that
 * fits is meant.
 */
import type { Client, MessageView, OutgoingMention } from "@chapar/client";
import { countedBack, isMessage } from "../messages-named.ts";
import { printableLine, printableLines } from "../printable.ts";
import { choicesOf } from "../commands/polls.ts";
import { topicOf } from "../commands/topics.ts";
import { personWords, topicWords } from "../talk-words.ts";
import { dateTimeWords } from "../views.ts";
import { clip } from "./cells.ts";
import type { OpenConversation } from "./model.ts";

/** What came of it. */
type TalkDone =
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "panel"; readonly lines: readonly string[] };

const WORDS = [
  "reply",
  "edit",
  "delete",
  "react",
  "unreact",
  "fix",
  "unfix",
  "fixed",
  "forward",
  "who",
  "versions",
  "topics",
  "topic",
  "poll",
  "vote",
  "close",
] as const;
type TalkWord = (typeof WORDS)[number];

/** Whether a line is one of these. */
export const isTalkWord = (word: string): word is TalkWord => WORDS.some((one) => one === word);

/** Lines of the help. */
export const TALK_HELP: readonly string[] = [
  "^2 is the second newest message; without",
  "it the newest that fits is meant.",
  "/reply [^N] TEXT   /edit [^N] TEXT",
  "/delete [^N] [me]  for all, or for you",
  "/react [^N] EMOJI  /unreact [^N] EMOJI",
  "/fix [^N] pins it  /unfix  /fixed lists",
  "/forward [^N] CONVERSATION",
  "/who [^N] reacted  /versions [^N]",
  "/topics  /topic [^N] shows, or TEXT in it",
  "/poll QUESTION | OPTION | OPTION …",
  "/vote [^N] 1 2    /close [^N] a poll",
  "@Name in a text mentions somebody",
];

const notice = (text: string): TalkDone => ({ kind: "notice", text });

/** Whom a text mentions: names of the conversation's people after an @. */
export function mentionsIn(text: string, { view }: Pick<OpenConversation, "view">): readonly OutgoingMention[] {
  return view.people
    .flatMap(({ identity, name }) => {
      const at = name === "" ? -1 : text.indexOf(`@${name}`);
      return at < 0 ? [] : [{ identity, start: at, length: name.length + 1 }];
    })
    .sort((a, b) => a.start - b.start);
}

function whoWords({ reactions, deliveredTo, readBy, poll }: MessageView, { view }: OpenConversation): string[] {
  const names = new Map(view.people.map(({ identity, name }) => [identity, printableLine(name)]));
  const named = (all: readonly string[]): string => all.map((identity) => names.get(identity) ?? "somebody").join(", ");
  return [
    ...(poll?.options ?? []).map(({ text, people }) => `${printableLine(text)}: ${people.map(personWords).join(", ")}`),
    ...(reactions ?? []).map(({ emoji, people }) => `${emoji} ${people.map(personWords).join(", ")}`),
    ...(readBy === undefined ? [] : [`read by ${named(readBy)}`]),
    ...(deliveredTo === undefined ? [] : [`on a device of ${named(deliveredTo)}`]),
  ];
}

/** Which messages a line is about when it names none. */
function fits(word: TalkWord, { mine, pinned, edited, poll }: MessageView): boolean {
  if (word === "vote" || word === "close") return poll !== undefined && (word === "vote" || mine);
  if (word === "edit" || word === "delete") return mine;
  if (word === "reply" || word === "react") return !mine;
  if (word === "unfix") return pinned !== undefined;
  return word !== "versions" || edited !== undefined;
}

/** Which message a line is about, and what else it says. */
function aboutOf(
  word: TalkWord,
  argument: string,
  { messages }: OpenConversation,
): { readonly message: MessageView | undefined; readonly rest: string } {
  const [, back, rest = ""] = /^(\^\d{1,6})?\s*([^]*)$/u.exec(argument) ?? [];
  const message =
    back === undefined ? messages.findLast((one) => isMessage(one) && fits(word, one)) : countedBack(messages, back);
  return { message, rest: rest.trim() };
}

async function pinned(open: OpenConversation, client: Client, columns: number): Promise<TalkDone> {
  const pins = await client.talk.pins(open.view.id);
  if (pins.length === 0) return notice("Nothing is pinned here.");
  return { kind: "panel", lines: pins.map(({ text }) => clip(printableLine(text), columns)) };
}

async function listTopics(open: OpenConversation, client: Client, columns: number): Promise<TalkDone> {
  const topics = await client.talk.topics(open.view.id);
  if (topics.length === 0) return notice("There are no topics here. /topic [^N] TEXT begins one.");
  const lines = topics.map((one) => clip(`${one.unread === 0 ? "" : `(${one.unread}) `}${topicWords(one)}`, columns));
  return { kind: "panel", lines };
}

async function showTopic(topic: string, open: OpenConversation, client: Client, columns: number): Promise<TalkDone> {
  const { root, lines } = await client.talk.topic(open.view.id, topic, { limit: 20 });
  const all = [...(root === undefined ? [] : [root]), ...lines];
  const words = ({ mine, senderName, text }: MessageView): string =>
    clip(`${mine ? "You" : printableLine(senderName)}: ${printableLine(text)}`, columns);
  return { kind: "panel", lines: all.map(words) };
}

async function show(word: TalkWord, message: MessageView, open: OpenConversation, client: Client): Promise<TalkDone> {
  if (word === "who") {
    const lines = whoWords(message, open);
    return lines.length === 0 ? notice("Nobody reacted yet.") : { kind: "panel", lines };
  }
  const versions = await client.talk.versions(message.id);
  return {
    kind: "panel",
    lines: versions.flatMap(({ text, atMs }) => [dateTimeWords(atMs), ...printableLines(text)]),
  };
}

/** Runs one line. @throws what the engine refuses */
export async function runTalk(
  word: TalkWord,
  argument: string,
  open: OpenConversation,
  client: Client,
  columns: number,
): Promise<TalkDone> {
  const { talk } = client;
  if (word === "poll") {
    const [question = "", ...options] = argument.split("|").map((part) => part.trim());
    if (options.length < 2) return notice("Say what to ask: /poll QUESTION | OPTION | OPTION");
    await talk.poll(open.view.id, { question, options });
    return notice("Asked. Everyone here sees who votes for what.");
  }
  if (word === "topics") return listTopics(open, client, columns);
  if (word === "fixed") return pinned(open, client, columns);
  const { message, rest } = aboutOf(word, argument, open);
  if (message === undefined) return notice("There is no message here that fits.");
  const { id } = message;
  const mentions = mentionsIn(rest, open);
  switch (word) {
    case "reply":
      if (rest === "") return notice("Say what to answer: /reply TEXT");
      await client.send(open.view.id, { text: rest, replyTo: id, ...(mentions.length > 0 && { mentions }) });
      return notice("Answered.");
    case "edit":
      if (rest === "") return notice("Say what it should be: /edit TEXT");
      await talk.edit(id, { text: rest, mentions });
      return notice("Corrected.");
    case "delete":
      await talk.erase(id, rest === "me" ? "me" : "all");
      return notice(rest === "me" ? "Deleted on your devices." : "Deleted for everyone.");
    case "react":
    case "unreact":
      await talk.react(id, rest, word === "react");
      return notice(word === "react" ? `Reacted with ${rest}` : "Taken back.");
    case "fix":
    case "unfix":
      await talk.pin(id, word === "fix");
      return notice(word === "fix" ? "Pinned." : "Not pinned any more.");
    case "forward": {
      const [into] = (await client.conversations()).filter((one) => rest.length > 3 && one.id.startsWith(rest));
      if (into === undefined) return notice("Say where to: /forward CONVERSATION");
      await talk.forward(id, into.id);
      return notice("Sent on.");
    }
    case "topic": {
      const topic = topicOf(message);
      if (rest === "") return showTopic(topic, open, client, columns);
      await client.send(open.view.id, { text: rest, topic, ...(mentions.length > 0 && { mentions }) });
      return notice("Written in the topic.");
    }
    case "vote": {
      const choices = rest.split(/\s+/u).filter((one) => one !== "");
      await talk.vote(id, choicesOf(choices));
      return notice(choices.length === 0 ? "Vote taken back." : "Voted.");
    }
    case "close":
      await talk.closePoll(id);
      return notice("Closed. Votes are counted no more.");
    case "who":
    case "versions":
    default:
      return show(word, message, open, client);
  }
}
