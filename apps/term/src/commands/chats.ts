/* `chats`: the list as the person has ordered it, and what is decided about one chat. */
import { type ChatView, type ConversationView, type FolderView, MUTED_ALWAYS_MS, type MuteFor } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { JsonLine } from "../output.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { timerWords } from "../timer-words.ts";
import { peopleWords } from "../views.ts";
import { folderNamed } from "./folders.ts";

interface ListOptions {
  readonly archived?: true;
  readonly folder?: string;
  readonly unread?: true;
}

/** A chat with what its conversation says. */
interface ListedChat {
  readonly chat: ChatView;
  readonly view: ConversationView;
}

/** A chat as scripts get it. */
export function chatLine({ chat, view }: ListedChat, folders: readonly FolderView[]): JsonLine {
  const { id, pinnedAtMs, mutedUntilMs, archived, markedUnread, draft, blocked } = chat;
  return {
    event: "chat",
    conversation: id,
    people: view.people.map(({ name, identity }) => ({ name, identity })),
    unread: view.unread,
    markedUnread,
    mentions: view.mentions ?? 0,
    pinned: pinnedAtMs !== undefined,
    mutedUntilMs: mutedUntilMs ?? null,
    archived,
    blocked,
    draft: draft ?? null,
    lastAtMs: view.atMs,
    folders: folders.filter((one) => chat.folders.includes(one.id)).map(({ name }) => name),
  };
}

/** What stands behind a chat's name. */
function marksOf({ chat, view }: ListedChat): readonly string[] {
  const { mutedUntilMs } = chat;
  const mentions = view.mentions ?? 0;
  const muted =
    mutedUntilMs === MUTED_ALWAYS_MS
      ? "muted"
      : `muted until ${new Date(mutedUntilMs ?? 0).toISOString().slice(0, 16)}`;
  return [
    ...(view.unread > 0 ? [`${view.unread} unread`] : chat.markedUnread ? ["marked unread"] : []),
    ...(mentions > 0 ? [`${mentions} mention${mentions === 1 ? "" : "s"}`] : []),
    ...(mutedUntilMs === undefined ? [] : [muted]),
    ...(chat.blocked ? ["blocked"] : []),
    ...(chat.draft === undefined ? [] : [`draft: ${printableLine(chat.draft).slice(0, 40)}`]),
  ];
}

function chatWords(listed: ListedChat): string {
  const pin = listed.chat.pinnedAtMs === undefined ? " " : "^";
  return [`${pin} ${listed.chat.id.slice(0, 8)}  ${peopleWords(listed.view)}`, ...marksOf(listed)].join(" · ");
}

export async function listChats(run: Run, options: ListOptions): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const folders = await client.chats.folders();
  const only = options.folder === undefined ? undefined : (await folderNamed(client, options.folder)).id;
  const views = new Map((await client.conversations()).map((view) => [view.id, view]));
  let shown = 0;
  for (const chat of await client.chats.list()) {
    const view = views.get(chat.id);
    if (view === undefined || chat.archived !== (options.archived ?? false)) continue;
    if (only !== undefined && !chat.folders.includes(only)) continue;
    if (options.unread === true && view.unread === 0 && !chat.markedUnread) continue;
    shown += 1;
    run.out.result(chatLine({ chat, view }, folders), chatWords({ chat, view }));
  }
  if (shown === 0) run.out.progress("No chats here.");
  return ExitCode.ok;
}

/** What is decided, and what is said of it. */
type Decision = { readonly what: "pinned" | "archived" | "unread"; readonly is: boolean };

const DONE: Readonly<Record<Decision["what"], readonly [on: string, off: string]>> = {
  pinned: ["It stands above the others.", "It stands among the others."],
  archived: ["It is in the archive.", "It is out of the archive."],
  unread: ["It is marked unread.", "It is not marked any more."],
};

export async function decideChat(run: Run, conversation: string, { what, is }: Decision): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { chats } = profile.client;
  const { id } = await conversationNamed(profile, conversation, 0);
  if (what === "pinned") await chats.pin(id, is);
  else if (what === "archived") await chats.archive(id, is);
  else await chats.markUnread(id, is);
  run.out.result({ event: "chat-changed", conversation: id, [what]: is }, DONE[what][is ? 0 : 1]);
  return ExitCode.ok;
}

export async function muteChat(run: Run, conversation: string, how: MuteFor): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { chats } = profile.client;
  const { id } = await conversationNamed(profile, conversation, 0);
  await chats.mute(id, how);
  const chat = (await chats.list()).find((one) => one.id === id);
  run.out.result(
    { event: "chat-changed", conversation: id, mutedUntilMs: chat?.mutedUntilMs ?? null },
    how === "off" ? "You are told of it again." : how === "always" ? "It is mute." : `It is mute for ${how}.`,
  );
  return ExitCode.ok;
}

export async function draftOf(run: Run, conversation: string, text: string | undefined): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { chats } = profile.client;
  const { id } = await conversationNamed(profile, conversation, 0);
  if (text !== undefined) await chats.draft(id, text);
  const draft = (await chats.list()).find((one) => one.id === id)?.draft;
  if (text === undefined && draft === undefined) throw new TermError("term/no-draft");
  run.out.result({ event: "draft", conversation: id, text: draft ?? null }, draft ?? "It is gone.");
  return ExitCode.ok;
}

export async function timer(run: Run, conversation: string, seconds: number | undefined): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { chats } = profile.client;
  const { id } = await conversationNamed(profile, conversation, 0);
  if (seconds !== undefined) await chats.setTimer(id, seconds);
  const timerS = (await chats.list()).find((one) => one.id === id)?.timerS ?? 0;
  run.out.result(
    { event: "timer", conversation: id, timerS },
    timerS === 0
      ? "Messages stay."
      : `Messages disappear ${timerWords(timerS)} after they were read, on everyone's devices. Who reads one can still copy it.`,
  );
  return ExitCode.ok;
}
