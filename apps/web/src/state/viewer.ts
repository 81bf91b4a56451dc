/* What one message has open over the screen: its photo, its receipt, its menu. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { MessageView } from "./client-types.ts";

/** The photo being looked at large, if any. */
export const viewed: Signal<{ readonly url: string; readonly message: MessageView } | undefined> = signal(undefined);
/** The message whose receipt is shown, if any. */
export const receiptOf: Signal<MessageView | undefined> = signal(undefined);
/** The message whose menu is open, and the element it stands beside. */
export const menuOf: Signal<{ readonly message: MessageView; readonly anchor: HTMLElement } | undefined> =
  signal(undefined);

/** Opens the menu of a message, beside an element. */
export function openMessageMenu(message: MessageView, anchor: HTMLElement): void {
  menuOf.value = { message, anchor };
}

/** What the message says that is about to be reported. */
export const reportedText: Signal<string> = signal("");
