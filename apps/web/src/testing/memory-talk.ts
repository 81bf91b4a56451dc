/* `client.talk` of the in-memory engine. */
import type {
  MessageView,
  NamedPerson,
  OutgoingMention,
  OutgoingMessage,
  OutgoingPoll,
  OutgoingPreview,
  PollView,
  PreviewingView,
  ReactionView,
  ReplyView,
  TalkCalls,
  TellingView,
  TopicPage,
  TopicView,
  VersionView,
} from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

interface Messages {
  find(id: string): MessageView | undefined;
  all(conversation: string): readonly MessageView[];
  change(id: string, more: Partial<MessageView>, change?: "changed" | "deleted"): void;
  send(conversation: string, message: OutgoingMessage): Promise<MessageView>;
}

const ME: NamedPerson = { identity: "me", name: "", mine: true };

const authorOf = ({ mine, sender, senderName }: MessageView): NamedPerson =>
  mine ? ME : { identity: sender, name: senderName, mine };

/** What a reply shows of what it answers. */
export function replyView(answered: MessageView | undefined, id: string): ReplyView {
  const is = answered === undefined ? "missing" : answered.deleted === undefined ? "here" : "deleted";
  return {
    id,
    is,
    sender: answered && authorOf(answered),
    text: answered?.text ?? "",
    fileName: answered?.attachments[0]?.fileName,
    mediaType: answered?.attachments[0]?.mediaType,
    position: answered?.position,
  };
}

/** What a text mentions, as it is shown. */
export function mentionViews(mentions: readonly OutgoingMention[] | undefined): Pick<MessageView, "mentions"> {
  if (mentions === undefined || mentions.length === 0) return {};
  return { mentions: mentions.map((one) => ({ ...one, mine: one.identity === ME.identity })) };
}

/** A preview, as it is shown. */
export function previewed(preview: OutgoingPreview | undefined): Pick<MessageView, "preview"> {
  if (preview === undefined) return {};
  const { address, title, description = "", picture } = preview;
  const shown = picture && { bytes: picture, mediaType: "image/png", width: 16, height: 8 };
  return { preview: { address, host: new URL(address).host, title, description, ...(shown && { picture: shown }) } };
}

/** Reactions of one emoji, with one person more or less. */
function toggled(reactions: readonly ReactionView[], emoji: string, on: boolean): readonly ReactionView[] {
  const others = reactions.filter((one) => one.emoji !== emoji);
  const people = (reactions.find((one) => one.emoji === emoji)?.people ?? []).filter(({ mine }) => !mine);
  const now = on ? [...people, ME] : people;
  return now.length === 0 ? others : [...others, { emoji, count: now.length, mine: on, people: now }];
}

/** A poll on which nobody voted. */
export const pollView = (options: readonly string[], multiple: boolean): PollView => ({
  multiple,
  voters: 0,
  options: options.map((text) => ({ text, count: 0, mine: false, people: [] })),
});

/** The poll with one's own vote. */
function voted(poll: PollView, choices: readonly number[]): PollView {
  const options = poll.options.map(({ text, people }, at) => {
    const others = people.filter(({ mine }) => !mine);
    const now = choices.includes(at) ? [...others, ME] : others;
    return { text, count: now.length, mine: choices.includes(at), people: now };
  });
  const voters = new Set(options.flatMap(({ people }) => people.map(({ identity }) => identity))).size;
  return { ...poll, options, voters };
}

