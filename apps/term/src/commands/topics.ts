/* Topics: which there are in a conversation, what was written in one, and writing in it (protocol/5-content.md §10). */
import type { MessageView } from "@chapar/client";
import { ExitCode } from "../exit-code.ts";
import { messageNamed } from "../messages-named.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { topicWords } from "../talk-words.ts";
import { messageLine, messageWords } from "../views.ts";
import { send } from "./send.ts";
import type { Waiting } from "./talk.ts";

/** Messages of a topic that are printed. */
const SHOWN = 200;

/** The topic that a message is in, else the one that it begins. */
export const topicOf = ({ id, topic }: MessageView): string => topic?.id ?? id;

/** Prints the topics of a conversation. */
export async function topics(run: Run, conversation: string, { timeout }: Waiting): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { id } = await conversationNamed(profile, conversation, timeout);
  for (const topic of await profile.client.talk.topics(id)) {
    const unread = topic.unread === 0 ? "" : `, ${topic.unread} unread`;
    const words = `${topicWords(topic)} · ${topic.lines} ${topic.lines === 1 ? "message" : "messages"}${unread}`;
    run.out.result({ event: "topic", conversation: id, ...topic }, words);
  }
  return ExitCode.ok;
}

/** Prints what was written in a topic, with the message it begins with; or writes in it. */
export async function topic(
  run: Run,
  conversation: string,
  { message, text }: { readonly message: string; readonly text: string | undefined },
  options: Waiting,
): Promise<ExitCode> {
  let named = "";
  {
    await using profile = await openJoined(run);
    const { client } = profile;
    const { id } = await conversationNamed(profile, conversation, options.timeout);
    named = topicOf(await messageNamed(client, id, message));
    if (text === undefined) {
      const { root, lines } = await client.talk.topic(id, named, { limit: SHOWN });
      for (const line of [...(root === undefined ? [] : [root]), ...lines])
        run.out.result(messageLine(line, []), messageWords(line, []));
      return ExitCode.ok;
    }
  }
  return send(run, conversation, text, { ...options, topic: named });
}
