/* How far a move to another home has come, in words. */
import type { MoveView } from "@chapar/client";
import { printableLine } from "./printable.ts";

/** What `chapar move` prints. */
export function movedWords({ home, told, isOldHomeTold, roomsLeft }: MoveView): string {
  const rooms =
    roomsLeft === 0 ? "All your chats have come along." : `${roomsLeft} chats are still ordered by the old station.`;
  const old = isOldHomeTold
    ? "The old station knows that you left."
    : "The old station was not told: it did not answer. Nobody needs it any more.";
  return [
    `You live at ${printableLine(home.name)} (${home.region}) now.`,
    `${told} stations have the signed move.`,
    rooms,
    old,
  ].join("\n");
}
