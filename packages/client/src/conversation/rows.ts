/* Rows of one conversation: itself, its messages, its outbox, and the indexes that lead to them. */
import type { ConversationId, IdentityId, LogId, StationRef } from "@chapar/wire";
import { chainField, type ChainRow } from "./chain-rows.ts";
import { homeField, type HomeRow, stationRefField } from "../profile/profile-row.ts";
import { changeField, type ChangeRow } from "../safety/person-row.ts";
import { shelf, type Shelf } from "../store/shelf.ts";
import type { ByteReader } from "@chapar/wire/bytes";
import { blob, count, fields, flag, id, list, oneOf, optional, row, type Row, text } from "../store/record.ts";

/** Where a conversation's log rests. */
export interface RoomRow {
  readonly log: LogId;
  readonly hub: StationRef;
}

/**
 * `direct`: two people; `group`: many, with roles that stand in the group's own state (protocol/12-groups.md); `channel`: a board that some
 * write and others read (protocol/20-channels.md), whose `state` is `open` for those who write.
 */
export type ConversationKind = "direct" | "group" | "channel";

/** A conversation as this device knows it. */
export interface ConversationRow {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  /** of a direct conversation the other person; of a group whoever brought this device into it, zeros when nobody else did */
  readonly peer: IdentityId;
  /** as the invite called them; until they say it themselves */
  readonly peerName: string;
  /** where the invite said that they rest; until their op chain is known */
  readonly peerHome: HomeRow | undefined;
  readonly state: "opening" | "open" | "closed" | "fault";
  /** code of what stopped it, or what the last try to open it met */
  readonly fault: string | undefined;
  /** true when the fault cannot heal: nothing more is read */
  readonly stopped: boolean;
  readonly room: RoomRow | undefined;
  /** first epoch this device is in: entries of earlier ones are not for it */
  readonly joinedEpoch: number;
  /** position of the next placed message */
  readonly placed: number;
  /** everything below was seen */
  readonly readTo: number;
  readonly unread: number;
  /** sequence of the next outbox row */
  readonly outNext: number;
  /** visible outbox rows */
  readonly tail: number;
  /** header sequence of the next own letter, and the hash of the one before */
  readonly ownSequence: number;
  readonly ownPrevious: Uint8Array;
  /** chains of senders that have not written since rows of version 1; all others are in `chain` */
  readonly chains: readonly ChainRow[];
  readonly atMs: number;
  /** this device should renew its leaf */
  readonly renew: boolean;
  /** the home has been asked to mirror the room */
  readonly mirrored: boolean;
  /** nameVersion last told in this conversation */
  readonly nameTold: number;
  /** of a group, as its state has it */
  readonly title: string;
  /** this device should renew its leaf with the next letter that its person writes (F-67) */
  readonly renewLater: boolean;
  /** the person has left: the wish to be taken out leaves, and then nothing that opens anything is kept (F-66) */
  readonly leaving: boolean;
  /** the commit by which this device came in was read; what is read before it may be of a line that was refused (F-73) */
  readonly begun: boolean;
  /** leaf hash of a commit that was refused last, until the room is led back to the group's epoch (F-72); empty otherwise */
  readonly refused: Uint8Array;
  /** that commit ended the keys by which the room is read */
  readonly shutOut: boolean;
  /** how often the room was led back */
  readonly returns: number;
}

/** Whether the room stands in an epoch that nobody here is in: nothing is sealed until it is led back (F-72). */
export function isRefused({ refused }: Pick<ConversationRow, "refused">): boolean {
  return refused.byteLength > 0;
}

/** Codes of a log of which its station signed two histories (F-21): two heads, or a head and a receipt. */
const FORKED: readonly string[] = ["log/forked", "log/rolled-back", "log/backdated", "client/wrong-receipt"];

/** Whether a conversation goes on without its log: nothing more is read of it, letters come from members, writing goes on. */
export function isForked(row: Pick<ConversationRow, "stopped" | "fault">): boolean {
  return row.stopped && row.fault !== undefined && FORKED.includes(row.fault);
}

/** What rows of version 2 have beside those of version 1. */
type Since2 = Pick<ConversationRow, "kind" | "title" | "renewLater" | "leaving">;

/** What rows of version 3 have beside those of version 2. */
type Since3 = Pick<ConversationRow, "begun" | "refused" | "shutOut" | "returns">;

