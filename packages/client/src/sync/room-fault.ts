/* What is written down when a page of a room is refused (F-20, F-21). */
import { LOG_CODES } from "@chapar/log";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import { pageFinding } from "../trust/page-finding.ts";
import { knownStation } from "../trust/stations.ts";
import type { PageFault } from "./check-page.ts";
import { evidenceShelf, type LogShelf } from "./log-shelf.ts";

/** Keeps both signed objects, in one transaction with the conversation's fault and the alert. @returns the conversation */
export async function noteFault(
  member: Member,
  logs: LogShelf,
  row: ConversationRow,
  room: RoomRow,
  fault: PageFault,
): Promise<ConversationRow> {
  const have = (await logs.load(room.log, room.hub.key)).range.size;
  const draft = new Draft();
  evidenceShelf.put(draft, room.log, fault.evidence);
  const next: ConversationRow = { ...row, state: "fault", fault: fault.code, stopped: fault.proven };
  member.book.put(draft, next);
  const of = { station: knownStation(member, room.hub), conversation: row.id, log: room.log, have };
  await member.alerts.note(draft, pageFinding(of, fault.evidence));
  return next;
}

/** Changes a conversation as it is now. */
export async function mark(
  { book, store }: Member,
  { id }: ConversationRow,
  changes: Partial<ConversationRow>,
): Promise<void> {
  await book.lane(id).run(async () => {
    const now = book.get(id);
    if (now === undefined) return;
    const draft = new Draft();
    book.put(draft, { ...now, ...changes });
    await draft.commit(store);
  });
}

/** Codes that a crossed or repeated push explains as well as a bad station. */
export function isLogFaultPassing(code: string): boolean {
  return Object.entries(LOG_CODES).some(([name, { retry }]) => name === code && retry);
}

/** Whether a station knows nothing of a log, or not by the key that was shown. */
export function isUnknownLog(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "station/unknown-log";
}