export class MemoryTalk implements TalkCalls {
  readonly #messages: Messages;
  readonly #versions = new Map<string, VersionView[]>();
  /** conversations in which a key was told */
  readonly typed: string[] = [];
  #telling: TellingView = { delivered: true, read: true, typing: true };
  #previewing: PreviewingView = { mode: "off", also: [] };

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  #live(id: string): MessageView {
    const found = this.#messages.find(id);
    if (found === undefined) throw refusal("client/unknown-message");
    if (found.deleted !== undefined) throw refusal("client/not-allowed");
    return found;
  }

  async message(id: string): Promise<MessageView | undefined> {
    return this.#messages.find(id);
  }

  async edit(
    id: string,
    { text, mentions }: { readonly text: string; readonly mentions?: readonly OutgoingMention[] },
  ): Promise<void> {
    const found = this.#live(id);
    if (!found.mine) throw refusal("client/not-yours");
    if (text === "" && found.attachments.length === 0) throw refusal("client/empty");
    const versions = this.#versions.get(id) ?? [{ text: found.text, atMs: found.writtenAtMs }];
    this.#versions.set(id, [...versions, { text, atMs: found.writtenAtMs }]);
    const edited = { atMs: found.writtenAtMs, versions: versions.length };
    this.#messages.change(id, { text, edited, ...mentionViews(mentions) });
  }

  async versions(id: string): Promise<readonly VersionView[]> {
    const found = this.#live(id);
    return this.#versions.get(id) ?? [{ text: found.text, atMs: found.writtenAtMs }];
  }

  async erase(id: string, of: "all" | "me"): Promise<void> {
    const found = this.#live(id);
    if (of === "all" && !found.mine) throw refusal("client/not-yours");
    const { reactions: _, edited: _2, pinned: _3, ...rest } = found;
    this.#messages.change(id, { ...rest, text: "", attachments: [], deleted: { of, by: ME } }, "deleted");
  }

  async react(id: string, emoji: string, on: boolean): Promise<void> {
    if (/^[\s\w]*$/u.test(emoji)) throw refusal("client/bad-reaction");
    const found = this.#live(id);
    this.#messages.change(id, { reactions: toggled(found.reactions ?? [], emoji, on) });
  }

  async pin(id: string, on: boolean): Promise<void> {
    const found = this.#live(id);
    const { pinned: _, ...rest } = found;
    this.#messages.change(
      id,
      on ? { pinned: { by: ME, atMs: found.writtenAtMs } } : { ...rest, pinned: undefined as never },
    );
  }

  async pins(conversation: string): Promise<readonly MessageView[]> {
    return this.#messages
      .all(conversation)
      .filter(({ pinned }) => pinned !== undefined)
      .toReversed();
  }

  async forward(id: string, to: string): Promise<MessageView> {
    const found = this.#live(id);
    const sent = await this.#messages.send(to, { text: found.text });
    const forwardedFrom = found.forwardedFrom ?? authorOf(found);
    this.#messages.change(sent.id, { forwardedFrom, attachments: found.attachments });
    return this.#live(sent.id);
  }

  async poll(conversation: string, { question, options, multiple = false }: OutgoingPoll): Promise<MessageView> {
    if (options.length < 2) throw refusal("client/bad-poll");
    const sent = await this.#messages.send(conversation, { text: question });
    this.#messages.change(sent.id, { poll: pollView(options, multiple) });
    return this.#live(sent.id);
  }

  async vote(id: string, choices: readonly number[]): Promise<void> {
    const { poll } = this.#live(id);
    if (poll === undefined || poll.closed !== undefined) throw refusal("client/not-allowed");
    this.#messages.change(id, { poll: voted(poll, choices) });
  }

  async closePoll(id: string): Promise<void> {
    const { poll, mine, writtenAtMs } = this.#live(id);
    if (!mine) throw refusal("client/not-yours");
    if (poll !== undefined) this.#messages.change(id, { poll: { ...poll, closed: { by: ME, atMs: writtenAtMs } } });
  }

  async topics(conversation: string): Promise<readonly TopicView[]> {
    const lines = this.#messages.all(conversation).flatMap((line) => (line.topic === undefined ? [] : [line]));
    const ids = new Set(lines.map(({ topic }) => topic?.id ?? ""));
    return [...ids].map((id) => {
      const own = lines.filter(({ topic }) => topic?.id === id);
      const title = this.#messages.find(id)?.text ?? "";
      return {
        id,
        title,
        lines: own.length,
        unread: own.filter(({ mine }) => !mine).length,
        atMs: own[0]?.writtenAtMs ?? 0,
      };
    });
  }

  async topic(conversation: string, topic: string): Promise<TopicPage> {
    const lines = this.#messages.all(conversation).filter((line) => line.topic?.id === topic);
    return { root: this.#messages.find(topic), lines };
  }

  async previewing(): Promise<PreviewingView> {
    return this.#previewing;
  }

  async setPreviewing(setting: PreviewingView): Promise<void> {
    this.#previewing = setting;
  }

  async typing(conversation: string): Promise<void> {
    this.typed.push(conversation);
  }

  async telling(): Promise<TellingView> {
    return this.#telling;
  }

  async setTelling(change: Partial<TellingView>): Promise<void> {
    this.#telling = { ...this.#telling, ...change };
  }
}
