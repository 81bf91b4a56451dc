/* What can wait does, while somebody waits for something: on a slow line it would stand before a first letter. */
import { openingShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Outbox } from "./outbox.ts";

/** The longest wait: letters may be unable to leave for days. */
const LIMIT_MS = 30_000;
const LOOK_MS = 500;

async function isCalm({ store, book }: Member, outbox: Outbox): Promise<boolean> {
  if ((await openingShelf.range(store, { limit: 1 })).length > 0) return false;
  for (const row of book.all()) if (!(await outbox.isEmpty(row))) return false;
  return true;
}

/** Resolves when no letter and no new conversation is on its way, after half a minute at the latest. @throws when the signal aborts */
export async function calm(member: Member, outbox: Outbox, signal: AbortSignal): Promise<void> {
  const { clock } = member;
  const untilMs = clock.nowMs() + LIMIT_MS;
  while (clock.nowMs() < untilMs && !(await isCalm(member, outbox))) await clock.sleep(LOOK_MS, signal);
}
