/* Lines that begin with a slash, about what a person decides about the open chat (slash.ts). */
import type { Client, ConversationView } from "@chapar/client";
import { muteFor } from "../mute-words.ts";
import { timeOf, timerOf } from "../timer-words.ts";
import { dateTimeWords } from "../views.ts";
import { printableLine } from "../printable.ts";
import { folderNamed } from "../commands/folders.ts";
import type { OpenConversation } from "./model.ts";

/** Lines of the help. */
export const CHATS_HELP: readonly string[] = [
  "/pin /archive /unread this chat; again: back",
  "/mute 1h|8h|2d|always|off · /folder NAME",
  "/block · /report the last message of theirs",
  "/timer 30s|5m|1h|8h|1d|1w|4w|off · /silent TEXT · /later 18:30 TEXT",
];

type Change = (client: Client, open: OpenConversation, argument: string) => Promise<string>;

async function chatOf(client: Client, { id }: ConversationView): Promise<{ readonly [key: string]: unknown }> {
  const found = (await client.chats.list()).find((one) => one.id === id);
  return { ...found };
}

const CHANGES: Readonly<Record<string, Change>> = {
  pin: async (client, { view }) => {
    const pinned = (await chatOf(client, view))["pinnedAtMs"] !== undefined;
    await client.chats.pin(view.id, !pinned);
    return pinned ? "It stands among the others again." : "It stands above the others.";
  },
  archive: async (client, { view }) => {
    const archived = (await chatOf(client, view))["archived"] === true;
    await client.chats.archive(view.id, !archived);
    return archived ? "It is out of the archive." : "It is in the archive until something new comes.";
  },
  unread: async (client, { view }) => {
    await client.chats.markUnread(view.id, true);
    return "It is marked unread.";
  },
  mute: async (client, { view }, argument) => {
    const how = muteFor(argument === "" ? "always" : argument);
    await client.chats.mute(view.id, how);
    return how === "off" ? "You are told of it again." : how === "always" ? "It is mute." : `It is mute for ${how}.`;
  },
  folder: async (client, { view }, argument) => {
    const folder = await folderNamed(client, argument);
    const inside = folder.conversations.includes(view.id);
    await client.chats.putInFolder(folder.id, view.id, !inside);
    return `It is ${inside ? "not in" : "in"} ${printableLine(folder.name)} now.`;
  },
  block: async (client, { view }) => {
    const [person] = view.people;
    if (person === undefined) return "There is nobody here to block.";
    const blocked = (await chatOf(client, view))["blocked"] === true;
    await client.chats.block(person.identity, !blocked);
    const name = printableLine(person.name);
    return blocked
      ? `${name} is not blocked any more.`
      : `${name} is blocked. They are not told. /block takes it back.`;
  },
  timer: async (client, { view }, argument) => {
    const seconds = timerOf(argument === "" ? "off" : argument);
    await client.chats.setTimer(view.id, seconds);
    return seconds === 0 ? "Messages stay." : `Messages disappear ${argument} after they were read, for everyone.`;
  },
  silent: async (client, { view }, argument) => {
    if (argument === "") return "Say what: /silent TEXT";
    await client.send(view.id, { text: argument, silent: true });
    return "Sent; nobody is notified.";
  },
  later: async (client, { view }, argument) => {
    const [, time = "", text = ""] = /^(\S+)\s+(.+)$/s.exec(argument) ?? [];
    if (text === "") return "Say when and what: /later 18:30 TEXT";
    const atMs = timeOf(time, Date.now());
    await client.chats.schedule(view.id, { text }, atMs);
    return `It waits on this device and leaves ${dateTimeWords(atMs)}.`;
  },
  report: async (client, { messages }) => {
    const last = messages.findLast(
      ({ mine, gap, personChange }) => !mine && gap === undefined && personChange === undefined,
    );
    if (last === undefined) return "There is no message of somebody else here.";
    const { proves } = await client.chats.report(last.id);
    return `The operator of your station gets this one message${proves ? ", with what shows who wrote it" : ", as your word alone"}.`;
  },
};

/** Runs one line; undefined when it is none of these. @throws what the engine refuses */
export async function runChatSlash(
  word: string,
  argument: string,
  client: Client,
  open: OpenConversation | undefined,
): Promise<string | undefined> {
  const change = Object.hasOwn(CHANGES, word) ? CHANGES[word] : undefined;
  if (change === undefined) return undefined;
  return open === undefined ? "Open a chat first." : await change(client, open, argument);
}
