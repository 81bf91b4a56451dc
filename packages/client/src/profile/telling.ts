/* Everyone one talks with is told the own name, and with it the own chain (C-12). */
import { enqueueName } from "../conversation/queue.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

/** Queues what was not told yet. @param kick  something waits in a conversation */
export async function tellProfile(member: Member, kick: (row: ConversationRow) => void): Promise<void> {
  const { book, store } = member;
  for (const { id } of book.all()) {
    await book.lane(id).run(async () => {
      const row = book.get(id);
      if (row === undefined || row.stopped || row.state === "closed") return;
      const draft = new Draft();
      book.put(draft, enqueueName(member, draft, row));
      await draft.commit(store);
    });
    const row = book.get(id);
    if (row !== undefined) kick(row);
  }
}
