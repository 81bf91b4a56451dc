/*
 * Going on in a board whose hub was put back from an older copy and says so (H-26). What the copy lost is published once more by whoever wrote it; who has it
 * drops it. Where the copy lost a period, its readers hold keys that the hub does not know of, and the board is read no further.
 */
import { decodeReceipt } from "@chapar/log";
import { decodeEntry, isWireError } from "@chapar/wire";
import { decodeLetter } from "@chapar/wire/content";
import { type ConversationRow, isForked, outboxShelf, receiptShelf, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { lettersFrom, resentRow } from "../moving/resending.ts";
import type { Agreeing } from "../repair/agreeing.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { evidenceShelf } from "../sync/log-shelf.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import { readerOfBoard } from "./keys.ts";
import { type ChannelRow, channelShelf } from "./rows.ts";

const NOTHING = new Uint8Array(0);

interface Restored {
  readonly id: ConversationRow["id"];
  /** when its hub was restored, if that excuses all that is known against it */
  readonly restoredAt: (room: RoomRow) => Promise<number | undefined>;
  readonly agreeing: Agreeing;
}

/** Reads a board on from where both histories agree. @returns whether it could be so. @throws what could not be had now */
export async function goOnWithBoard(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  { id, restoredAt, agreeing }: Restored,
): Promise<boolean> {
  const { store, book, crypto } = member;
  const channel = await channelShelf.get(store, id);
  const row = book.get(id);
  if (row?.room === undefined || channel?.standing !== "in") return false;
  const { room } = row;
  try {
    const toMs = await restoredAt(room);
    if (toMs === undefined) return false;
    const shown = await tools.access.show(link, room, await readerOfBoard({ crypto }, channel));
    const before = await tools.logs.load(room.log, room.hub.key);
    const size = tools.access.shown(room, shown)?.size ?? 0;
    if (!isForked(row) && size >= before.range.size) return false;
    let period = 0;
    const hear = (bytes: Uint8Array): void => {
      const entry = decodeEntry(bytes);
      if (entry.ok && entry.value.kind === "commit") period = Math.max(period, entry.value.epoch + 1);
    };
    // Every entry of a board was read, from the first on.
    const held = await agreeing.upTo(link, { room, shown, before, keptFrom: 0, hear });
    if (held === undefined || period < channel.period) return false;
    return await book.lane(id).run(async () => {
      const now = { row: book.get(id), channel: await channelShelf.get(store, id) };
      if (now.row === undefined || now.channel?.period !== channel.period) return false;
      const draft = new Draft();
      tools.logs.put(draft, room.log, held);
      await adopt(member, draft, { row: now.row, channel: now.channel, room }, { size: held.range.size, toMs });
      await draft.commit(store);
      return true;
    });
  } catch (error) {
    // A board that is not there at all, or not for us: it stays as it is.
    if (!isWireError(error) || error.code === "wire/link-ended") throw error;
    member.failed(error);
    return false;
  }
}

/** The board counts as read up to a size, and own letters that stood behind it are published once more. */
async function adopt(
  member: Member,
  draft: Draft,
  of: { readonly row: ConversationRow; readonly channel: ChannelRow; readonly room: RoomRow },
  at: { readonly size: number; readonly toMs: number },
): Promise<void> {
  const { store, book } = member;
  const { row, channel, room } = of;
  const { size, toMs } = at;
  for (const { key, value } of await unsettledShelf.range(store, { prefix: room.log, from: u64Key(size) })) {
    const receipt = decodeReceipt(value.claim);
    if (!receipt.ok || receipt.value.batch.timeMs <= toMs) unsettledShelf.remove(draft, key);
  }
  evidenceShelf.remove(draft, room.log);
  let { outNext } = row;
  for (const { letter } of (await lettersFrom(member, row, size)).toReversed()) {
    const decoded = decodeLetter(letter);
    if (!decoded.ok) continue;
    const out = resentRow(member, row, letter, decoded.value.content);
    const kept = await receiptShelf.get(store, out.id);
    const receipt = kept && decodeReceipt(kept.receipt);
    if (receipt?.ok === true && receipt.value.batch.timeMs > toMs) continue;
    outboxShelf.put(draft, concatKey(row.id, outNext), out);
    outNext += 1;
  }
  channelShelf.put(draft, row.id, { ...channel, roots: NOTHING });
  const state = channel.writeSeed.byteLength > 0 ? "open" : "closed";
  book.put(draft, { ...row, state, fault: undefined, stopped: false, outNext });
}
