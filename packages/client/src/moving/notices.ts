/* What is told of a move where no hub answers (M-11): the own chain, in the inboxes of the others. */
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { type RepairMoved, sealRepair } from "../repair/codec.ts";
import { deviceInboxes, leave } from "../repair/inboxes.ts";
import { believeMoved } from "./finding.ts";

/** People of a group who are told. */
const MOST_PEOPLE = 64;

/**
 * Tells the others of a conversation, under a secret of the epoch that they can be in; of a group those alone who are told nowhere else. What
 * does not reach them they find by themselves.
 */
export async function tellMoved(
  member: Member,
  link: StationLink,
  row: ConversationRow,
  secret: Uint8Array,
): Promise<void> {
  const { profile, book, contacts, crypto, sha256 } = member;
  const frame = await sealRepair({ kind: "moved", conversation: row.id, ops: profile.row.ops }, secret, crypto);
  for (const identity of book.others(row).slice(0, MOST_PEOPLE)) {
    if (row.kind === "group" && book.withPeer(identity) !== undefined) continue;
    const contact = await contacts.get(identity);
    if (contact === undefined) continue;
    for (const inbox of deviceInboxes(contact.state, sha256)) await leave(member, link, inbox, frame);
  }
}

/** Hears it. @returns whether somebody of the conversation has another home now */
export async function hearMoved(member: Member, chat: ConversationRow, { ops }: RepairMoved): Promise<boolean> {
  const identity = member.contacts.identityOf(ops);
  const isIn =
    identity !== undefined &&
    member.book.others(member.book.get(chat.id) ?? chat).some((one) => equalBytes(one, identity));
  return isIn && believeMoved(member, identity, ops);
}