const firstFields = fields<Omit<ConversationRow, keyof Since2 | keyof Since3>>({
  id: id(),
  peer: id(),
  peerName: text,
  peerHome: optional(homeField),
  state: oneOf(["opening", "open", "closed", "fault"]),
  fault: optional(text),
  stopped: flag,
  room: optional(fields<RoomRow>({ log: id(), hub: stationRefField })),
  joinedEpoch: count,
  placed: count,
  readTo: count,
  unread: count,
  outNext: count,
  tail: count,
  ownSequence: count,
  ownPrevious: blob,
  chains: list(chainField),
  atMs: count,
  renew: flag,
  mirrored: flag,
  nameTold: count,
});
const laterFields = fields<Since2>({
  kind: oneOf(["direct", "group", "channel"]),
  title: text,
  renewLater: flag,
  leaving: flag,
});
const standingFields = fields<Since3>({ begun: flag, refused: blob, shutOut: flag, returns: count });
/** Rows of before: their devices are in the line that they have read. */
const SURE: Since3 = { begun: true, refused: new Uint8Array(0), shutOut: false, returns: 0 };

/** `conversation`: by conversation id. */
export const conversationShelf: Shelf<ConversationRow> = shelf(
  "conversation",
  row<ConversationRow>(
    3,
    {
      write: (to, value) => {
        firstFields.write(to, value);
        laterFields.write(to, value);
        standingFields.write(to, value);
      },
      read: (from) => ({ ...firstFields.read(from), ...laterFields.read(from), ...standingFields.read(from) }),
    },
    { version: 2, read: (from) => ({ ...firstFields.read(from), ...laterFields.read(from), ...SURE }) },
    {
      version: 1,
      read: (from) => ({
        ...firstFields.read(from),
        ...SURE,
        kind: "direct",
        title: "",
        renewLater: false,
        leaving: false,
      }),
    },
  ),
);

/** A device that is to be welcomed. */
export interface WelcomeRow {
  readonly inbox: LogId;
  /** of the key package it was taken in with */
  readonly ref: Uint8Array;
  readonly delivered: boolean;
}

/** What the opener keeps until the other side has been welcomed. */
export interface OpeningRow {
  readonly stage: "take" | "create" | "welcome";
  /** the station of the one who is to be reached */
  readonly at: StationRef;
  /** genesis entry of the room; empty before `create` */
  readonly genesis: Uint8Array;
  /** seeds of epoch 0's write and read keys */
  readonly writeSeed: Uint8Array;
  readonly readSeed: Uint8Array;
  /** the first commit's entry */
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  readonly welcomes: readonly WelcomeRow[];
}

/** `opening`: by conversation id. */
export const openingShelf: Shelf<OpeningRow> = shelf(
  "opening",
  row<OpeningRow>(
    1,
    fields<OpeningRow>({
      stage: oneOf(["take", "create", "welcome"]),
      at: stationRefField,
      genesis: blob,
      writeSeed: blob,
      readSeed: blob,
      commit: blob,
      welcome: blob,
      tree: blob,
      welcomes: list(fields<WelcomeRow>({ inbox: id(), ref: blob, delivered: flag })),
    }),
  ),
);

/** What a station gave as the reason of a removal. */
export interface RemovalRow {
  readonly region: string;
  readonly reason: string;
  readonly reference: string;
}

/**
 * What marks did to a line: `some` are in the table `mark` · `deleted` for everyone, content and all · `hidden` deleted on the
 * own devices only.
 */
export type Marked = "none" | "some" | "deleted" | "hidden";

/** Where the letter of a line stands in its sender's chain. */
export interface LetterPlace {
  readonly device: Uint8Array;
  readonly sequence: number;
}

/**
 * A line of a conversation. A gap line stands for entries that could not be read or shown; a person line tells that somebody's
 * keys or home changed; a group line what became of a group, which its content encodes (groups/group-line.ts).
 */
export interface MessageRow {
  readonly kind: "message" | "gap" | "person" | "group";
  readonly id: Uint8Array;
  readonly mine: boolean;
  readonly sender: Uint8Array;
  /** MIMI content, as it was sealed; empty for a gap and for a person */
  readonly content: Uint8Array;
  readonly writtenAtMs: number;
  readonly arrivedAtMs: number;
  readonly state: "received" | "leaving" | "at-station" | "refused";
  /** why a message was refused or cannot be shown */
  readonly code: string | undefined;
  /** index in the room's log; of a gap, its first */
  readonly index: number;
  /** entries that a gap line stands for, none when what came back has no line of its own; 1 for a message */
  readonly entries: number;
  /** a member gave back what the station withheld */
  readonly restored?: boolean;
  /** of a gap line about an entry that a station removed overtly */
  readonly removal?: RemovalRow | undefined;
  /** of a person line */
  readonly change?: ChangeRow | undefined;
  readonly marked?: Marked;
  /** of a message; undefined while an own one is not sealed, and of lines written before it was kept */
  readonly letter?: LetterPlace | undefined;
}

