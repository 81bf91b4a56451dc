/* Polls: asking everyone in a conversation, voting, closing (protocol/5-content.md §8). */
import { ExitCode } from "../exit-code.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { messageLine, messageWords } from "../views.ts";
import { withStation } from "../waiting.ts";
import { type Waiting, withMessage } from "./talk.ts";

/** Asks, and prints the poll. */
export async function poll(
  run: Run,
  conversation: string,
  asked: { readonly question: string; readonly options: readonly string[] },
  { timeout, multiple }: Waiting & { readonly multiple?: boolean },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id } = await conversationNamed(profile, conversation, timeout);
  const message = await client.talk.poll(id, { ...asked, multiple: multiple === true });
  run.out.result(messageLine(message, []), messageWords(message, []));
  if (timeout > 0) await withStation(client, { seconds: timeout, signal }, (on) => client.settled({ signal: on }));
  return ExitCode.ok;
}

/** Numbers from 1, as people say them, as indices; what is no number is none that a poll takes. */
export function choicesOf(options: readonly string[]): readonly number[] {
  return options.map((text) => (/^[0-9]{1,2}$/u.test(text) ? Number(text) - 1 : -1));
}

export function vote(
  run: Run,
  conversation: string,
  message: string,
  options: readonly string[],
  waiting: Waiting,
): Promise<ExitCode> {
  return withMessage(run, conversation, message, waiting, async (client, { id }) => {
    await client.talk.vote(id, choicesOf(options));
    return id;
  });
}

export function closePoll(run: Run, conversation: string, message: string, waiting: Waiting): Promise<ExitCode> {
  return withMessage(run, conversation, message, waiting, async (client, { id }) => {
    await client.talk.closePoll(id);
    return id;
  });
}
