/*
 * What an app sees of the engine: one profile of one device. Both apps are written against this file, client-api.ts and
 * trust-api.ts alone.
 *
 * Every call works without a network: it reads or writes the device's own store and answers from there; what has to travel
 * is queued. Values are snapshots (plain data, safe to clone across a worker border); changes are told by events, which
 * carry ids rather than copies, so that an app decides what to load again.
 */

import type { ConversationIdText, IdentityIdText, MessageIdText } from "./id-text.ts";
import type { MediaFacts, TransferView } from "./media-views.ts";
import type { TalkOptions, TalkView } from "./talk-views.ts";

export type { ConversationIdText, IdentityIdText, MessageIdText } from "./id-text.ts";

/** Who this device is. */
export interface Me {
  readonly identity: IdentityIdText;
  readonly device: string;
  readonly name: string;
  readonly home: StationView;
}

/** A station as a person sees it. */
export interface StationView {
  /** base32 of the station key */
  readonly key: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
  readonly urls: readonly string[];
}

/**
 * The state of the way to the home station. `offline`: no network at all; `seeking`: trying routes; `open`: in use;
 * `refused`: the station was reached and said no (`code` says why).
 */
export interface RouteView {
  readonly state: "idle" | "offline" | "seeking" | "open" | "refused";
  /** kind of the route in use or tried last: `web` */
  readonly kind: string | undefined;
  readonly sinceMs: number;
  /** payload bytes per second over the last ten seconds, both ways */
  readonly bytesPerSecond: number;
  /** messages that wait for a route */
  readonly queued: number;
  readonly code: string | undefined;
}

/** A way to the home station, as it is known on this device. */
export interface WayView {
  /** what can be pasted: `https://…`, `burst+https://…`, `ss://…` */
  readonly uri: string;
  /** `web`, `burst`, `ss` */
  readonly kind: string | undefined;
  /** `home`: one of the home's own URLs; `station`: the station told it; `invite`: the invite did; `you`: added here */
  readonly from: "home" | "station" | "invite" | "you";
  /** how it did when it was tried last on this network; undefined when it was not. `failed`: it did not open; `silent`: it opened and then stood still */
  readonly state?: "in-use" | "failed" | "silent";
}

/** Where one of our own messages stands. */
export type SendState = "queued" | "leaving" | "at-station" | "refused";

/** A person in a conversation. */
export interface PersonView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly home: StationView | undefined;
  /** sending to them waits for the person to decide (`client.safety`) */
  readonly paused?: true;
}

/** What somebody may do. `owner`: everything; `admin`: add, rename, take members out; `member`: write. */
export type RoleView = "owner" | "admin" | "member";

/** What is told of a group in its lines: who did it is the line's sender. */
export interface GroupLineView {
  readonly what:
    | "created"
    | "added"
    | "removed"
    | "left"
    | "joined"
    | "owner"
    | "admin"
    | "member"
    | "renamed"
    | "members-add"
    | "admins-add"
    | "link-made"
    | "link-revoked"
    | "unlawful";
  readonly people: readonly { readonly identity: IdentityIdText; readonly name: string }[];
  /** a title, where there is one */
  readonly text: string;
}

/** What the chat list says of a group; of a channel where it rests, for nobody is in it. */
export interface GroupSummary {
  readonly people: number;
  /** undefined once this person has left or was taken out */
  readonly role: RoleView | undefined;
  /** where its messages rest */
  readonly hub: StationView | undefined;
}

/** A row of the chat list. */
export interface ConversationView {
  readonly id: ConversationIdText;
  readonly kind: "direct" | "group" | "channel";
  /** a group's or a channel's name, or the other person's */
  readonly title: string;
  readonly group?: GroupSummary;
  /** `opening`: the other side has not been reached yet; writing is possible and queues */
  readonly state: "opening" | "open" | "closed" | "fault";
  /** the others; of a group the first of them, see `client.groups.view` */
  readonly people: readonly PersonView[];
  readonly last: MessageView | undefined;
  readonly unread: number;
  /** unread messages that mention the own person; undefined for none */
  readonly mentions?: number;
  readonly atMs: number;
  /** set in state `fault`: the error code of the check that failed, see docs/errors.md */
  readonly fault: string | undefined;
  /** the newest alert about this conversation that the person has not seen */
  readonly alert?: { readonly id: string; readonly code: AlertCode };
}

/** An attachment as shown before and after it is loaded. */
export interface AttachmentView {
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** hints for showing it before it is here */
  readonly facts: MediaFacts;
}

/** What a station gave as the reason of a removal: whose law, and the reference of the order. */
export interface RemovalView {
  readonly region: string;
  readonly reason: string;
  readonly reference: string;
}

/** One message of a conversation. */
export interface MessageView extends TalkView {
  readonly id: MessageIdText;
  readonly conversation: ConversationIdText;
  /** position in the conversation on this device; stable, without gaps, own queued messages last */
  readonly position: number;
  readonly mine: boolean;
  readonly sender: IdentityIdText;
  readonly senderName: string;
  readonly text: string;
  /** at most ten */
  readonly attachments: readonly AttachmentView[];
  /** the writer's clock */
  readonly writtenAtMs: number;
  /** this device's clock */
  readonly arrivedAtMs: number;
  readonly state: SendState | "received";
  readonly refusal: string | undefined;
  /**
   * Set on a line that is no message but stands for entries that could not be read or shown: the code of why, and how many.
   * `text` is then empty and `mine` false. None: what came back was no message, and the line is not shown; it keeps its position.
   */
  readonly gap?: {
    readonly code: string;
    readonly entries: number;
    /** set for what a station removed overtly: whose law, and the reference it gave */
    readonly removal?: RemovalView;
  };
  /** the station withheld it and a member gave it back */
  readonly restored?: true;
  /** of a message that came back although a station had removed it overtly */
  readonly removal?: RemovalView;
  /** Set on a line that tells of a person: their devices or home changed, or they were compared. */
  readonly personChange?: PersonChange;
  /** Set on a line that tells what became of a group. */
  readonly group?: GroupLineView;
}

