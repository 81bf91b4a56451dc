/* What a person does with a message, from wherever it is asked for: menu, hover, swipe, keys. */
import { companion } from "../state/companion.ts";
import type { MessageView } from "../state/client-types.ts";
import { draftOf, keepDraft } from "../state/drafts.ts";
import { engine } from "../state/engine.ts";
import type { Thread } from "../state/thread.ts";
import { notifyProblem } from "../state/toasts.ts";
import { talkSheet } from "../state/viewer.ts";
import { noteEmoji } from "./recent.ts";

/** The reactions that are one press away. */
export const QUICK: readonly string[] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Messages among which arrow up looks for the last own one. */
const EDITABLE = 50;

/** Whether anything can still be done with what a message says. */
export const isLive = ({ deleted, gap, personChange }: MessageView): boolean =>
  deleted === undefined && gap === undefined && personChange === undefined;

/** The field of the open conversation gets the focus. */
function focusField(): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLTextAreaElement>("form textarea");
    field?.focus({ preventScroll: true });
    field?.setSelectionRange(field.value.length, field.value.length);
  });
}

/** Ends an edit or a reply; what stood in the field before an edit comes back. */
export function leaveCompanion(): void {
  const now = companion.peek();
  companion.value = undefined;
  if (now?.kind === "edit") keepDraft(now.message.conversation, now.before);
}

/** The next message answers this one. */
export function reply(message: MessageView): void {
  leaveCompanion();
  companion.value = { kind: "reply", message, before: "" };
  focusField();
}

/** The next message takes the place of this one. */
export function edit(message: MessageView): void {
  leaveCompanion();
  companion.value = { kind: "edit", message, before: draftOf(message.conversation) };
  keepDraft(message.conversation, message.text);
  focusField();
}

/** Reacts, or takes the own reaction back. */
export async function react(message: MessageView, emoji: string): Promise<void> {
  const on = message.reactions?.some((one) => one.emoji === emoji && one.mine) !== true;
  try {
    if (on) noteEmoji(emoji);
    await (await engine()).talk.react(message.id, emoji, on);
  } catch (error) {
    notifyProblem(error, () => void react(message, emoji));
  }
}

/** Pins, or takes the pin away. */
export async function pin(message: MessageView): Promise<void> {
  try {
    await (await engine()).talk.pin(message.id, message.pinned === undefined);
  } catch (error) {
    notifyProblem(error, () => void pin(message));
  }
}

/** Opens one of the sheets about a message. */
export function ask(
  kind: "delete" | "forward" | "emoji" | "people" | "versions" | "votes",
  message: MessageView,
): void {
  talkSheet.value = { kind, message };
}

/** Arrow up in an empty field: the last own message is edited; without one, the last message has the focus. */
export function leaveUp(pane: HTMLElement | null, thread: Thread | undefined): void {
  const count = thread?.count.peek() ?? 0;
  for (let at = count - 1; at >= Math.max(0, count - EDITABLE); at--) {
    const message = thread?.at(at);
    if (message?.mine !== true || message.text === "" || message.state === "refused" || message.poll) continue;
    edit(message);
    return;
  }
  [...(pane?.querySelectorAll<HTMLElement>("article[data-position]") ?? [])].at(-1)?.focus();
}
