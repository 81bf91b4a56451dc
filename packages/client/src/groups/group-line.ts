/* What a line of a conversation says of its group: written into the row of the line, shown as the apps put it. */
import { type IdentityId, identityId } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";

const IDENTITY_BYTES = 20;
const MAX_TEXT_BYTES = 256;

/** What became of a group. In the order of their numbers on disk: append, never reorder. */
const WHAT = [
  "created",
  "added",
  "removed",
  "left",
  "joined",
  "owner",
  "admin",
  "member",
  "renamed",
  "members-add",
  "admins-add",
  "link-made",
  "link-revoked",
  "unlawful",
] as const;
/** `owner`, `admin`, `member`: the role that somebody has from here on. `unlawful`: a change that its maker may not make, which nobody takes. */
export type GroupDeed = (typeof WHAT)[number];

/** One deed. */
export interface GroupLine {
  readonly what: GroupDeed;
  /** those it is about; empty when it is about the group */
  readonly people: readonly IdentityId[];
  /** a title; empty otherwise */
  readonly text: string;
}

/** The content of a group line. */
export function encodeGroupLine({ what, people, text }: GroupLine): Uint8Array {
  return new ByteWriter()
    .u8(WHAT.indexOf(what))
    .list(people, (to, one) => to.bytes(one))
    .text(text)
    .finish();
}

/** Reads what this device wrote; undefined when it did not. */
export function decodeGroupLine(bytes: Uint8Array): GroupLine | undefined {
  const reader = new ByteReader(bytes);
  const what = WHAT[reader.u8()] ?? "renamed";
  const people = reader.list(4096, (from) => from.bytes(IDENTITY_BYTES).slice());
  const text = reader.text(MAX_TEXT_BYTES);
  const decoded = reader.finish({ what, people, text });
  if (!decoded.ok) return undefined;
  return { what, people: decoded.value.people.map((one) => identityId(one)), text };
}
