/* What a backup is made of (protocol/10-devices.md D-41, D-42), and what this device remembers of the one at its home. */
import type { ConversationId, IdentityId } from "@chapar/wire";
import { chainField, type ChainRow } from "../conversation/chain-rows.ts";
import type { RoomRow } from "../conversation/rows.ts";
import type { PersonRole } from "../groups/roster-row.ts";
import type { OwnEntry } from "../own/register.ts";
import { homeField, type HomeRow, stationRefField } from "../profile/profile-row.ts";
import {
  blob,
  count,
  type FieldCodec,
  fields,
  flag,
  id,
  list,
  oneOf,
  optional,
  row,
  type Row,
  text,
} from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";
import { fileField, type FileRow, type KnownPerson, ownEntryField, personField } from "./grant.ts";

/** Lines of a conversation from a position to before another. */
export interface LineRange {
  readonly conversation: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** A part of the lines, which is made once and kept until one of them changes. */
export interface BackupPart {
  readonly ranges: readonly LineRange[];
  readonly lines: number;
  /** SHA-256 of what was sealed */
  readonly hash: Uint8Array;
  readonly sizeBytes: number;
  readonly file: FileRow;
}

const rangeField = fields<LineRange>({ conversation: blob, from: count, to: count });
const partField: FieldCodec<BackupPart> = fields<BackupPart>({
  ranges: list(rangeField),
  lines: count,
  hash: blob,
  sizeBytes: count,
  file: fileField,
});

/** `backup`: by part number; the parts that are at the home. */
export const backupPartShelf: Shelf<BackupPart> = shelf("backup", row<BackupPart>(1, partField));

/** What members of an epoch seal requests under (9-rule-r.md §7): by it one asks to be let in again. */
export interface SecretOf {
  readonly epoch: number;
  readonly secret: Uint8Array;
  readonly atMs: number;
}

/** A conversation as a backup has it: no group, no key of a device. */
export interface BackedConversation {
  readonly id: ConversationId;
  readonly peer: IdentityId;
  readonly peerName: string;
  readonly peerHome: HomeRow | undefined;
  readonly room: RoomRow;
  readonly placed: number;
  readonly readTo: number;
  readonly unread: number;
  readonly atMs: number;
  readonly chains: readonly ChainRow[];
  /** verified range and heads of its log */
  readonly held: Uint8Array;
  readonly secrets: readonly SecretOf[];
  /** of a group what its state and tree said; undefined of two people's conversation */
  readonly group: BackedGroup | undefined;
}

/** Who was in a group, and as what. */
export interface BackedGroup {
  readonly title: string;
  readonly people: readonly PersonRole[];
  /** this person has left, or was taken out */
  readonly isOver: boolean;
}

/** Everything but lines, and where those are. */
export interface BackupHead {
  readonly identity: IdentityId;
  readonly madeAtMs: number;
  readonly name: string;
  readonly home: HomeRow;
  readonly token: Uint8Array;
  readonly ops: readonly Uint8Array[];
  readonly people: readonly KnownPerson[];
  readonly own: readonly OwnEntry[];
  readonly conversations: readonly BackedConversation[];
  readonly parts: readonly BackupPart[];
}

type FirstConversation = Omit<BackedConversation, "group">;
const firstConversation = fields<FirstConversation>({
  id: id(),
  peer: id(),
  peerName: text,
  peerHome: optional(homeField),
  room: fields<RoomRow>({ log: id(), hub: stationRefField }),
  placed: count,
  readTo: count,
  unread: count,
  atMs: count,
  chains: list(chainField),
  held: blob,
  secrets: list(fields<SecretOf>({ epoch: count, secret: blob, atMs: count })),
});
const groupField = optional(
  fields<BackedGroup>({
    title: text,
    people: list(fields<PersonRole>({ identity: id(), role: oneOf(["owner", "admin", "member"]) })),
    isOver: flag,
  }),
);
const conversationField: FieldCodec<BackedConversation> = {
  write: (to, value) => {
    firstConversation.write(to, value);
    groupField.write(to, value.group);
  },
  read: (from) => ({ ...firstConversation.read(from), group: groupField.read(from) }),
};

function headField(conversation: FieldCodec<BackedConversation>): FieldCodec<BackupHead> {
  return fields<BackupHead>({
    identity: id(),
    madeAtMs: count,
    name: text,
    home: homeField,
    token: blob,
    ops: list(blob),
    people: list(personField),
    own: list(ownEntryField),
    conversations: list(conversation),
    parts: list(partField),
  });
}

/** Heads of programs that brought no groups back. */
const earlier = headField({
  ...conversationField,
  read: (from) => ({ ...firstConversation.read(from), group: undefined }),
});

/** Bytes of a head. */
export const backupHeadRow: Row<BackupHead> = row<BackupHead>(2, headField(conversationField), {
  version: 1,
  read: (from) => earlier.read(from),
});

/** What a mark says: where the head is. */
export interface BackupMark {
  readonly madeAtMs: number;
  readonly head: FileRow;
}

/** Bytes of a mark. */
export const backupMarkRow: Row<BackupMark> = row<BackupMark>(
  1,
  fields<BackupMark>({ madeAtMs: count, head: fileField }),
);
