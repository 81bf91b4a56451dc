/*
 * What is done with messages: answering, correcting, deleting, reacting, pinning, sending on. Each holds on this device at once and
 * leaves as any message does; with --timeout the command waits until everything that waits has left.
 */
import type { Client, MessageView, TellingView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { messageNamed } from "../messages-named.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { messageLine, messageWords, numbered } from "../views.ts";
import { withStation } from "../waiting.ts";
import { send } from "./send.ts";

/** How long to wait. */
export interface Waiting {
  readonly timeout: number;
}

/** Does something with one message, prints it as it is then, and waits until it has left. */
export async function withMessage(
  run: Run,
  conversationText: string,
  messageText: string,
  { timeout }: Waiting,
  work: (client: Client, message: MessageView) => Promise<string | undefined>,
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id } = await conversationNamed(profile, conversationText, timeout);
  const found = await messageNamed(client, id, messageText);
  const shown = (await work(client, found)) ?? found.id;
  const message = await client.talk.message(shown);
  if (message !== undefined) run.out.result(messageLine(message, []), messageWords(message, []));
  // What was on its way and never left leaves no message behind.
  else run.out.result({ event: "erased", message: shown, conversation: id }, "It had not left, and is gone.");
  if (timeout > 0) await withStation(client, { seconds: timeout, signal }, (on) => client.settled({ signal: on }));
  return ExitCode.ok;
}

/** Answers a message. */
export async function reply(
  run: Run,
  conversation: string,
  message: string,
  text: string,
  options: Waiting,
): Promise<ExitCode> {
  let replyTo = "";
  {
    await using profile = await openJoined(run);
    const { id } = await conversationNamed(profile, conversation, options.timeout);
    replyTo = (await messageNamed(profile.client, id, message)).id;
  }
  return send(run, conversation, text, { ...options, replyTo });
}

export function edit(
  run: Run,
  conversation: string,
  message: string,
  text: string,
  options: Waiting,
): Promise<ExitCode> {
  return withMessage(run, conversation, message, options, async (client, { id }) => {
    await client.talk.edit(id, { text });
    return id;
  });
}

export function erase(
  run: Run,
  conversation: string,
  message: string,
  options: Waiting & { readonly forMe?: boolean },
): Promise<ExitCode> {
  return withMessage(run, conversation, message, options, async (client, { id }) => {
    await client.talk.erase(id, options.forMe === true ? "me" : "all");
    return id;
  });
}

export function react(
  run: Run,
  conversation: string,
  message: string,
  emoji: string,
  options: Waiting & { readonly off?: boolean },
): Promise<ExitCode> {
  return withMessage(run, conversation, message, options, async (client, { id }) => {
    await client.talk.react(id, emoji, options.off !== true);
    return id;
  });
}

export function forward(
  run: Run,
  conversation: string,
  message: string,
  to: string,
  options: Waiting,
): Promise<ExitCode> {
  return withMessage(run, conversation, message, options, async (client, { id }) => {
    const found = (await client.conversations()).filter((one) => one.id.startsWith(to));
    const [only] = found;
    if (only === undefined || found.length > 1) throw new TermError("term/unknown-conversation", { conversation: to });
    return (await client.talk.forward(id, only.id)).id;
  });
}

/** Pins or unpins, or prints what is pinned, the newest first. */
export async function pins(
  run: Run,
  conversation: string,
  options: Waiting & { readonly add?: string; readonly remove?: string },
): Promise<ExitCode> {
  const { timeout, add, remove } = options;
  const changed = add ?? remove;
  if (changed !== undefined)
    return withMessage(run, conversation, changed, options, async (client, { id }) => {
      await client.talk.pin(id, add !== undefined);
      return id;
    });
  await using profile = await openJoined(run);
  const { id } = await conversationNamed(profile, conversation, timeout);
  for (const message of await profile.client.talk.pins(id))
    run.out.result(messageLine(message, []), messageWords(message, []));
  return ExitCode.ok;
}

/** Prints what a message said, oldest first. */
export async function versions(
  run: Run,
  conversation: string,
  message: string,
  { timeout }: Waiting,
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const { id } = await conversationNamed(profile, conversation, timeout);
  const found = await messageNamed(client, id, message);
  for (const [at, { text, atMs }] of (await client.talk.versions(found.id)).entries())
    run.out.result({ event: "version", message: found.id, number: at + 1, text, atMs }, numbered(at + 1, text, atMs));
  return ExitCode.ok;
}

/** Says or changes what this person's devices tell others by themselves. */
export async function telling(
  run: Run,
  options: { readonly [What in keyof TellingView]?: "on" | "off" },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { talk } = profile.client;
  const { delivered, read, typing } = options;
  if ((delivered ?? read ?? typing) !== undefined) {
    await talk.setTelling({
      ...(delivered !== undefined && { delivered: delivered === "on" }),
      ...(read !== undefined && { read: read === "on" }),
      ...(typing !== undefined && { typing: typing === "on" }),
    });
  }
  const now = await talk.telling();
  const word = (is: boolean): string => (is ? "told" : "not told");
  run.out.result(
    { event: "telling", ...now },
    `That messages are here: ${word(now.delivered)}. That they were read: ${word(now.read)}. That you are typing: ${word(now.typing)}.`,
  );
  return ExitCode.ok;
}
