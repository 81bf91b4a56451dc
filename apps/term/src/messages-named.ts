/* A message as a person names it: its id, the beginning of it, or ^1 for the newest, ^2 for the one before. */
import type { Client, ConversationIdText, MessageView } from "@chapar/client";
import { TermError } from "./errors.ts";

const LOOKED_AT = 1_000;
const SHORTEST = 4;

/** Whether a line is a message that something can be done with. */
export const isMessage = ({ gap, personChange, deleted }: MessageView): boolean =>
  gap === undefined && personChange === undefined && deleted === undefined;

/** The nth newest of some messages; `^1` is the newest. */
export function countedBack(messages: readonly MessageView[], text: string): MessageView | undefined {
  const back = /^\^(\d{1,6})$/u.exec(text)?.[1];
  return back === undefined ? undefined : messages.filter(isMessage).at(-Number(back));
}

/** @throws TermError `term/no-message` */
export async function messageNamed(
  client: Client,
  conversation: ConversationIdText,
  text: string,
): Promise<MessageView> {
  const messages = await client.messages(conversation, { limit: LOOKED_AT });
  const counted = countedBack(messages, text);
  if (counted !== undefined) return counted;
  const whole = await client.talk.message(text);
  if (whole?.conversation === conversation) return whole;
  const fitting = text.length < SHORTEST ? [] : messages.filter(({ id }) => id.startsWith(text));
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) throw new TermError("term/no-message", { name: text });
  return only;
}
