/*
 * What the person decided about chats, as the list shows it: read whole after each change, here or on another device. Of a
 * conversation that is open only the block is needed, so that alone is known before the list is drawn.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { ChatView, ConversationView, FolderView } from "../state/client-types.ts";
import { heardDraft } from "../state/drafts.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { blockedChats } from "../state/blocked.ts";
import { notifyProblem } from "../state/toasts.ts";

const DRAFT = "chat/draft/";
/** How far was read: a chat says so itself. */
const READ = "chat/read/";

/** By conversation. */
export const decided: Signal<ReadonlyMap<string, ChatView>> = signal(new Map());
export const folders: Signal<readonly FolderView[]> = signal([]);

/** Reads everything that was decided. */
export async function loadDecided(): Promise<void> {
  const { chats } = await engine();
  const [list, all] = await Promise.all([chats.list(), chats.folders()]);
  decided.value = new Map(list.map((chat) => [chat.id, chat]));
  folders.value = all;
  blockedChats.value = new Set(list.filter(({ blocked }) => blocked).map(({ id }) => id));
}

let isReading = false;
let isStale = false;

async function readAgain(): Promise<void> {
  isStale = true;
  if (isReading) return;
  isReading = true;
  try {
    while (isStale) {
      isStale = false;
      await loadDecided();
    }
  } catch {
    // The engine is closing; the next start reads it all.
  } finally {
    isReading = false;
  }
}

let stop: (() => void) | undefined;

/** Begins to follow; again: nothing. Messages count too: an archived chat comes back with one. */
export function followDecided(): void {
  if (stop !== undefined) return;
  const follow = onEngineEvent((event) => {
    const isDraft = event.type === "own" && event.key.startsWith(DRAFT);
    if (isDraft && event.from === "elsewhere") void heardDraft(event.key.slice(DRAFT.length)).catch(() => {});
    const isRead = event.type === "own" && event.key.startsWith(READ);
    if ((event.type === "own" && !isDraft && !isRead) || (event.type === "message" && event.change === "added"))
      void readAgain();
  });
  stop = () => {
    follow();
    stop = undefined;
  };
  void readAgain();
}

/** Ends following; for tests. */
export function forgetDecided(): void {
  stop?.();
  decided.value = new Map();
  folders.value = [];
}

/** Does something with the engine's chats, and says so when it cannot be done. */
export function decide(what: (chats: Awaited<ReturnType<typeof engine>>["chats"]) => Promise<unknown>): void {
  engine()
    .then(({ chats }) => what(chats))
    .catch((error: unknown) => notifyProblem(error));
}

/** Whether something of a chat waits to be read. */
export function isUnread(chat: ConversationView): boolean {
  return chat.unread > 0 || decided.value.get(chat.id)?.markedUnread === true;
}
