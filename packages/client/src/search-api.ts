/* `client.search`: full text over everything that is on the device. Nothing of it leaves the device. */
import type { ConversationIdText, IdentityIdText, MessageView } from "./api.ts";
import { ANSWERS, type CallTable } from "./part.ts";

/** What a message carries beside its words. */
export type MediaKind = "photo" | "video" | "voice" | "file" | "link";

/** What is looked for; every field narrows. */
export interface SearchQuery {
  /** words in any order, each the beginning of a word; at most 256 characters count. Empty: everything that the other fields let through */
  readonly words: string;
  readonly conversation?: ConversationIdText;
  /** who wrote it */
  readonly from?: IdentityIdText;
  /** ms since 1970, inclusive, by the writer's clock */
  readonly sinceMs?: number;
  /** ms since 1970, exclusive */
  readonly untilMs?: number;
  readonly media?: MediaKind;
  /** `rank`: whole words and words side by side first; by default newest first */
  readonly order?: "newest" | "rank";
  /** 1 to 100; by default 20 */
  readonly limit?: number;
  /** how many hits to leave out: those of the pages before */
  readonly skip?: number;
}

/** A stretch of a message's text, in UTF-16 units. */
export interface FoundStretch {
  readonly at: number;
  readonly length: number;
}

/** A message that was found. */
export interface SearchHit {
  readonly message: MessageView;
  /** where the words stand in its text; none where only a file's name fits */
  readonly stretches: readonly FoundStretch[];
}

/** Some of what was found. */
export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** whether there are more after these */
  readonly more: boolean;
  /** messages that are not in the index yet: what they say may be missing here */
  readonly waiting: number;
}

/** `client.search`. */
export interface SearchCalls {
  /**
   * Finds messages. Cost: first hits of 100,000 messages within 150 ms in Node (docs/bench.md).
   * @throws ClientError `client/not-joined`
   */
  find(query: SearchQuery): Promise<SearchPage>;
  /** Brings the index up to date; answers how many messages it took in. Apps call it when they have nothing better to do. */
  catchUp(): Promise<number>;
}

/** Its calls. */
export const SEARCH_CALLS: CallTable<SearchCalls> = { find: ANSWERS, catchUp: ANSWERS };
