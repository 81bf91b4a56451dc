/*
 * History for an own device that was taken in (D-24): lines of its conversations, newest first, as sealed blobs at the home, each named by a
 * letter in the own room. What is told stands on disk with the letter, what is fetched with the lines, so either side goes on where it stood.
 */
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import { conversationId, idText } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, type MessageRow, messageShelf, whereShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { placeInTime } from "../due/placing.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import type { StoreRow } from "../store/port.ts";
import { count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { getFile, putFile } from "./files.ts";
import { type HistoryFile, historyInShelf } from "./own-letters.ts";
import { ownState } from "./own-ops.ts";
import { ownRoom } from "./own-room.ts";
import { decodeSegments, encodeSegments, marksOf, SEGMENT_BYTES, type Segment, segmentBytes } from "./segments.ts";

/** Lines of one conversation before the next one has its turn. */
const LINES_A_TURN = 64;
const DEVICE_BYTES = 32;

interface OutRow {
  /** lines below this position are still to be told */
  readonly next: number;
}

/** `history-out`: by conversation id and device id. */
export const historyOutShelf: Shelf<OutRow> = shelf("history-out", row<OutRow>(1, fields<OutRow>({ next: count })));

interface HandedRow {
  readonly placed: number;
  /** lines from here to `placed` have come */
  readonly lowest: number;
}

/** `handed`: by conversation id. */
export const handedShelf: Shelf<HandedRow> = shelf(
  "handed",
  row<HandedRow>(1, fields<HandedRow>({ placed: count, lowest: count })),
);

/** The next lines for a device, as many as fill a chunk; the newest conversations first. */
async function nextSegments(member: Member, device: Uint8Array): Promise<readonly Segment[]> {
  const { book, store } = member;
  const segments: Segment[] = [];
  let roomBytes = CHUNK_CAPACITY_BYTES - 8;
  for (const chat of [...book.all()].sort((a, b) => b.atMs - a.atMs)) {
    const out = await historyOutShelf.get(store, concatBytes(chat.id, device));
    if (out === undefined) continue;
    const query = { prefix: chat.id, to: u64Key(out.next), reverse: true, limit: LINES_A_TURN };
    const rows = await messageShelf.range(store, query);
    const lines: { position: number; line: MessageRow }[] = [];
    const marks: StoreRow[] = [];
    let from = rows.length < LINES_A_TURN ? 0 : lastU64(rows.at(-1)?.key ?? u64Key(0));
    roomBytes -= SEGMENT_BYTES;
    for (const { key, value } of rows) {
      const done = await marksOf(store, value);
      const sizeBytes = segmentBytes(value, done);
      // One that no chunk holds, for a contact may have done much with it, goes alone.
      if (sizeBytes > roomBytes && lines.length + segments.length > 0) {
        from = lastU64(key) + 1;
        roomBytes = 0;
        break;
      }
      roomBytes -= sizeBytes;
      lines.push({ position: lastU64(key), line: value });
      marks.push(...done);
    }
    if (from < out.next || rows.length === 0) segments.push({ conversation: chat.id, lines, marks, from });
    if (roomBytes <= 0) break;
  }
  return segments;
}

/** Tells one part of history. @param say  puts a letter into the own room's outbox @returns whether there was one */
export async function tellHistory(
  member: Member,
  link: StationLink,
  say: (fill: (draft: Draft) => HistoryFile) => Promise<boolean>,
): Promise<boolean> {
  const device = await readyDevice(member);
  if (device === undefined) return false;
  const segments = await nextSegments(member, device);
  if (segments.length === 0) return false;
  const file = await putFile(member, link, encodeSegments(segments));
  return say((draft) => {
    for (const { conversation, from } of segments) {
      const key = concatBytes(conversation, device);
      if (from === 0) historyOutShelf.remove(draft, key);
      else historyOutShelf.put(draft, key, { next: from });
    }
    return { device, ...file };
  });
}

/**
 * An own device that waits for history and reads what is sealed in the own room from now on: one that has no leaf there yet would never open
 * the letter that names its part. What waits for a device that was revoked is forgotten.
 */
async function readyDevice(member: Member): Promise<Uint8Array | undefined> {
  const { store, book, groups } = member;
  const rows = await historyOutShelf.range(store, {});
  const room = rows.length === 0 ? undefined : ownRoom(member);
  const group = room && (await book.lane(room.id).run(() => groups.load(room.id)));
  const { devices } = await ownState(member);
  const draft = new Draft();
  let ready: Uint8Array | undefined;
  for (const { key } of rows) {
    const waiting = key.slice(key.byteLength - DEVICE_BYTES);
    if (!devices.some(({ device }) => equalBytes(device, waiting))) historyOutShelf.remove(draft, key);
    else if (group?.members().some(({ credential }) => equalBytes(credential.device, waiting)) === true)
      ready ??= waiting;
  }
  await draft.commit(store);
  return ready;
}

/**
 * Fetches what was told of, in any order: each part says where its lines belong.
 *
 * @param early  Keeps the ids of conversations that this device does not know yet: the own room is another log than the inbox, and may be read
 *   first. A file that names one stays to be fetched again when the conversation has come.
 */
export async function fetchHistory(member: Member, link: StationLink, early: Set<string>): Promise<void> {
  const { store } = member;
  for (const { value: file } of await historyInShelf.range(store, {})) {
    const bytes = await getFile(member, link, file);
    let isWhole = true;
    for (const segment of decodeSegments(bytes)) {
      const name = idText(conversationId(segment.conversation));
      // Before it is looked for, so that one that comes at this moment is not missed.
      early.add(name);
      if (await takeSegment(member, segment)) early.delete(name);
      else isWhole = false;
    }
    if (!isWhole) continue;
    const draft = new Draft();
    historyInShelf.remove(draft, file.hash);
    await draft.commit(store);
  }
}

/** @returns false when its conversation is not here yet */
async function takeSegment(member: Member, { conversation, lines, marks, from }: Segment): Promise<boolean> {
  const { store, book, events } = member;
  const id = conversationId(conversation);
  return book.lane(id).run(async () => {
    const draft = new Draft();
    const handed = await handedShelf.get(store, id);
    const room = book.get(id);
    if (room === undefined) return false;
    // One that nobody handed over holds its own lines.
    if (handed === undefined) return true;
    for (const { position, line } of lines) {
      if (position >= handed.placed) continue;
      messageShelf.put(draft, concatKey(id, position), line);
      if (line.kind !== "message") continue;
      await placeInTime(member, draft, room, position, line);
      whereShelf.put(draft, line.id, { conversation: id, placed: true, at: position });
    }
    for (const { key, value } of marks) {
      // What was done since stands here already.
      if ((await store.get("mark", key)) === undefined) draft.put("mark", key, value);
    }
    handedShelf.put(draft, id, { ...handed, lowest: Math.min(handed.lowest, from) });
    draft.after(() => {
      events.emit({ type: "conversation", conversation: idText(id) });
      events.emit({ type: "devices" });
    });
    await draft.commit(store);
    return true;
  });
}

/** How much of the history has come to this device: lines. */
export async function historyProgress({ store }: Member): Promise<{ readonly done: number; readonly total: number }> {
  const rows = await handedShelf.range(store, {});
  const sum = (of: (value: HandedRow) => number): number => rows.reduce((all, { value }) => all + of(value), 0);
  return { done: sum(({ placed, lowest }) => placed - lowest), total: sum(({ placed }) => placed) };
}

/** An own device was taken into a conversation and is to be told its lines. */
export function oweHistory(draft: Draft, chat: ConversationRow, devices: readonly Uint8Array[], placed: number): void {
  if (placed === 0) return;
  for (const device of devices) historyOutShelf.put(draft, concatBytes(chat.id, device), { next: placed });
}
