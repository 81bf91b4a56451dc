/*
 * Leading a room back (F-71, F-72). A hub takes the first commit of an epoch unread; one that no client takes has used up the epoch, and the
 * keys that the hub asks for are its maker's. Whoever founded the group holds the write key of epoch 0, by which the hub takes a commit
 * that begins an epoch of before once more: it names the keys of the epoch that the members are in, and carries no MLS.
 */
import { roomKeys } from "@chapar/e2e";
import { encodeEntry, idText, type LogId, writeMessage } from "@chapar/wire";
import { type ConversationRow, isRefused } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { linkOf } from "../apart/link-of.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import type { Draft } from "../store/shelf.ts";

const KEY_PREFIX = "groups/founder/";

/** Keeps the key of a log's first epoch for all devices of whoever made the log. */
export function keepFounderKey({ own }: Member, draft: Draft, log: LogId, seed: Uint8Array): void {
  own.put(draft, KEY_PREFIX + idText(log), seed);
}

/**
 * Leads a room back to the group's epoch, when this person founded it and a commit was refused. The entry follows from the refused commit and
 * the epoch's keys, so that two devices, or one that lost the answer, lead it back once (W-32).
 *
 * @throws what the hub refused with, and what did not verify
 */
export async function leadBack(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  was: ConversationRow,
): Promise<void> {
  const { book, groups, own, crypto, mls } = member;
  const made = await book.lane(was.id).run(async () => {
    const row = book.get(was.id);
    const group = await groups.load(was.id);
    if (row?.room === undefined || group === undefined || !isRefused(row)) return undefined;
    const keys = await roomKeys(mls, crypto, group);
    const entry = encodeEntry({
      kind: "commit",
      epoch: group.epoch - 1,
      nextWriteKey: keys.write.publicKey,
      nextReadKey: keys.read.publicKey,
      revokesReaders: false,
      frame: row.refused,
    });
    return { room: row.room, entry };
  });
  const seed = made && own.get(KEY_PREFIX + idText(made.room.log));
  if (seed === undefined || made === undefined) return;
  const { room, entry } = made;
  const { station, nonce } = (await linkOf(link, room.log)).hello;
  const signature = await crypto.ed25519.sign(seed, writeMessage(station, nonce, room.log, 0));
  await tools.access.forget(link, was);
  await link.ask({ type: "log.open", log: room.log, read: undefined, write: { epoch: 0, signature } }, "log.state");
  const answer = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
  await checkReceipt(member, answer.receipt, { station: room.hub.key, log: room.log, entry });
}
