/* What can be asked for in the chat by a line that begins with a slash. A text that begins with one is written //. */
import type { Client, ConversationIdText, MessageView, OutgoingFile } from "@chapar/client";
import { gapMeaning, isAskable, isNothing } from "../note-words.ts";
import { isWholePicture, WHOLE_PICTURE } from "../outgoing-file.ts";
import type { Quality } from "../picture/quality.ts";
import { alertPage } from "../trust-words.ts";
import { dateTimeWords } from "../views.ts";
import { CHANNELS_HELP, runChannelSlash } from "./slash-channels.ts";
import { CHATS_HELP, runChatSlash } from "./slash-chats.ts";
import { breakLines, clip, clustersOf, widthOf } from "./cells.ts";
import type { ChatModel } from "./model.ts";
import { isTalkWord, runTalk, TALK_HELP } from "./slash-talk.ts";

/** What touches the disk and the terminal, passed in. */
export interface SlashHost {
  readFile(path: string): Promise<OutgoingFile>;
  readVoice(path: string): Promise<OutgoingFile>;
  readPicture(path: string): Promise<Uint8Array>;
  saveFile(message: MessageView, file: number, signal: AbortSignal): Promise<string>;
  readonly columns: number;
}

/** What came of it. */
export type SlashDone =
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "panel"; readonly lines: readonly string[] }
  | { readonly kind: "open"; readonly conversation: ConversationIdText }
  | { readonly kind: "leave" }
  | { readonly kind: "lock" };

/** As many lines as a small screen has. */
const SHOWN_HITS = 10;

/** At most as many lines as the smallest screen has for messages. */
const HELP: readonly string[] = [
  "Enter send · Ctrl-P with a preview of a link",
  "↑ ↓ PgUp PgDn look back · End return",
  "Alt+Enter new line · Alt+↑ ↓ next chat",
  "Ctrl-Y copy · Ctrl-B text order",
  "/file [--tiny|--normal] PATH · /voice PATH · /save the last",
  "/invite yours · /open LINK · /picture PATH",
  "/alert what was noticed",
  "/help chats · talk · channels",
  "/why means what · /ask · /search WORDS",
  "Esc chats · /lock · /quit or Ctrl-C leave",
];

const HELPS: Readonly<Record<string, readonly string[]>> = {
  chats: CHATS_HELP,
  talk: TALK_HELP,
  channels: CHANNELS_HELP,
};

/** Breaks a link over lines that can be copied from the screen. */
function linkLines(link: string, columns: number): string[] {
  return breakLines(clustersOf(link), columns).map((line) => line.map(({ text }) => text).join(""));
}

/** Breaks sentences between words. */
function pageLines(text: string, columns: number): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const rows = [""];
    for (const word of line.split(" ")) {
      const row = rows.at(-1) ?? "";
      const longer = row === "" ? word : `${row} ${word}`;
      if (widthOf(longer) <= columns) rows[rows.length - 1] = longer;
      else rows.push(word);
    }
    return rows;
  });
}

