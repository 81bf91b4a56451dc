/* What a person decides about their chats: the list, blocks, drafts, reports (protocol/11-chats.md). */
import type { ConversationIdText, IdentityIdText, MessageIdText } from "./api.ts";
import { ANSWERS, type CallTable, CHANGES } from "./part.ts";

/** Base32 of 16 bytes. */
export type ScheduledIdText = string;
/** Base32 of 10 bytes. */
export type FolderIdText = string;

/** For how long a chat is muted. */
export type MuteFor = "off" | "1h" | "8h" | "2d" | "always";

/** `mutedUntilMs` of a chat that is muted until it is taken back: the last moment that a Date can name. */
export const MUTED_ALWAYS_MS = 8_640_000_000_000_000;

/** How a chat stands in the list, beside what its conversation says. */
export interface ChatView {
  readonly id: ConversationIdText;
  /** pinned chats stand first, the one with the highest time above the others; undefined: not pinned */
  readonly pinnedAtMs: number | undefined;
  /** later than now, else undefined; MUTED_ALWAYS_MS: until it is taken back */
  readonly mutedUntilMs: number | undefined;
  readonly archived: boolean;
  /** the person wants to come back to it */
  readonly markedUnread: boolean;
  readonly folders: readonly FolderIdText[];
  readonly draft: string | undefined;
  /** the other person of a conversation of two is blocked */
  readonly blocked: boolean;
  /** seconds after being read after which messages written from now on disappear; 0: they stay */
  readonly timerS: number;
}

/** A folder of chats. */
export interface FolderView {
  readonly id: FolderIdText;
  readonly name: string;
  readonly conversations: readonly ConversationIdText[];
}

/** Somebody who is blocked. */
export interface BlockedView {
  readonly identity: IdentityIdText;
  /** empty when nobody here knows it */
  readonly name: string;
  readonly sinceMs: number;
}

/** A message that was reported to the operator of the home. */
export interface ReportView {
  readonly message: MessageIdText;
  readonly atMs: number;
  /** `refused`: the station did not take it; `code` says why */
  readonly state: "waiting" | "sent" | "refused";
  readonly code: string | undefined;
  /** whether it carries a signature that shows who wrote it (N-21) */
  readonly proves: boolean;
}

/** A message that leaves at a time. */
export interface ScheduledView {
  readonly id: ScheduledIdText;
  readonly conversation: ConversationIdText;
  readonly atMs: number;
  readonly text: string;
  readonly silent: boolean;
}

/** `client.chats`. */
export interface ChatCalls {
  /** Sets after how long messages disappear, for everyone, from now on (C-60). @throws ClientError `client/unknown-conversation` · `client/bad-timer` · `client/closed-conversation` */
  setTimer(id: ConversationIdText, seconds: number): Promise<void>;
  /**
   * Keeps a message on this device until its time, then sends it, or at the next start (F-51).
   *
   * @throws ClientError `client/unknown-conversation` · `client/empty` · `client/too-large` · `client/bad-time`
   */
  schedule(
    id: ConversationIdText,
    message: { readonly text: string; readonly silent?: true; readonly replyTo?: MessageIdText },
    atMs: number,
  ): Promise<ScheduledIdText>;
  /** What waits, soonest first. */
  scheduled(): Promise<readonly ScheduledView[]>;
  /** @throws ClientError `client/unknown-scheduled` · `client/empty` · `client/too-large` · `client/bad-time` */
  reschedule(scheduled: ScheduledIdText, change: { readonly text?: string; readonly atMs?: number }): Promise<void>;
  /** @throws ClientError `client/unknown-scheduled` */
  unschedule(scheduled: ScheduledIdText): Promise<void>;
  /** Every chat, pinned ones first, then newest first (N-2). */
  list(): Promise<readonly ChatView[]>;
  /** @throws ClientError `client/unknown-conversation` */
  pin(id: ConversationIdText, pinned: boolean): Promise<void>;
  /** @throws ClientError `client/unknown-conversation` */
  mute(id: ConversationIdText, how: MuteFor): Promise<void>;
  /** @throws ClientError `client/unknown-conversation` */
  archive(id: ConversationIdText, archived: boolean): Promise<void>;
  /** @throws ClientError `client/unknown-conversation` */
  markUnread(id: ConversationIdText, unread: boolean): Promise<void>;
  /** Keeps what was begun; an empty text removes it (N-7). @throws ClientError `client/unknown-conversation` */
  draft(id: ConversationIdText, text: string): Promise<void>;
  /** In their order. */
  folders(): Promise<readonly FolderView[]>;
  /** @throws ClientError `client/bad-name` · `client/too-many-folders` */
  makeFolder(name: string): Promise<FolderIdText>;
  /** @throws ClientError `client/bad-name` · `client/unknown-folder` */
  renameFolder(folder: FolderIdText, name: string): Promise<void>;
  /** Puts a folder at a place among the others, the first being 0. @throws ClientError `client/unknown-folder` */
  moveFolder(folder: FolderIdText, at: number): Promise<void>;
  /** Its chats stay. @throws ClientError `client/unknown-folder` */
  removeFolder(folder: FolderIdText): Promise<void>;
  /** @throws ClientError `client/unknown-folder` · `client/unknown-conversation` · `client/folder-full` */
  putInFolder(folder: FolderIdText, id: ConversationIdText, inside: boolean): Promise<void>;
  /** Letters of a blocked person are not shown, and they open no conversation (N-10, N-11). @throws ClientError `client/unknown-person` */
  block(identity: IdentityIdText, blocked: boolean): Promise<void>;
  /** Who is blocked, newest first. */
  blocked(): Promise<readonly BlockedView[]>;
  /**
   * Reports a message of somebody else to the operator of the home, with what shows who wrote it; leaves when there is a way (N-23).
   *
   * @throws ClientError `client/unknown-message` · `client/not-reportable` it is one's own, or its letter is not kept any more
   */
  report(message: MessageIdText): Promise<ReportView>;
  /** What was reported, newest first. */
  reports(): Promise<readonly ReportView[]>;
}

/** Its calls. */
export const CHAT_CALLS: CallTable<ChatCalls> = {
  list: ANSWERS,
  setTimer: CHANGES,
  schedule: CHANGES,
  scheduled: ANSWERS,
  reschedule: ANSWERS,
  unschedule: ANSWERS,
  pin: ANSWERS,
  mute: ANSWERS,
  archive: ANSWERS,
  markUnread: ANSWERS,
  draft: ANSWERS,
  folders: ANSWERS,
  makeFolder: CHANGES,
  renameFolder: ANSWERS,
  moveFolder: ANSWERS,
  removeFolder: ANSWERS,
  putInFolder: ANSWERS,
  block: ANSWERS,
  blocked: ANSWERS,
  report: ANSWERS,
  reports: ANSWERS,
};
