/* `client.search` of the in-memory engine. */
import type { ConversationView, MessageView, SearchCalls, SearchPage, SearchQuery } from "../state/client-types.ts";
import { fold } from "@chapar/client/text";

interface Messages {
  conversations(): Promise<readonly ConversationView[]>;
  all(conversation: string): readonly MessageView[];
}

const DEFAULT_LIMIT = 20;

/** Compares every message; enough for what a test has. */
export class MemorySearch implements SearchCalls {
  readonly #messages: Messages;

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  async find(query: SearchQuery): Promise<SearchPage> {
    const words = fold(query.words)
      .split(/\s+/u)
      .filter((word) => word !== "");
    const chats = (await this.#messages.conversations()).filter(({ id }) => (query.conversation ?? id) === id);
    const hits = chats
      .flatMap(({ id }) => this.#messages.all(id))
      .filter(
        (message) =>
          (query.from ?? message.sender) === message.sender &&
          message.writtenAtMs >= (query.sinceMs ?? 0) &&
          message.writtenAtMs < (query.untilMs ?? Number.MAX_SAFE_INTEGER) &&
          message.gap === undefined &&
          (query.media === undefined || message.attachments.some(({ facts }) => facts.kind === query.media)) &&
          words.every((word) => fold(`${message.text} ${message.attachments[0]?.fileName ?? ""}`).includes(word)),
      )
      .sort((a, b) => b.writtenAtMs - a.writtenAtMs)
      .map((message) => ({ message, stretches: stretchesIn(message.text, words) }));
    const { skip = 0, limit = DEFAULT_LIMIT } = query;
    return { hits: hits.slice(skip, skip + limit), more: hits.length > skip + limit, waiting: 0 };
  }

  async catchUp(): Promise<number> {
    return 0;
  }
}

function stretchesIn(text: string, words: readonly string[]): { readonly at: number; readonly length: number }[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}\u200C]+/gu), ({ 0: found, index }) => ({ found, index }))
    .filter(({ found }) => words.some((word) => fold(found).startsWith(word)))
    .map(({ found, index }) => ({ at: index, length: found.length }));
}
