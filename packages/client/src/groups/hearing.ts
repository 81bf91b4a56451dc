/* Knocks for groups: kept with the inbox's cursor, in the order in which they were heard, until what they name was taken (F-65, F-76). */
import type { Member } from "../core.ts";
import { u64Key } from "../store/keys.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import { GROUP_ANSWER_FRAME, GROUP_ASK_FRAME, GUEST_FRAME, OWN_GUEST_FRAME, WEEK_FRAME } from "../sync/knock-frames.ts";

const HEARD: readonly number[] = [GUEST_FRAME, GROUP_ASK_FRAME, GROUP_ANSWER_FRAME, OWN_GUEST_FRAME, WEEK_FRAME];
/** Knocks that may come in one millisecond and keep their order. */
const HEARD_A_MS = 4096;

interface GuestRow {
  readonly frame: Uint8Array;
  readonly atMs: number;
}

/** `guest`: by the order in which they were heard. */
export const guestShelf: Shelf<GuestRow> = shelf(
  "guest",
  row<GuestRow>(1, fields<GuestRow>({ frame: blob, atMs: count })),
);

/** Hears knocks. @returns what keeps one in a draft when it is for groups, and says whether it did */
export function hearing({ clock }: Member): (draft: Draft, frame: Uint8Array) => boolean {
  let last = 0;
  return (draft, frame) => {
    if (!HEARD.includes(frame[0] ?? 0)) return false;
    const atMs = clock.nowMs();
    last = Math.max(last + 1, atMs * HEARD_A_MS);
    guestShelf.put(draft, u64Key(last), { frame: frame.slice(), atMs });
    return true;
  };
}
