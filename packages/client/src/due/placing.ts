/*
 * What a line that is placed says beside its words: of time, that it sets the conversation's timer, or will disappear
 * (protocol/5-content.md §7); and which topic it belongs to (§10).
 */
import { decodeMimi, type MimiContent } from "@chapar/wire/content";
import { timerIn } from "@chapar/wire/talk";
import type { ConversationRow, MessageRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { concatKey } from "../store/keys.ts";
import type { Draft } from "../store/shelf.ts";
import { rosterShelf } from "../groups/roster-row.ts";
import { rightsIn } from "../talk/rights.ts";
import { placeInTopic } from "../talk/topic-rows.ts";
import { expiringShelf, timerShelf } from "./rows.ts";

const SECOND_MS = 1000;
/** `at` of a timer that this device set and that is not in the log yet. */
export const UNPLACED: number = Number.MAX_SAFE_INTEGER;

/** Takes what a line says of time and topic, within the transaction that places it. */
export async function placeInTime(
  member: Member,
  draft: Draft,
  row: ConversationRow,
  position: number,
  line: MessageRow,
): Promise<void> {
  const decoded = line.content.byteLength === 0 ? undefined : decodeMimi(line.content);
  if (decoded?.ok !== true) return;
  await setTimer(member, draft, row, line, decoded.value);
  const { expires, topicId } = decoded.value;
  await placeInTopic(member, draft, row, { position, mine: line.mine, atMs: line.writtenAtMs, topicId });
  if (expires === undefined) return;
  const dueMs = expires.relative ? 0 : expires.time * SECOND_MS;
  const seconds = expires.relative ? expires.time : 0;
  const expiring = { conversation: row.id, position, mine: line.mine, seconds, dueMs };
  expiringShelf.put(draft, concatKey(row.id, position), expiring);
  draft.after(() => member.due.wake());
}

async function setTimer(
  { store }: Member,
  draft: Draft,
  row: ConversationRow,
  { sender, index, mine }: MessageRow,
  content: MimiContent,
): Promise<void> {
  const seconds = timerIn(content);
  if (seconds === undefined) return;
  const roster = await rosterShelf.now(draft, store, row.id);
  if (!rightsIn(roster, row, sender).pins) return;
  const held = await timerShelf.now(draft, store, row.id);
  // The last one in the log holds; one of this device that is not there yet will be after it.
  if (held !== undefined && !mine && (held.at === UNPLACED || held.at > index)) return;
  timerShelf.put(draft, row.id, { seconds, at: index });
}
