/* Channels (protocol/20-channels.md): a few write, many read, and no reader knows of another. */
import type { ConversationIdText, IdentityIdText } from "./api.ts";
import { ANSWERS, type CallTable, CHANGES } from "./part.ts";

/** How this person stands to a channel; `asking`: whoever leads it has not answered yet. */
export type ChannelStandingView = "asking" | "in" | "revoked" | "expired" | "used-up" | "refused" | "removed" | "left";

/** A link into a channel. */
export interface ChannelLinkView {
  readonly id: string;
  readonly url: string;
  readonly approval: boolean;
  /** 0: it does not expire */
  readonly expiresMs: number;
  /** 0: for as many as come */
  readonly limit: number;
  readonly used: number;
  readonly ended: boolean;
}

/** A reader, as whoever leads the channel sees them. */
export interface ChannelReaderView {
  readonly identity: IdentityIdText;
  readonly name: string;
  /** they may write */
  readonly writes: boolean;
  /** they are being taken out */
  readonly going: boolean;
  readonly sinceMs: number;
}

/** Somebody who came by a link and waits to be let in. */
export interface ChannelAskView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly atMs: number;
}

/** Somebody who writes in a channel. */
export interface ChannelWriterView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly leads: boolean;
}

/** A channel as this device knows it. */
export interface ChannelView {
  readonly conversation: ConversationIdText;
  readonly name: string;
  readonly about: string;
  readonly standing: ChannelStandingView;
  readonly leads: boolean;
  readonly writes: boolean;
  /** anyone with the link reads, and nobody is known or can be taken out */
  readonly open: boolean;
  /** how many read; of an open channel nobody knows */
  readonly readerCount: number | undefined;
  readonly writers: readonly ChannelWriterView[];
  /** of one's own the first hundred by name, and `readers` has them all; empty for everybody else */
  readonly readers: readonly ChannelReaderView[];
  readonly asks: readonly ChannelAskView[];
  readonly links: readonly ChannelLinkView[];
}

/** Which readers are asked for. */
export interface ReadersAsked {
  /** how many come before the first that is wanted */
  readonly from: number;
  /** at most 500 */
  readonly limit: number;
  /** a part of their names, or one's identity; by default anybody */
  readonly name?: string;
}

/** Some readers, in the order of their names. */
export interface ReadersPage {
  /** all that were found */
  readonly count: number;
  readonly readers: readonly ChannelReaderView[];
}

/** What a link into a channel says. */
export interface ChannelInviteView {
  readonly name: string;
  readonly about: string;
  readonly by: string;
  readonly open: boolean;
  readonly approval: boolean;
  readonly expiresMs: number;
  /** the channel, when it is on this device */
  readonly conversation: ConversationIdText | undefined;
}

/** What a new channel is. */
export interface NewChannel {
  readonly name: string;
  readonly about?: string;
  readonly open?: boolean;
}

/** Terms of a link. 0: none */
export interface ChannelLinkTerms {
  readonly approval: boolean;
  readonly expiresMs: number;
  readonly limit: number;
}

/** Calls about channels. */
export interface ChannelCalls {
  /** Makes a channel that this person leads. Works without a link. @throws ClientError `client/bad-title` */
  create(channel: NewChannel): Promise<ConversationIdText>;
  /** @throws ClientError `client/unknown-conversation` */
  view(id: ConversationIdText): Promise<ChannelView>;
  /** Some of the readers of one's own. Cost: O(limit), with a name O(readers). @throws ClientError `client/not-your-role` */
  readers(id: ConversationIdText, asked: ReadersAsked): Promise<ReadersPage>;
  /** @throws ClientError `client/not-your-role` · `client/bad-title` */
  describe(id: ConversationIdText, described: { readonly name: string; readonly about: string }): Promise<void>;
  /** @returns what is passed on. @throws ClientError `client/not-your-role` · `client/too-many-links` */
  makeLink(id: ConversationIdText, terms: ChannelLinkTerms): Promise<string>;
  /** @throws ClientError `client/not-your-role` */
  revokeLink(id: ConversationIdText, link: string): Promise<void>;
  /** What a link says, before anything is sent. @throws ClientError `client/bad-invite` */
  readLink(text: string): Promise<ChannelInviteView>;
  /** Asks to read a channel, or begins to read an open one. @throws ClientError `client/bad-invite` · `client/own-invite` */
  join(text: string): Promise<ConversationIdText>;
  /** @throws ClientError `client/unknown-person` */
  admit(id: ConversationIdText, person: IdentityIdText): Promise<void>;
  /** @throws ClientError `client/unknown-person` */
  refuse(id: ConversationIdText, person: IdentityIdText): Promise<void>;
  /** Takes readers out: what is published from the next period on they cannot read. @throws ClientError `client/unknown-person` */
  remove(id: ConversationIdText, people: readonly IdentityIdText[]): Promise<void>;
  /** Makes a reader a writer, or a writer a reader. @throws ClientError `client/unknown-person` · `client/too-many-writers` */
  setWriter(id: ConversationIdText, person: IdentityIdText, writes: boolean): Promise<void>;
  /** Reads a channel no more; every key of it goes from this device. @throws ClientError `client/not-your-role` of one's own */
  leave(id: ConversationIdText): Promise<void>;
}

/** Every call of the part. */
export const CHANNEL_CALLS: CallTable<ChannelCalls> = {
  create: CHANGES,
  view: ANSWERS,
  readers: ANSWERS,
  describe: ANSWERS,
  makeLink: CHANGES,
  revokeLink: ANSWERS,
  readLink: ANSWERS,
  join: ANSWERS,
  admit: ANSWERS,
  refuse: ANSWERS,
  remove: ANSWERS,
  setWriter: ANSWERS,
  leave: ANSWERS,
};
