/*
 * What was begun and not sent, per conversation: on the screen at once, sealed at rest within half a second (the vault is
 * loaded with the first letter typed, not before).
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

const SAVE_AFTER_MS = 400;

/** Drafts as shown in the chat list; loaded once at start. */
export const drafts: Signal<ReadonlyMap<string, string>> = signal(new Map());

/** Loads what was kept; what is being typed already stays. */
export async function loadDrafts(): Promise<void> {
  const { openDrafts } = await import("./draft-vault.ts");
  drafts.value = new Map([...(await openDrafts()), ...drafts.peek()]);
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
  const kept = import("./draft-vault.ts").then(({ saveDraft }) => saveDraft(conversation, text));
  kept.catch(() => {
    // Storage refused: the draft stays in memory for this visit; sending does not depend on it.
  });
}

/** Writes what is waiting; called when the page is hidden. */
export function flushDrafts(): void {
  for (const conversation of waiting.keys()) flushDraft(conversation);
}
