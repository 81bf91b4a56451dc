/* What is told of a move where no hub answers (M-11): the own chain, in the inboxes of the others. */
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { type RepairMoved, sealRepair } from "../repair/codec.ts";
import { inboxesOf, leave } from "../repair/inboxes.ts";
import { believeMoved } from "./finding.ts";

/** Tells the others of a conversation, under a secret of the epoch that they can be in. What does not reach them they find by themselves. */
export async function tellMoved(
  member: Member,
  link: StationLink,
  row: ConversationRow,
  secret: Uint8Array,
): Promise<void> {
  const { ops } = member.profile.row;
  const frame = await sealRepair({ kind: "moved", conversation: row.id, ops }, secret, member.crypto);
  for (const inbox of await inboxesOf(member, row)) await leave(member, link, inbox, frame);
}

/** Hears it. @returns whether somebody of the conversation has another home now */
export async function hearMoved(member: Member, chat: ConversationRow, { ops }: RepairMoved): Promise<boolean> {
  const identity = member.contacts.identityOf(ops);
  const isIn =
    identity !== undefined &&
    member.book.others(member.book.get(chat.id) ?? chat).some((one) => equalBytes(one, identity));
  return isIn && believeMoved(member, identity, ops);
}
