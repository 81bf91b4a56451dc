/*
 * What people do with messages (protocol/5-content.md §6), as apps call it: `client.talk`. As in api.ts, every call works
 * without a network, and values are snapshots.
 */
import type { MessageView } from "./api.ts";
import type { ConversationIdText, MessageIdText } from "./id-text.ts";
import { ANSWERS, CHANGES, type CallTable } from "./part.ts";
import type {
  OutgoingMention,
  OutgoingPoll,
  PreviewingView,
  TellingView,
  TopicIdText,
  TopicView,
  VersionView,
} from "./talk-views.ts";

/** Messages of a topic. */
export interface TopicPage {
  /** the message it begins with, when it is here */
  readonly root: MessageView | undefined;
  /** oldest first, own ones that wait last */
  readonly lines: readonly MessageView[];
}

/** `client.talk`. Every method @throws ClientError `client/unknown-message` · `client/closed-conversation` */
export interface TalkCalls {
  /** A message by its id, wherever it stands. */
  message(message: MessageIdText): Promise<MessageView | undefined>;
  /**
   * Replaces the text of an own message.
   * @throws ClientError `client/not-yours` · `client/not-allowed` when it was deleted · `client/empty` · `client/too-large`
   */
  edit(
    message: MessageIdText,
    change: { readonly text: string; readonly mentions?: readonly OutgoingMention[] },
  ): Promise<void>;
  /** What an edited message said, oldest first, the present version last. */
  versions(message: MessageIdText): Promise<readonly VersionView[]>;
  /** Deletes a message: an own one for everyone, any on the own devices. @throws ClientError `client/not-yours` */
  erase(message: MessageIdText, of: "all" | "me"): Promise<void>;
  /** Reacts, or takes it back. Again: nothing. @throws ClientError `client/bad-reaction` · `client/not-allowed` */
  react(message: MessageIdText, emoji: string, on: boolean): Promise<void>;
  /** @throws ClientError `client/not-allowed` */
  pin(message: MessageIdText, on: boolean): Promise<void>;
  /** What is pinned and here, the one that was pinned last first. */
  pins(conversation: ConversationIdText): Promise<readonly MessageView[]>;
  /** Sends a message on; its file is not uploaded again. @throws ClientError `client/not-allowed` when nothing is left of it */
  forward(message: MessageIdText, to: ConversationIdText): Promise<MessageView>;
  /** Asks everyone in the conversation. @throws ClientError `client/empty` · `client/too-large` · `client/bad-poll` */
  poll(conversation: ConversationIdText, poll: OutgoingPoll): Promise<MessageView>;
  /**
   * Votes, or votes again: the last vote of each person counts; none of the options takes it back.
   * @param choices  indices of options
   * @throws ClientError `client/bad-vote` · `client/not-allowed` when it is no poll, or closed
   */
  vote(message: MessageIdText, choices: readonly number[]): Promise<void>;
  /** Closes a poll of one's own. Again: nothing. @throws ClientError `client/not-yours` · `client/not-allowed` */
  closePoll(message: MessageIdText): Promise<void>;
  /** Topics in which something was written, the last first; at most 100. */
  topics(conversation: ConversationIdText): Promise<readonly TopicView[]>;
  /** Messages of a topic, the newest `limit` of those before a position. @throws ClientError `client/unknown-message` */
  topic(
    conversation: ConversationIdText,
    topic: TopicIdText,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<TopicPage>;
  /** The person pressed a key in a conversation: told to those who are there now, seldom, and where it may be (C-122). */
  typing(conversation: ConversationIdText): Promise<void>;
  telling(): Promise<TellingView>;
  setTelling(change: Partial<TellingView>): Promise<void>;
  /** What this person's programs may fetch for previews; the engine itself fetches nothing. */
  previewing(): Promise<PreviewingView>;
  /** @throws ClientError `client/too-large` */
  setPreviewing(setting: PreviewingView): Promise<void>;
}

/** Its calls. */
export const TALK_CALLS: CallTable<TalkCalls> = {
  message: ANSWERS,
  edit: CHANGES,
  versions: ANSWERS,
  erase: ANSWERS,
  react: ANSWERS,
  pin: ANSWERS,
  pins: ANSWERS,
  forward: CHANGES,
  poll: CHANGES,
  vote: ANSWERS,
  closePoll: ANSWERS,
  topics: ANSWERS,
  topic: ANSWERS,
  typing: ANSWERS,
  telling: ANSWERS,
  setTelling: ANSWERS,
  previewing: ANSWERS,
  setPreviewing: ANSWERS,
};
