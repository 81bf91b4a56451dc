/*
 * A group's state as its MLS context carries it (F-60): title, roles, what members may do, and the links that lead in.
 *
 *   state = kind u8 (1), title text<256>, owners list<32> of identity[20], admins list<128> of identity[20], policy u8,
 *           links list<16> of link, barred list<256> of identity[20]
 *   link  = key[32], by identity[20], expiresMs varint, limit varint, used varint, approval u8
 *
 * Who is in the group is the tree's to say; whoever stands in neither list is a member.
 */
import { type IdentityId, identityId } from "@chapar/wire";
import { type ByteReader, type ByteWriter, equalBytes, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import type { Role } from "./roster-row.ts";

const KIND_GROUP = 1;
const IDENTITY_BYTES = 20;
const KEY_BYTES = 32;
const MAX_TITLE_BYTES = 256;
const MAX_OWNERS = 32;
const MAX_ADMINS = 128;
/** In the place of who brought this device into a group, where nobody did. */
export const NOBODY: IdentityId = identityId(new Uint8Array(IDENTITY_BYTES));
/** Links that may be open at once. */
export const MAX_LINKS = 16;
/** People that are remembered as taken out; of more the oldest are forgotten. */
export const MAX_BARRED = 256;
const MEMBERS_ADD = 1;

/** A link that leads into a group. `approval`: each person is let in by somebody who may add. */
export interface LinkState {
  /** public half of the Ed25519 key in the link: requests are signed by it */
  readonly key: Uint8Array;
  readonly by: IdentityId;
  /** 0: does not expire */
  readonly expiresMs: number;
  /** how many people it lets in; 0: as many as come */
  readonly limit: number;
  readonly used: number;
  readonly approval: boolean;
}

/** What a group's context says beside where its room is. */
export interface GroupState {
  readonly title: string;
  readonly owners: readonly IdentityId[];
  readonly admins: readonly IdentityId[];
  /** members may add people, not only owners and admins */
  readonly membersAdd: boolean;
  readonly links: readonly LinkState[];
  /** taken out by somebody else: no link lets them in again */
  readonly barred: readonly IdentityId[];
}

/** Whether a list names an identity. */
export function includes(list: readonly Uint8Array[], identity: Uint8Array): boolean {
  return list.some((one) => equalBytes(one, identity));
}

/** What somebody may do in a group that they are in. */
export function roleOf(state: GroupState, identity: Uint8Array): Role {
  if (includes(state.owners, identity)) return "owner";
  return includes(state.admins, identity) ? "admin" : "member";
}

/** A group's title as it is shown: cleaned like a person's name; undefined when nothing of it is left. */
export function cleanTitle(title: string): string | undefined {
  const clean = cleanName(title);
  return clean === undefined || utf8(clean).byteLength > MAX_TITLE_BYTES ? undefined : clean;
}

/** Appends a state. */
export function writeGroupState(writer: ByteWriter, state: GroupState): void {
  const identity = (to: ByteWriter, one: Uint8Array): void => void to.bytes(one);
  writer.u8(KIND_GROUP).text(state.title);
  writer
    .list(state.owners, identity)
    .list(state.admins, identity)
    .u8(state.membersAdd ? MEMBERS_ADD : 0);
  writer.list(state.links, (to, { key, by, expiresMs, limit, used, approval }) =>
    to.bytes(key).bytes(by).varint(expiresMs).varint(limit).varint(used).flag(approval),
  );
  writer.list(state.barred, identity);
}

/** Reads what a member wrote; a title that nobody could read, a list with somebody twice and a group without an owner are refused. */
export function readGroupState(reader: ByteReader): GroupState {
  if (reader.u8() !== KIND_GROUP) reader.fail("wire/range");
  const title = reader.text(MAX_TITLE_BYTES);
  if (!reader.failed && cleanTitle(title) !== title) reader.fail("wire/range");
  const owners = readIdentities(reader, MAX_OWNERS);
  const admins = readIdentities(reader, MAX_ADMINS);
  const policy = reader.u8();
  if (policy > MEMBERS_ADD || owners.length === 0) reader.fail("wire/range");
  const links = reader.list(MAX_LINKS, readLink);
  const barred = readIdentities(reader, MAX_BARRED);
  return { title, owners, admins, membersAdd: policy === MEMBERS_ADD, links, barred };
}

function readIdentities(reader: ByteReader, most: number): readonly IdentityId[] {
  const list = reader.list(most, readIdentity);
  const isTwice = list.some((one, at) => list.findIndex((other) => equalBytes(one, other)) !== at);
  if (isTwice) reader.fail("wire/range");
  return list;
}

function readIdentity(reader: ByteReader): IdentityId {
  const bytes = reader.bytes(IDENTITY_BYTES).slice();
  return identityId(bytes.byteLength === IDENTITY_BYTES ? bytes : new Uint8Array(IDENTITY_BYTES));
}

function readLink(reader: ByteReader): LinkState {
  const key = reader.bytes(KEY_BYTES).slice();
  const by = readIdentity(reader);
  const [expiresMs, limit, used] = [reader.varint(), reader.varint(), reader.varint()];
  return { key, by, expiresMs, limit, used, approval: reader.flag() };
}