/** Runs one line. @throws what the engine or the disk refuses */
export async function runSlash(
  line: string,
  model: ChatModel,
  client: Client,
  host: SlashHost,
  signal: AbortSignal,
): Promise<SlashDone> {
  const [, word = "", rest = ""] = /^\/(\S+)\s*(.*)$/s.exec(line) ?? [];
  const argument = rest.trim();
  const { open } = model;
  if (isTalkWord(word)) {
    if (open === undefined) return { kind: "notice", text: "Open a conversation first." };
    return runTalk(word, argument, open, client, host.columns);
  }
  switch (word) {
    case "help":
      return { kind: "panel", lines: HELPS[argument] ?? HELP };
    case "quit":
      return { kind: "leave" };
    case "lock":
      return { kind: "lock" };
    case "invite":
      return {
        kind: "panel",
        lines: [
          "Give this to the person you want to write with:",
          "",
          ...linkLines(await client.invite(), host.columns),
        ],
      };
    case "open":
      return { kind: "open", conversation: await client.open(argument) };
    case "alert": {
      const alert = open?.alert;
      if (alert === undefined) return { kind: "notice", text: "Nothing was noticed here that you have not seen." };
      await client.markAlertSeen(alert.view.id);
      return { kind: "panel", lines: pageLines(alertPage(alert.view, alert.person), host.columns) };
    }
    case "why": {
      const line = open?.messages.findLast((one) => one.gap !== undefined && !isNothing(one));
      const means = line && gapMeaning(line);
      if (means === undefined) return { kind: "notice", text: "Nothing is missing here." };
      return { kind: "panel", lines: pageLines(means, host.columns) };
    }
    case "ask": {
      // What is owed and was not read past yet has no line, but an alert.
      if (open === undefined || (open.alert === undefined && !open.messages.some(isAskable)))
        return { kind: "notice", text: "Nothing is missing here that others may have." };
      await client.askMembers(open.view.id);
      return { kind: "notice", text: "The others are asked. What they give back appears here." };
    }
    case "search": {
      if (argument === "") return { kind: "notice", text: "Say which words: /search WORDS" };
      const { hits } = await client.search.find({ words: argument, limit: SHOWN_HITS });
      if (hits.length === 0) return { kind: "notice", text: "Nothing was found on this device." };
      const { foundWords } = await import("../commands/search.ts");
      const found = hits.map((hit) => {
        const { mine, senderName, writtenAtMs } = hit.message;
        return clip(`${dateTimeWords(writtenAtMs)} ${mine ? "You" : senderName}: ${foundWords(hit)}`, host.columns);
      });
      return { kind: "panel", lines: found };
    }
    case "file": {
      const [, asked = "original", path = ""] = /^(?:--(tiny|normal|original)(?:\s+|$))?(.*)$/u.exec(argument) ?? [];
      if (open === undefined || path === "")
        return { kind: "notice", text: "Say which file: /file [--tiny|--normal] PATH" };
      const { inQuality, qualityWords } = await import("../picture/quality.ts");
      const chosen = await host.readFile(path);
      const drawn = await inQuality(chosen, asked as Quality);
      await client.media.send(open.view.id, { text: "", files: [drawn.file] }, { signal });
      if (isWholePicture(chosen)) return { kind: "notice", text: `${chosen.fileName} ${WHOLE_PICTURE}` };
      const isPhoto = asked !== "original" && chosen.facts?.kind === "photo";
      return { kind: "notice", text: isPhoto ? qualityWords(drawn) : "The file is on its way." };
    }
    case "voice": {
      if (open === undefined || argument === "") return { kind: "notice", text: "Say which recording: /voice PATH" };
      const file = await host.readVoice(argument);
      await client.media.send(open.view.id, { text: "", files: [file] }, { signal });
      return { kind: "notice", text: "The recording is on its way." };
    }
    case "picture": {
      if (argument === "") return { kind: "notice", text: "Say which file, or off: /picture PATH" };
      await client.people.setPicture(argument === "off" ? undefined : await host.readPicture(argument));
      return {
        kind: "notice",
        text: argument === "off" ? "Your picture is taken away." : "Everyone you write with sees it.",
      };
    }
    case "save": {
      const last = open?.messages.findLast(({ attachments }) => attachments.length > 0);
      if (last === undefined) return { kind: "notice", text: "There is no file here to save." };
      const paths: string[] = [];
      for (const file of last.attachments.keys()) paths.push(await host.saveFile(last, file, signal));
      return { kind: "notice", text: `Saved as ${paths.join(", ")}` };
    }
    default: {
      const channel = await runChannelSlash(word, argument, client, open, host.columns);
      if (channel?.kind === "link")
        return {
          kind: "panel",
          lines: [...pageLines(channel.above, host.columns), "", ...linkLines(channel.link, host.columns)],
        };
      if (channel !== undefined) return channel;
      const text = await runChatSlash(word, argument, client, open);
      if (text !== undefined) return { kind: "notice", text };
      return { kind: "notice", text: `There is no /${word}. /help shows what there is.` };
    }
  }
}
