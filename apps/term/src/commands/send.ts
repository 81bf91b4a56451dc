/*
 * `send`: one message. It is in the store of this device before anything else happens; the command then waits for the
 * hub's receipt, which the engine has checked, and prints it. Standard input is sent as it is, to the last line break.
 */
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { outgoingFile } from "../outgoing-file.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { whyRefused } from "../why-refused.ts";
import { standardInput } from "../standard-input.ts";
import { timeOf } from "../timer-words.ts";
import { dateTimeWords, receiptWords } from "../views.ts";
import { withStation } from "../waiting.ts";

interface SendOptions {
  readonly timeout: number;
  readonly file?: string;
  readonly silent?: true;
  readonly at?: string;
  /** id of the message that is answered */
  readonly replyTo?: string;
}

/** The station's definite no to one message, told as ours with the station's code. */
function refused(error: unknown): unknown {
  const { code, detail } = error as { readonly code?: unknown; readonly detail?: unknown };
  if (code !== "client/refused") return error;
  const refusal = typeof detail === "string" ? detail : "no reason given";
  return new TermError("term/message-refused", { refusal, why: whyRefused(refusal) }, { cause: error });
}

export async function send(
  run: Run,
  conversationText: string,
  text: string | undefined,
  options: SendOptions,
): Promise<ExitCode> {
  if (text === undefined && options.file === undefined) {
    throw new TermError("term/usage", {
      problem: "There is nothing to send: give a text or --file.",
      command: "send ",
    });
  }
  // Read before the profile is opened, so that a slow pipe holds nobody up.
  const body = text === "-" ? await standardInput(run) : (text ?? "");
  const attachment = options.file === undefined ? undefined : await outgoingFile(options.file);
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id: conversation } = await conversationNamed(profile, conversationText, options.timeout);
  const silently = options.silent === undefined ? {} : { silent: true as const };
  if (options.at !== undefined) {
    if (attachment !== undefined)
      throw new TermError("term/usage", { problem: "A file cannot wait for a time.", command: "send " });
    const atMs = timeOf(options.at, Date.now());
    const scheduled = await client.chats.schedule(conversation, { text: body, ...silently }, atMs);
    run.out.result(
      { event: "scheduled", scheduled, conversation, atMs, text: body, silent: options.silent === true },
      `It waits on this device and leaves ${dateTimeWords(atMs)}, or at the next start after that.`,
    );
    return ExitCode.ok;
  }
  const message = await client.send(conversation, {
    text: body,
    ...silently,
    ...(attachment === undefined ? {} : { attachment }),
    ...(options.replyTo !== undefined && { replyTo: options.replyTo }),
  });
  const queued = (): void =>
    run.out.result(
      { event: "queued", message: message.id, conversation },
      "Kept on this device; it goes with the next connection.",
    );
  if (options.timeout === 0) {
    queued();
    return ExitCode.ok;
  }
  try {
    const receipt = await withStation(client, { seconds: options.timeout, signal }, (ending) =>
      client.receipt(message.id, { signal: ending }),
    );
    run.out.result({ event: "receipt", ...receipt }, receiptWords(receipt));
    return ExitCode.ok;
  } catch (error) {
    const why = refused(error);
    if (why === error && run.out.json) queued();
    throw why;
  }
}
