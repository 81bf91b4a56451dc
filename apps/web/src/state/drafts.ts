/*
 * What was begun and not sent, per conversation: on the screen at once, kept by the engine, sealed, within half a second.
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
  clearTimeout(waiting.get(conversation));
  waiting.set(
    conversation,
    setTimeout(() => flushDraft(conversation), SAVE_AFTER_MS),
  );
}

function flushDraft(conversation: string): void {
  clearTimeout(waiting.get(conversation));
  waiting.delete(conversation);
  const text = draftOf(conversation);
  const kept = engine().then(({ chats }) => chats.draft(conversation, text));
  kept.catch(() => {
    // Storage refused: the draft stays in memory for this visit; sending does not depend on it.
  });
}

/** Writes what is waiting; called when the page is hidden. */
export function flushDrafts(): void {
  for (const conversation of waiting.keys()) flushDraft(conversation);
}