const lineFields = fields<Omit<MessageRow, "restored" | "removal" | "change" | "marked" | "letter">>({
  kind: oneOf(["message", "gap", "person", "group"]),
  id: blob,
  mine: flag,
  sender: blob,
  content: blob,
  writtenAtMs: count,
  arrivedAtMs: count,
  state: oneOf(["received", "leaving", "at-station", "refused"]),
  code: optional(text),
  index: count,
  entries: count,
});
const removalField = optional(fields<RemovalRow>({ region: text, reason: text, reference: text }));
const changedField = optional(changeField);
const markedField = oneOf<Marked>(["none", "some", "deleted", "hidden"]);
const letterField = optional(fields<LetterPlace>({ device: blob, sequence: count }));

function readSecond(from: ByteReader): MessageRow {
  const line = lineFields.read(from);
  const restored = flag.read(from);
  return { ...line, restored, removal: removalField.read(from), change: changedField.read(from) };
}

/** Layout of a line: on disk, and in history and backups. */
export const messageRow: Row<MessageRow> = row<MessageRow>(
  3,
  {
    write: (to, line) => {
      lineFields.write(to, line);
      flag.write(to, line.restored === true);
      removalField.write(to, line.removal);
      changedField.write(to, line.change);
      markedField.write(to, line.marked ?? "none");
      letterField.write(to, line.letter);
    },
    read: (from) => ({ ...readSecond(from), marked: markedField.read(from), letter: letterField.read(from) }),
  },
  { version: 2, read: readSecond },
  { version: 1, read: (from) => lineFields.read(from) },
);

/** `message`: by conversation id and position. */
export const messageShelf: Shelf<MessageRow> = shelf("message", messageRow);

/** A letter as sealed once; thrown away when its epoch was refused. */
interface SealedRow {
  readonly epoch: number;
  /** the entry, byte for byte as it leaves */
  readonly entry: Uint8Array;
}

/** Something that waits to leave, or left and was not yet seen in the log. */
export interface OutboxRow {
  readonly id: Uint8Array;
  /** false for what a person does not see: profile messages */
  readonly visible: boolean;
  readonly content: Uint8Array;
  readonly writtenAtMs: number;
  /** header and content; made when it is first sealed, the same in every later sealing */
  readonly letter: Uint8Array | undefined;
  readonly sealed: SealedRow | undefined;
  /** sealed chunks that have to be at the station first */
  readonly blobs: readonly Uint8Array[];
  /** a checked receipt is stored */
  readonly receipted: boolean;
  /** own marks are in the table `mark` already */
  readonly marked: boolean;
}

const outboxFields = fields<Omit<OutboxRow, "marked">>({
  id: blob,
  visible: flag,
  content: blob,
  writtenAtMs: count,
  letter: optional(blob),
  sealed: optional(fields<SealedRow>({ epoch: count, entry: blob })),
  blobs: list(blob),
  receipted: flag,
});

/** `outbox`: by conversation id and sequence. */
export const outboxShelf: Shelf<OutboxRow> = shelf(
  "outbox",
  row<OutboxRow>(
    2,
    {
      write: (to, out) => {
        outboxFields.write(to, out);
        flag.write(to, out.marked);
      },
      read: (from) => ({ ...outboxFields.read(from), marked: flag.read(from) }),
    },
    { version: 1, read: (from) => ({ ...outboxFields.read(from), marked: false }) },
  ),
);

/** An own entry that stands in the log and whose receipt was lost with a link. */
export interface OwedRow {
  readonly id: Uint8Array;
  readonly entry: Uint8Array;
}

/** `owed`: by conversation id and position. */
export const owedShelf: Shelf<OwedRow> = shelf("owed", row<OwedRow>(1, fields<OwedRow>({ id: blob, entry: blob })));

/** Where a message is. */
export interface WhereRow {
  readonly conversation: ConversationId;
  readonly placed: boolean;
  /** position when placed, outbox sequence otherwise */
  readonly at: number;
}

/** `where`: by message id. */
export const whereShelf: Shelf<WhereRow> = shelf(
  "where",
  row<WhereRow>(1, fields<WhereRow>({ conversation: id(), placed: flag, at: count })),
);

/** What an own entry is. */
export interface SentRow {
  readonly conversation: ConversationId;
  readonly what: "message" | "commit";
  /** outbox sequence of a message */
  readonly sequence: number;
}

/** `sent`: by leaf hash, until the entry was seen in the log. */
export const sentShelf: Shelf<SentRow> = shelf(
  "sent",
  row<SentRow>(1, fields<SentRow>({ conversation: id(), what: oneOf(["message", "commit"]), sequence: count })),
);

/** A checked receipt in its full form. */
export interface ReceiptRow {
  readonly conversation: ConversationId;
  readonly receipt: Uint8Array;
}

/** `receipt`: by message id. */
export const receiptShelf: Shelf<ReceiptRow> = shelf(
  "receipt",
  row<ReceiptRow>(1, fields<ReceiptRow>({ conversation: id(), receipt: blob })),
);

/** `mentioned`: by conversation id; positions of the lines that mention the own person, oldest first. */
export const mentionedShelf: Shelf<readonly number[]> = shelf("mentioned", row(1, list(count)));
