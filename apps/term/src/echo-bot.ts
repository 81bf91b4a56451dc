/* A bot that says back what it is told: the least there is to write with when nobody else is there yet. */
import type { Client, ConversationIdText } from "@chapar/client";
import { messagesFrom } from "./conversation-pages.ts";

/** Answers every message once, in order, until the signal ends it. */
export function runEchoBot(client: Client, signal: AbortSignal): () => void {
  const answeredTo = new Map<ConversationIdText, number>();
  let work = Promise.resolve();
  const answer = async (id: ConversationIdText): Promise<void> => {
    let next = answeredTo.get(id) ?? 0;
    for await (const message of messagesFrom(client, id, next)) {
      if (signal.aborted) return;
      if (!message.mine) await client.send(id, { text: message.text === "" ? "✓" : message.text });
      next = Math.max(next, message.position + 1);
      answeredTo.set(id, next);
    }
  };
  return client.subscribe((event) => {
    if (event.type !== "message" || event.change !== "added") return;
    // What a failed answer was meant for is met again with the next message.
    work = work.then(() => answer(event.conversation)).catch(() => undefined);
  });
}
