/*
 * 200 chats, one of 100,000 messages that are made when they are asked for: what the screens cost, without the engine's own memory.
 */
import type { MessageView } from "../state/client-types.ts";
import type { MemoryClient } from "./memory-client.ts";

const CHATS = 200;
const MESSAGES = 100_000;
const APART_MS = 600_000;
const WORDS = ["نامه", "letter", "письмо", "路", "می‌خواهم", "tomorrow", "۱۴۰۵", "water", "در راه است", "مرحبا"];

function textAt(position: number): string {
  const count = 1 + ((position * 7) % 23);
  return Array.from({ length: count }, (_, at) => WORDS[(position * 3 + at * 5) % WORDS.length]).join(" ");
}

/** Fills an engine. */
export function fillHuge(client: MemoryClient): void {
  client.become("Dara");
  const nowMs = Date.now();
  for (let chat = 1; chat < CHATS; chat += 1) {
    const id = client.addRoom({ identity: `person${chat}`, name: `Person ${chat}`, home: undefined });
    client.addMessage(id, { text: textAt(chat), atMs: nowMs - chat * APART_MS });
  }
  const id = client.addRoom({ identity: "archive", name: "Archive", home: undefined });
  const like: MessageView = client.addMessage(id, { text: textAt(MESSAGES - 1), atMs: nowMs });
  const others = client.messages.bind(client);
  client.messages = async (room, page) => {
    if (room !== id) return await others(room, page);
    const end = Math.min(page.before ?? MESSAGES, MESSAGES);
    return Array.from({ length: Math.min(page.limit, end) }, (_, at): MessageView => {
      const position = end - Math.min(page.limit, end) + at;
      const mine = position % 3 === 0;
      const atMs = nowMs - (MESSAGES - position) * APART_MS;
      const state = mine ? "at-station" : "received";
      return {
        ...like,
        id: `m${position}`,
        position,
        mine,
        state,
        text: textAt(position),
        writtenAtMs: atMs,
        arrivedAtMs: atMs,
      };
    });
  };
}
