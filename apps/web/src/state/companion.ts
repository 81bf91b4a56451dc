/* What the next message belongs to: the one it answers, or the own one it takes the place of. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { MessageView } from "./client-types.ts";

export interface Companion {
  readonly kind: "reply" | "edit";
  readonly message: MessageView;
  /** what stood in the field before an edit began; it comes back when the edit ends */
  readonly before: string;
}

/** Of the open conversation; undefined for a message of its own. */
export const companion: Signal<Companion | undefined> = signal(undefined);

/** The companion of a conversation's next message. */
export function companionOf(conversation: string): Companion | undefined {
  const now = companion.value;
  return now?.message.conversation === conversation ? now : undefined;
}

/** True once the first screen is drawn and the line is likely quiet: what lies around a conversation may be brought. */
export const isQuiet: Signal<boolean> = signal(false);