/** What a line about a person says; `sinceMs` is when their station's log first had it. */
export interface PersonChange {
  readonly identity: IdentityIdText;
  readonly what: "device-added" | "device-revoked" | "home-moved" | "keys-rotated" | "op-overridden" | "left";
  readonly sinceMs: number | undefined;
}

/**
 * What a station or a chain of keys was caught at. Stations: `withheld` entries it owes are not given · `altered` entries that do not
 * hash · `forked` two histories · `rolled-back` a later head that is smaller · `hidden` what it signed is not in its log · `backdated` ·
 * `expired-early` · `pruned-early` · `duplicated` · `removed-unlogged` · `log-forked` two station logs · `log-stale` its log was not
 * witnessed for a while · `witness-lost` a witness of it is named no more (told, no accusation) · `other-board` who writes in a channel has another board than this device was shown (told, no accusation) · `restored` put back from a copy (likewise) · `no-answer` a challenge went unanswered.
 * Keys: `hidden-op` an op of a person is not shown · `foreign-op` an op that the chain's keys did not make · `chain-forked` a person's keys signed two histories.
 */
export type AlertCode =
  | "withheld"
  | "altered"
  | "forked"
  | "rolled-back"
  | "hidden"
  | "backdated"
  | "expired-early"
  | "pruned-early"
  | "duplicated"
  | "removed-unlogged"
  | "log-forked"
  | "log-stale"
  | "witness-lost"
  | "other-board"
  | "restored"
  | "no-answer"
  | "hidden-op"
  | "foreign-op"
  | "chain-forked";

/** A checked receipt, as printed and stored. */
export interface ReceiptView {
  readonly message: MessageIdText;
  readonly conversation: ConversationIdText;
  /** base32 of the room's log id */
  readonly log: string;
  readonly index: number;
  /** hex */
  readonly leafHash: string;
  readonly size: number;
  /** hex */
  readonly root: string;
  readonly stationTimeMs: number;
  /** base32 of the key that signed: the room's hub */
  readonly station: string;
  /** base64url of the receipt's bytes: a proof anyone can check */
  readonly proof: string;
}

/** Somebody who is typing. */
export type TypistView = Pick<PersonView, "identity" | "name">;

/** What an app may want to react to. */
export type ClientEvent =
  | { readonly type: "me" }
  | { readonly type: "route"; readonly route: RouteView }
  | { readonly type: "conversation"; readonly conversation: ConversationIdText }
  | {
      readonly type: "message";
      readonly conversation: ConversationIdText;
      readonly message: MessageIdText;
      /** `deleted`: its content has left this device */
      readonly change: "added" | "changed" | "deleted";
    }
  /** pins, or what others have and have seen of a conversation */
  | { readonly type: "talk"; readonly conversation: ConversationIdText }
  /** who is typing in a conversation now; of those who tell it, for seconds (client.talk) */
  | { readonly type: "typing"; readonly conversation: ConversationIdText; readonly people: readonly TypistView[] }
  /** somebody's picture came, changed or went (client.people) */
  | { readonly type: "portrait"; readonly identity: IdentityIdText }
  /** own devices, their linking, or the history that comes from them changed (client.devices) */
  | { readonly type: "devices" }
  /**
   * Something that the person decided has changed, here or on another device of theirs. `key` begins with what it is about: `chat/`,
   * `folder/` and `block/` for `client.chats` (`chat/draft/<conversation>` for a draft), `report` for a report that was answered.
   */
  | { readonly type: "own"; readonly key: string; readonly from: "here" | "elsewhere" }
  /** files of a message moved on, at most four times a second, and whenever their state changed */
  | { readonly type: "transfer"; readonly transfer: TransferView }
  /** a station abroad got out of reach, or is within reach again (client.data.island) */
  | { readonly type: "island" }
  /** an alert came or changed, or the log was checked */
  | { readonly type: "alerts" };

/** What an invite says before it is accepted. */
export interface InvitePreview {
  readonly kind: "station" | "person";
  readonly station: StationView;
  /** the inviter's name, for a personal invite */
  readonly name: string | undefined;
  readonly identity: IdentityIdText | undefined;
}

/** What a file of an invite and ways says; its signature and time hold. */
export interface WayFileView {
  /** the invite in it, to be opened or joined with */
  readonly invite: string;
  readonly preview: InvitePreview;
  /** ways to the station that it names, the station's own URLs included */
  readonly ways: number;
  /** until when its list holds; undefined when it has none that was signed */
  readonly expiresMs: number | undefined;
  /** base32 of the station's key */
  readonly station: string;
}

/** What a person writes; with files it goes through `media.send`. */
export interface OutgoingMessage extends TalkOptions {
  readonly text: string;
}
