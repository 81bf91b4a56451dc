/* What one message has open over the screen: its photo, its receipt, its menu. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { MessageView } from "./client-types.ts";

/** The picture or film being looked at large, if any: a file of a message by its place. */
export const viewed: Signal<{ readonly message: MessageView; readonly file: number } | undefined> = signal(undefined);
/** The message whose receipt is shown, if any. */
export const receiptOf: Signal<MessageView | undefined> = signal(undefined);
/** The message whose menu is open, and the element it stands beside. */
export const menuOf: Signal<{ readonly message: MessageView; readonly anchor: HTMLElement } | undefined> =
  signal(undefined);

/** The sheets about one message that talk/talk-sheets.tsx shows. */
export type TalkSheetName = "delete" | "forward" | "emoji" | "people" | "versions" | "pins" | "votes";

/** The sheet that is open, if any. */
export const talkSheet: Signal<{ readonly kind: TalkSheetName; readonly message: MessageView } | undefined> =
  signal(undefined);

const shownIn = new WeakMap<Element, MessageView>();

/** Keeps which message an element of the list shows. */
export function shows(element: Element | null, message: MessageView): void {
  if (element !== null) shownIn.set(element, message);
}

/** The message that an element of the list shows. */
export const messageOf = (element: Element): MessageView | undefined => shownIn.get(element);

/** Opens the menu of a message, beside an element. */
export function openMessageMenu(message: MessageView, anchor: HTMLElement): void {
  menuOf.value = { message, anchor };
}

/** What the message says that is about to be reported. */
export const reportedText: Signal<string> = signal("");
