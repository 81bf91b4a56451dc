/*
 * Leaving a group (F-66). From the moment a person leaves, nothing that comes is shown; a letter that says so leaves first, for others have
 * to know whose leaf is to go, and with its receipt every secret of the group goes from this device. Its leaf goes with a commit of
 * somebody who may take it out: MLS lets nobody remove themselves by a commit of their own (RFC 9420 §12.2).
 */
import { idText } from "@chapar/wire";
import { Disposition } from "@chapar/wire/content";
import { composeContent } from "../conversation/letter.ts";
import { LEAVE_MEDIA_TYPE } from "../conversation/told.ts";
import { enqueue } from "../conversation/queue.ts";
import { type ConversationRow, outboxShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import { wishShelf } from "./wish-row.ts";

/** Begins to leave. Again: nothing. */
export async function leaveGroup(member: Member, was: ConversationRow): Promise<ConversationRow> {
  const { book, store, random, clock } = member;
  return book.lane(was.id).run(async () => {
    const row = book.get(was.id) ?? was;
    if (row.leaving || row.state === "closed") return row;
    const draft = new Draft();
    for (const { key } of await wishShelf.range(store, { prefix: row.id })) wishShelf.remove(draft, key);
    const writtenAtMs = clock.nowMs();
    const body = {
      kind: "single",
      disposition: Disposition.render,
      language: "",
      contentType: LEAVE_MEDIA_TYPE,
    } as const;
    const content = composeContent({ ...body, content: new Uint8Array(0) }, { random, writtenAtMs });
    const queued = enqueue(member, draft, row, { content, visible: false, writtenAtMs, blobs: [] });
    const left = { ...queued.row, leaving: true, renew: false, renewLater: false };
    book.put(draft, left);
    await draft.commit(store);
    return left;
  });
}

/** Ends what is left of a group that was left, once the letter has its receipt. @returns whether it is over */
export async function endLeft(member: Member, was: ConversationRow): Promise<boolean> {
  const { book, store, groups, events } = member;
  return book.lane(was.id).run(async () => {
    const row = book.get(was.id);
    if (row === undefined || row.state === "closed") return true;
    const waiting = await outboxShelf.range(store, { prefix: row.id });
    if (!row.stopped && waiting.some(({ value }) => !value.receipted)) return false;
    const draft = new Draft();
    for (const { key } of waiting) outboxShelf.remove(draft, key);
    for (const { key } of await store.range("group", { prefix: row.id })) draft.remove("group", key);
    for (const { key } of await store.range("repair-secret", { prefix: row.id })) draft.remove("repair-secret", key);
    book.put(draft, { ...row, state: "closed", tail: 0 });
    draft.after(() => {
      groups.forget(row.id);
      events.emit({ type: "conversation", conversation: idText(row.id) });
    });
    await draft.commit(store);
    return true;
  });
}
