/*
 * What a message has beside its words (protocol/5-content.md §6), as apps see it, and what it may be sent with.
 */
import type { IdentityIdText, MessageIdText } from "./id-text.ts";

/** A person by name; the name is a stranger's word, cleaned, and to be isolated where it is shown. */
export interface NamedPerson {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly mine: boolean;
}

/** The message that one answers, as far as it is on this device. */
export interface ReplyView {
  readonly id: MessageIdText;
  /** `missing`: it is not here · `deleted`: its content is gone */
  readonly is: "here" | "missing" | "deleted";
  /** who wrote it; undefined when it is missing */
  readonly sender: NamedPerson | undefined;
  /** the beginning of its text, one line */
  readonly text: string;
  /** the name of its file, when it has one */
  readonly fileName: string | undefined;
  readonly mediaType: string | undefined;
  readonly position: number | undefined;
}

/** One emoji on a message. */
export interface ReactionView {
  readonly emoji: string;
  readonly count: number;
  readonly mine: boolean;
  /** at most 50, the newest first */
  readonly people: readonly NamedPerson[];
}

/** One option of a poll. */
export interface PollOptionView {
  /** a stranger's line, cleaned, and to be isolated where it is shown */
  readonly text: string;
  readonly count: number;
  /** the own person chose it */
  readonly mine: boolean;
  /** at most 50, the newest first */
  readonly people: readonly NamedPerson[];
}

/** A poll; its question is the message's text. Everyone in the conversation sees who voted for what. */
export interface PollView {
  /** more than one option may be chosen */
  readonly multiple: boolean;
  /** how many people's votes count */
  readonly voters: number;
  readonly options: readonly PollOptionView[];
  /** votes are counted no more */
  readonly closed?: { readonly by: NamedPerson; readonly atMs: number };
}

/** Where a text mentions somebody; UTF-16 units, the sign `@` included. */
export interface MentionView {
  readonly identity: IdentityIdText;
  readonly start: number;
  readonly length: number;
  /** it is the own person */
  readonly mine: boolean;
}

/** Id of a topic: of one that begins with a message the message's id, else base64url of what the writer's program chose. */
export type TopicIdText = string;

/** A topic of a conversation. */
export interface TopicView {
  readonly id: TopicIdText;
  /** the text of the message it begins with, or what its id says; a stranger's words, empty when there are none */
  readonly title: string;
  /** its messages on this device, without the one it begins with */
  readonly lines: number;
  /** others' messages in it that were not read, counted up to 100 */
  readonly unread: number;
  /** of its last message, by its writer's clock */
  readonly atMs: number;
}

/** A preview of an address in a message; what it says is its writer's word, and nothing of it is ever fetched (C-101 … C-103). */
export interface PreviewView {
  /** the address as it stands in the text */
  readonly address: string;
  /** its host as it is resolved: ASCII, `xn--…` for other letters */
  readonly host: string;
  /** strangers' lines, cleaned, and to be isolated where they are shown; the description may be empty */
  readonly title: string;
  readonly description: string;
  /** at most 8,192 bytes and 640 pixels a side */
  readonly picture?: {
    readonly bytes: Uint8Array;
    /** by the bytes: PNG, JPEG or WebP */
    readonly mediaType: string;
    readonly width: number;
    readonly height: number;
  };
}

/** What a person sends as the preview of an address in their text. */
export interface OutgoingPreview {
  /** as it stands in the text */
  readonly address: string;
  /** at most 400 bytes, one line; a description of at most 1,200 */
  readonly title: string;
  readonly description?: string;
  /** drawn anew: PNG, JPEG or WebP of at most 8,192 bytes and 640 pixels a side */
  readonly picture?: Uint8Array;
}

/** What this person's programs may fetch to make previews, and how (C-104). */
export interface PreviewingView {
  /** `off`: nothing that was not asked for · `ask`: the program asks · `on`: of every link that is sent */
  readonly mode: "off" | "ask" | "on";
  /** an HTTP proxy that everything goes through, `http://host:port`; undefined: the site sees this device's address */
  readonly via?: string;
  /** addresses that are not public and may be fetched from, as CIDR or one address */
  readonly also: readonly string[];
}

/** What a message has beside its words. Each is absent where there is none. */
export interface TalkView {
  readonly replyTo?: ReplyView;
  /** the text is the newest version; how many there were before, and when it was written */
  readonly edited?: { readonly atMs: number; readonly versions: number };
  /** its content is gone: for everyone by somebody, or on the own devices only */
  readonly deleted?: { readonly of: "all" | "me"; readonly by: NamedPerson };
  readonly reactions?: readonly ReactionView[];
  readonly mentions?: readonly MentionView[];
  readonly poll?: PollView;
  readonly preview?: PreviewView;
  /** the topic it was written in, and what that is called */
  readonly topic?: { readonly id: TopicIdText; readonly title: string };
  /** who wrote it first, as the forwarder says; nothing of it is proved */
  readonly forwardedFrom?: NamedPerson;
  readonly pinned?: { readonly by: NamedPerson; readonly atMs: number };
  /** of an own message: who has it on a device, and who has seen it, as far as they tell */
  readonly deliveredTo?: readonly IdentityIdText[];
  readonly readBy?: readonly IdentityIdText[];
  /** seconds after it was read, or 0 for a fixed time, after which it disappears (C-62) */
  readonly disappearsAfterS?: number;
  /** It is no message but sets the conversation's timer: seconds, 0 for off (C-60). */
  readonly timerS?: number;
  /** nobody is to be notified of it (C-65) */
  readonly silent?: true;
}

/** One version of an edited message. */
export interface VersionView {
  readonly text: string;
  readonly atMs: number;
}

/** What this device tells others by itself, in all conversations. */
export interface TellingView {
  /** that messages are on this device */
  readonly delivered: boolean;
  /** that they were seen */
  readonly read: boolean;
  /** that the person is typing; without it nobody is seen typing either (C-122) */
  readonly typing: boolean;
}

/** Whom a text mentions. */
export interface OutgoingMention {
  readonly identity: IdentityIdText;
  /** UTF-16 units of the text; the range begins with `@` */
  readonly start: number;
  readonly length: number;
}

/** What a person asks. */
export interface OutgoingPoll {
  readonly question: string;
  /** 2 to 12, of at most 400 bytes each */
  readonly options: readonly string[];
  readonly multiple?: boolean;
}

/** What a message may be sent with. */
export interface TalkOptions {
  /** nobody is notified of it */
  readonly silent?: true;
  readonly replyTo?: MessageIdText;
  /** written in a topic; the id of any message begins one */
  readonly topic?: TopicIdText;
  readonly preview?: OutgoingPreview;
  /** in the order of the text, not overlapping */
  readonly mentions?: readonly OutgoingMention[];
}
