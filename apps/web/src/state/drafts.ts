/*
 * What was begun and not sent, per conversation: on the screen at once, kept by the engine, sealed, within half a second. What has left the field and
 * is not a message on the disk yet is part of it there: a tab may end at any moment.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { engine } from "./engine.ts";

const SAVE_AFTER_MS = 400;

/** Drafts as shown in the chat list; loaded once at start. */
export const drafts: Signal<ReadonlyMap<string, string>> = signal(new Map());

/** Loads what was kept; what is being typed already stays. */
export async function loadDrafts(): Promise<void> {
  const list = await (await engine()).chats.list();
  const kept = list.flatMap(({ id, draft }): (readonly [string, string])[] =>
    draft === undefined ? [] : [[id, draft]],
  );
  drafts.value = new Map([...kept, ...drafts.peek()]);
}

/** A draft was changed on another device; what is being typed here stays. */
export async function heardDraft(conversation: string): Promise<void> {
  if (waiting.has(conversation)) return;
  const list = await (await engine()).chats.list();
  const draft = list.find(({ id }) => id === conversation)?.draft;
  const next = new Map(drafts.peek());
  if (draft === undefined) next.delete(conversation);
  else next.set(conversation, draft);
  drafts.value = next;
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();
/** texts that left the field and are not kept as messages yet */
const leaving = new Map<string, readonly string[]>();

/** Keeps a text in the draft on the disk, and not on the screen, until what is done with it is done. */
export async function keptUntil<T>(conversation: string, text: string, done: Promise<T>): Promise<T> {
  leaving.set(conversation, [...(leaving.get(conversation) ?? []), text]);
  try {
    return await done;
  } finally {
    const left = leaving.get(conversation)?.slice() ?? [];
    left.splice(left.indexOf(text), 1);
    leaving.set(conversation, left);
    flushSoon(conversation);
  }
}

/** The draft of a conversation, as it stands. */
export function draftOf(conversation: string): string {
  return drafts.peek().get(conversation) ?? "";
}

/** Remembers a draft; an empty one is forgotten. The list follows at once, the store within half a second. */
export function keepDraft(conversation: string, text: string): void {
  if (draftOf(conversation) === text) return;
  const next = new Map(drafts.peek());
  if (text.trim() === "") next.delete(conversation);
  else next.set(conversation, text);
  drafts.value = next;
  flushSoon(conversation);
}

function flushSoon(conversation: string): void {
  clearTimeout(waiting.get(conversation));
  waiting.set(
    conversation,
    setTimeout(() => flushDraft(conversation), SAVE_AFTER_MS),
  );
}

function flushDraft(conversation: string): void {
  clearTimeout(waiting.get(conversation));
  waiting.delete(conversation);
  const parts = [...(leaving.get(conversation) ?? []), draftOf(conversation)];
  const text = parts.filter((part) => part !== "").join("\n");
  const kept = engine().then(({ chats }) => chats.draft(conversation, text));
  kept.catch(() => {
    // Storage refused: the draft stays in memory for this visit; sending does not depend on it.
  });
}

/** Writes what is waiting; called when the page is hidden. */
export function flushDrafts(): void {
  for (const conversation of waiting.keys()) flushDraft(conversation);
}
