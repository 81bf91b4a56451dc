/*
 * Marking lines as seen, here and on the person's other devices (N-38): how far they have read follows them as an index of the room's
 * log, for positions differ from device to device.
 */
import { idText } from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { ConversationIdText } from "../api.ts";
import { isHidden } from "../chats/blocks.ts";
import { type ConversationRow, messageShelf, type MessageRow } from "./rows.ts";

const isUnread = ({ own }: Member, line: MessageRow): boolean =>
  line.kind === "message" && !line.mine && !isHidden(own, line);

/** Lines among which the newest of somebody else is looked for. */
const LOOKED_AT = 256;
const PREFIX = "chat/read/";

/** Size of the log that the person has read on any device; 0: nothing that was told. Total. */
function readElsewhere({ own }: Member, id: ConversationIdText): number {
  const value = own.get(PREFIX + id);
  if (value === undefined) return 0;
  try {
    return new ByteReader(value).index();
  } catch {
    return 0;
  }
}

/** The conversation that an entry of the register is about; undefined for any other entry. */
export const readBy = (key: string): ConversationIdText | undefined =>
  key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;

/** The newest line of somebody else below a position, as a size of the log: everything up to it. */
export async function sizeBelow({ store }: Member, row: ConversationRow, position: number): Promise<number> {
  const query = { prefix: row.id, to: u64Key(position), reverse: true, limit: LOOKED_AT };
  for (const { value } of await messageShelf.range(store, query))
    if (value.kind === "message" && !value.mine) return value.index + 1;
  return 0;
}

/**
 * Takes over how far the person has read on another device. Nothing when that is not further than here, or not here yet.
 * Who was away and knew less may have said so later than who knew more: the more is said again.
 */
export async function followRead(member: Member, id: ConversationIdText, row: ConversationRow): Promise<void> {
  const size = readElsewhere(member, id);
  if (size === 0) return;
  if (row.unread > 0) {
    const lines = await messageShelf.range(member.store, { prefix: row.id, from: u64Key(row.readTo) });
    const at = lines.findLastIndex(({ value }) => value.kind === "message" && value.index < size);
    if (at >= 0) return markRead(member, row, row.readTo + at);
  }
  const draft = new Draft();
  await tellRead(member, draft, row, row.readTo);
  await draft.commit(member.store);
}

/** Says how far was read, when that is further than what was said. */
async function tellRead(member: Member, draft: Draft, row: ConversationRow, readTo: number): Promise<void> {
  const id = idText(row.id);
  const size = await sizeBelow(member, row, readTo);
  if (size > readElsewhere(member, id)) member.own.put(draft, PREFIX + id, new ByteWriter().index(size).finish());
}

/** Everything up to a position, included, was seen. Going back is not possible. Cost: O(lines still unread). */
export async function markRead(member: Member, was: ConversationRow, position: number): Promise<void> {
  const { book, store } = member;
  await book.lane(was.id).run(async () => {
    const row = book.get(was.id) ?? was;
    const readTo = Math.min(position + 1, row.placed);
    if (readTo <= row.readTo) return;
    const after =
      readTo === row.placed ? [] : await messageShelf.range(store, { prefix: row.id, from: u64Key(readTo) });
    const unread = after.filter(({ value }) => isUnread(member, value)).length;
    const draft = new Draft();
    book.put(draft, { ...row, readTo, unread });
    await tellRead(member, draft, row, readTo);
    await draft.commit(store);
  });
}

/** Who reads a chat has come back to it (N-5). */
export async function clearUnreadMark({ own, store }: Member, id: ConversationIdText): Promise<void> {
  const key = `chat/unread/${id}`;
  if (own.get(key) === undefined) return;
  const draft = new Draft();
  own.put(draft, key, undefined);
  await draft.commit(store);
}
