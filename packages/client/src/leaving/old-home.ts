/*
 * The old home after a move (protocol/15-moving.md M-25): it is told to delete what rests there, and asked again when it says that it is too early. What it has
 * given a receipt for is kept.
 */
import type { LeftView } from "../data-api.ts";
import { isWireError, type StationRef } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { leftView } from "./leaving.ts";
import { orderLeaving } from "./ordering.ts";

const RECEIPT = utf8("left ");
const LATER = utf8("leave later ");

/** The receipt of a station that was left; undefined: it gave none yet. */
export async function receiptOf(member: Member, { key }: Pick<StationRef, "key">): Promise<LeftView | undefined> {
  const file = await member.store.get("meta", concatBytes(RECEIPT, key));
  return file && leftView(member, file);
}

/** When the old home may be asked again, by what it said; undefined: now. */
export async function notBefore({ store }: Member, { key }: Pick<StationRef, "key">): Promise<number | undefined> {
  const bytes = await store.get("meta", concatBytes(LATER, key));
  return bytes && new ByteReader(bytes).index();
}

/** Has the old home delete what rests there; what does not answer is asked at the next look. */
export async function leaveOld(member: Member, from: StationRef): Promise<void> {
  const { store, clock, directs, profile } = member;
  const earliestMs = (await notBefore(member, from)) ?? 0;
  const isDone = (await store.get("meta", concatBytes(RECEIPT, from.key))) !== undefined;
  if (isDone || clock.nowMs() < earliestMs) return;
  const put = (label: Uint8Array, value: Uint8Array): Promise<void> =>
    store.write([{ table: "meta", key: concatBytes(label, from.key), value }]);
  await directs.over(from, async (link) => {
    try {
      const file = await orderLeaving(member, link, from, { ops: profile.row.ops, withChunks: false });
      await put(RECEIPT, file);
    } catch (error) {
      if (!isWireError(error, "station/rate-limited") || error.detail === undefined) throw error;
      await put(LATER, new ByteWriter().index(clock.nowMs() + error.detail).finish());
    }
  });
}
