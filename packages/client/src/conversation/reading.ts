/* Marking lines as seen. */
import type { Member } from "../core.ts";
import { u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { ConversationIdText } from "../api.ts";
import { isHidden } from "../chats/blocks.ts";
import { type ConversationRow, messageShelf, type MessageRow } from "./rows.ts";

const isUnread = ({ own }: Member, line: MessageRow): boolean =>
  line.kind === "message" && !line.mine && !isHidden(own, line);

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
