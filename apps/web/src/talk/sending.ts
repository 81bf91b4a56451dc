/* What the next message is sent with, by what stands over the field and in it. */
import type { OutgoingMention, PersonView } from "../state/client-types.ts";
import type { Companion } from "../state/companion.ts";
import { keepDraft } from "../state/drafts.ts";
import { engine } from "../state/engine.ts";
import { mentionsIn } from "./mention-text.ts";

/** The new version of an own message; what stood in the field before comes back. */
export async function sendEdit(of: Companion, text: string, people: readonly PersonView[]): Promise<void> {
  const { message, before } = of;
  keepDraft(message.conversation, before);
  if (text === message.text) return;
  await (await engine()).talk.edit(message.id, { text, mentions: mentionsIn(text, people) });
}

/** Options of a message. */
export function optionsOf(
  of: Companion | undefined,
  text: string,
  people: readonly PersonView[],
): { readonly replyTo?: string; readonly mentions?: readonly OutgoingMention[] } {
  const mentions = mentionsIn(text, people);
  return {
    ...(of?.kind === "reply" && { replyTo: of.message.id }),
    ...(mentions.length > 0 && { mentions }),
  };
}
