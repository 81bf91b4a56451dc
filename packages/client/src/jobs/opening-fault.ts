/* Why a conversation is not open yet, shown at the conversation. */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

/** Keeps the code of the last try; nothing once the conversation is open. */
export async function noteOpeningFault(member: Member, was: ConversationRow, code: string | undefined): Promise<void> {
  const { book, store } = member;
  try {
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      if (row === undefined || row.state !== "opening" || row.fault === code) return;
      const draft = new Draft();
      book.put(draft, { ...row, fault: code });
      await draft.commit(store);
    });
  } catch (error) {
    member.failed(error);
  }
}
