/* How far a move to another home has come, in words. */
import type { MoveView } from "@chapar/client";
import { leftWords } from "./left-words.ts";
import { printableLine } from "./printable.ts";

const DAY_CHARS = 10;

function later(atMs: number | undefined): readonly string[] {
  if (atMs === undefined) return [];
  const day = new Date(atMs).toISOString().slice(0, DAY_CHARS);
  return [`It deletes what it has of you on ${day}: until then a move by a thief could be taken back.`];
}

/** What `chapar move` prints. */
export function movedWords({ home, told, isOldHomeTold, roomsLeft, receipt, deletesAtMs }: MoveView): string {
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
    ...(receipt === undefined ? later(deletesAtMs) : ["", leftWords(receipt)]),
  ].join("\n");
}
