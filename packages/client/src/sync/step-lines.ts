/* The line that stands for entries of a room that could not be read or shown. */
import type { MessageRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { LogEntry } from "./check-page.ts";

const NOBODY = new Uint8Array(20);

/** @param sender  whose entry it is, where that is known @param entries  how many it stands for */
export function gapLine(
  { clock }: Member,
  entry: LogEntry,
  code: string,
  sender: Uint8Array = NOBODY,
  entries = 1,
): Omit<MessageRow, "kind"> {
  const nowMs = clock.nowMs();
  return {
    id: entry.leafHash,
    mine: false,
    sender: sender.slice(),
    content: new Uint8Array(0),
    writtenAtMs: nowMs,
    arrivedAtMs: nowMs,
    state: "received",
    code,
    index: entry.index,
    entries,
  };
}
