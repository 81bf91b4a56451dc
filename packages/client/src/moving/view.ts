/* How far a move has come, for apps. */
import { idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { MoveView } from "../data-api.ts";
import { notBefore, receiptOf } from "../leaving/old-home.ts";
import { stationView } from "../views.ts";
import { moveOf } from "./moving.ts";
import type { MovingRow } from "./rows.ts";

/** Rooms that the old home orders still. */
export function roomsLeft({ book, profile }: Member, move: MovingRow): readonly ConversationRow[] {
  if (move.stage !== "moved" || !equalBytes(move.home.station.key, profile.row.home.station.key)) return [];
  const isLeft = ({ room, state, joinedEpoch }: ConversationRow): boolean =>
    room !== undefined && state !== "closed" && joinedEpoch > 0 && equalBytes(room.hub.key, move.from.key);
  return book.all().filter(isLeft);
}

/** The last move; undefined when there was none, or when none was taken yet. */
export async function moveView(member: Member): Promise<MoveView | undefined> {
  const move = await moveOf(member);
  if (move?.stage !== "moved") return undefined;
  const { home, from, atMs, told } = move;
  return {
    home: stationView(home.station, home.region, home.name),
    from: idText(from.key),
    atMs,
    told: told.length,
    isOldHomeTold: told.some((key) => equalBytes(key, from.key)),
    roomsLeft: roomsLeft(member, move).length,
    receipt: await receiptOf(member, from),
    deletesAtMs: await notBefore(member, from),
  };
}
