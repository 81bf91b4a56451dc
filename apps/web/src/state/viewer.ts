/* The photo being looked at large, if any. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { MessageView } from "./client-types.ts";

export const viewed: Signal<{ readonly url: string; readonly message: MessageView } | undefined> = signal(undefined);
/** The message whose receipt is shown, if any. */
export const receiptOf: Signal<MessageView | undefined> = signal(undefined);
