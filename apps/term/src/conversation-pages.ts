/* A conversation's messages from a position on, oldest first, a page at a time: positions have no gaps. */
import type { Client, ConversationIdText, MessageView } from "@chapar/client";

const PAGE_MESSAGES = 200;

/** Yields messages from `position` on, as they are now. */
export async function* messagesFrom(
  client: Client,
  id: ConversationIdText,
  position: number,
): AsyncGenerator<MessageView> {
  const [newest] = await client.messages(id, { limit: 1 });
  if (newest === undefined) return;
  for (let from = position; from <= newest.position; from += PAGE_MESSAGES) {
    const page = await client.messages(id, { before: from + PAGE_MESSAGES, limit: PAGE_MESSAGES });
    yield* page.filter((message) => message.position >= from);
  }
}
