/*
 * The chat list: every conversation, newest first. Events carry ids; a burst of them (a first sync brings hundreds) is
 * answered by one read, a single one by reading that row only.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { engine, onEngineEvent } from "./engine.ts";
import type { ConversationView } from "./client-types.ts";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";

/** undefined while the engine is still opening: the screen shows neither rows nor "nobody here". */
export const chats: Signal<readonly ConversationView[] | undefined> = signal(undefined);

export const unreadTotal: ReadonlySignal<number> = computed(() =>
  (chats.value ?? []).reduce((sum, chat) => sum + (chat.unread > 0 ? 1 : 0), 0),
);

/** A group's name, or the people's names, as a title; safe to show. */
export function titleOf(chat: Pick<ConversationView, "people" | "title" | "group">): string {
  if (chat.group !== undefined) return plainName(chat.title);
  const names = chat.people.map((person) => plainName(person.name)).filter((name) => name !== "");
  return names.length === 0 ? t("chatNobody") : names.join(t("listComma"));
}

/** A row of the list, if this device has it. */
export function chatOf(id: string | undefined): ConversationView | undefined {
  return id === undefined ? undefined : chats.value?.find((chat) => chat.id === id);
}

function sorted(rows: readonly ConversationView[]): readonly ConversationView[] {
  return rows.toSorted((a, b) => b.atMs - a.atMs || (a.id < b.id ? -1 : 1));
}

const ROW_BY_ROW = 4;
const dirty = new Set<string>();
let isReading = false;

async function readDirty(): Promise<void> {
  const client = await engine();
  while (dirty.size > 0) {
    const ids = [...dirty];
    dirty.clear();
    if (chats.value === undefined || ids.length > ROW_BY_ROW) {
      chats.value = sorted(await client.conversations());
      continue;
    }
    const rows = await Promise.all(ids.map((id) => client.conversation(id)));
    const others = chats.value.filter((chat) => !ids.includes(chat.id));
    chats.value = sorted([...others, ...rows.filter((row) => row !== undefined)]);
  }
}

function refresh(id: string): void {
  dirty.add(id);
  if (isReading) return;
  isReading = true;
  // After the burst: events of one transaction arrive in one task.
  queueMicrotask(() => {
    void readDirty().finally(() => (isReading = false));
  });
}

/** Begins to keep the list equal to the engine's. */
export function followChats(): () => void {
  const stop = onEngineEvent((event) => {
    if (event.type === "conversation" || event.type === "message") refresh(event.conversation);
  });
  void engine()
    .then((client) => client.conversations())
    .then((rows) => (chats.value = sorted(rows)));
  return stop;
}

/** Reads one row now; used when a conversation has just been opened. */
export async function loadChat(id: string): Promise<ConversationView | undefined> {
  const row = await (await engine()).conversation(id);
  if (row !== undefined && chats.value !== undefined)
    chats.value = sorted([...chats.value.filter((chat) => chat.id !== id), row]);
  return row;
}
