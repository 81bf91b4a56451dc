/*
 * `ask`: asks the people of a conversation for what is missing in it, and says what each missing line means. What they give
 * takes the place of those lines whenever it comes, so the command does not wait for it.
 */
import { messagesFrom } from "../conversation-pages.ts";
import { ExitCode } from "../exit-code.ts";
import { gapMeaning, isAskable } from "../note-words.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { withStation } from "../waiting.ts";

export async function ask(
  run: Run,
  conversationText: string,
  options: { readonly timeout: number },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id } = await conversationNamed(profile, conversationText, options.timeout);
  const meanings = new Set<string>();
  let lines = 0;
  for await (const message of messagesFrom(client, id, 0)) {
    if (!isAskable(message)) continue;
    lines += 1;
    meanings.add(gapMeaning(message) ?? "");
  }
  // Also without a line: what is owed and not read past yet has none.
  await client.askMembers(id);
  if (options.timeout > 0) {
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
  }
  const asked =
    options.timeout > 0
      ? "The others were asked. What they give back stands in its place when you read again."
      : "Kept on this device; the others are asked with the next connection.";
  run.out.result({ event: "asked", conversation: id, lines }, [...meanings, asked].join("\n"));
  return ExitCode.ok;
}
