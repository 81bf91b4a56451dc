/*
 * Going on in a board whose hub was put back from an older copy and says so (H-26). What the copy lost is published once more by whoever wrote it; who has it
 * drops it. A period that the copy lost follows from the leader's seed: its commit is made once more, by a device of the leader.
 */
import { LeaderKeys, periodSecrets } from "@chapar/e2e/channels";
import { decodeReceipt } from "@chapar/log";
import { decodeEntry, isWireError } from "@chapar/wire";
import { decodeLetter } from "@chapar/wire/content";
import { type ConversationRow, isForked, outboxShelf, receiptShelf, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { lettersFrom, resentRow } from "../moving/resending.ts";
import type { Agreeing } from "../repair/agreeing.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { evidenceShelf } from "../sync/log-shelf.ts";
import { isUnknownLog } from "../sync/room-fault.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import { leaderKeys, readerOfBoard } from "./keys.ts";
import { leadingOf, periodEntry } from "./leading.ts";
import { ledChannel } from "./led.ts";
import { openBoard } from "./publishing.ts";
import { type ChannelRow, channelShelf } from "./rows.ts";

const ROOT_BYTES = 32;
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
  const { store, book } = member;
  const channel = await channelShelf.get(store, id);
  const row = book.get(id);
  if (row?.room === undefined || channel?.standing !== "in") return false;
  const { room } = row;
  try {
    const toMs = await restoredAt(room);
    if (toMs === undefined) return false;
    const shown = await shownNow(member, tools, link, { id, room, channel });
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
    if (held === undefined) return false;
    if (channel.leads) await beginAgain(member, tools, link, { id, from: period });
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

/** The head that the hub shows: to whoever leads also by the keys of a period before, for it may have lost the last ones. */
async function shownNow(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  { id, room, channel }: { readonly id: ConversationRow["id"]; readonly room: RoomRow; readonly channel: ChannelRow },
): Promise<Uint8Array> {
  const { crypto } = member;
  const led = channel.leads ? ledChannel(member, id) : undefined;
  const keys = led && new LeaderKeys(crypto, led.seed, led.open);
  let { readSeed } = channel;
  for (let period = channel.period; ; period--) {
    try {
      return await tools.access.show(link, room, await readerOfBoard(member, { readSeed }));
    } catch (error) {
      if (!isUnknownLog(error) || keys === undefined || period === 0) throw error;
      ({ readSeed } = periodSecrets(crypto, keys.periodKey(period - 1)));
    }
  }
}

/** Begins periods that the hub lost once more, with the same keys: whoever is in one of them passes its commit over, and who is not comes to it. */
async function beginAgain(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  { id, from }: { readonly id: ConversationRow["id"]; readonly from: number },
): Promise<void> {
  const leading = await leadingOf(member, id);
  if (leading === undefined) return;
  const { room, channel, led, readers } = leading;
  for (let ends = from; ends < channel.period; ends++) {
    const leader = leaderKeys(member, led, { removals: channel.removals.filter(({ period }) => period <= ends) });
    const entry = await periodEntry(member, leading, {
      ends,
      gone: channel.removals.filter(({ period }) => period === ends + 1).map(({ leaf }) => leaf),
      staying: readers.present.filter(({ since }) => since <= ends),
      leader,
      frontier: { size: 0, root: new Uint8Array(ROOT_BYTES) },
    });
    await openBoard(member, tools, link, { room, writeSeed: leader.writeSeed(ends), period: ends });
    const { receipt } = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
    await checkReceipt(member, receipt, { station: room.hub.key, log: room.log, entry });
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
