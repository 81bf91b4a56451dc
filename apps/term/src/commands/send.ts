/*
 * `send`: one message. It is in the store of this device before anything else happens; the command then waits for the
 * hub's receipt, which the engine has checked, and prints it. Standard input is sent as it is, to the last line break.
 */
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { isWholePicture, outgoingFile, outgoingVoice, WHOLE_PICTURE } from "../outgoing-file.ts";
import { printableLine } from "../printable.ts";
import { allInQuality, type Quality } from "../picture/quality.ts";
import { previewFor } from "../preview/wish.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { whyRefused } from "../why-refused.ts";
import { standardInput } from "../standard-input.ts";
import { timeOf } from "../timer-words.ts";
import { tellTransfers } from "../transfer-words.ts";
import { dateTimeWords, receiptWords } from "../views.ts";
import { withStation } from "../waiting.ts";

interface SendOptions {
  readonly timeout: number;
  readonly silent?: true;
  readonly at?: string;
  /** id of the message that is answered */
  readonly replyTo?: string;
  readonly file?: readonly string[];
  readonly voice?: string;
  /** of photos; undefined: original */
  readonly quality?: Quality;
  /** id of the topic that it is written in */
  readonly topic?: string;
  /** with a preview of its first link; undefined: as the setting says */
  readonly preview?: boolean;
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
  const paths = options.file ?? [];
  if (text === undefined && paths.length === 0 && options.voice === undefined) {
    throw new TermError("term/usage", {
      problem: "There is nothing to send: give a text, --file or --voice.",
      command: "send ",
    });
  }
  // Read before the profile is opened, so that a slow pipe holds nobody up.
  const body = text === "-" ? await standardInput(run) : (text ?? "");
  const voices = options.voice === undefined ? [] : [await outgoingVoice(options.voice)];
  const chosen = await Promise.all(paths.map(outgoingFile));
  const files = [...(await allInQuality(chosen, options.quality ?? "original", run.out)), ...voices];
  for (const { fileName } of files.filter(isWholePicture))
    run.out.result({ event: "sent-whole", fileName }, `${printableLine(fileName)} ${WHOLE_PICTURE}`);
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id: conversation } = await conversationNamed(profile, conversationText, options.timeout);
  const silently = options.silent === undefined ? {} : { silent: true as const };
  if (options.at !== undefined) {
    if (files.length > 0)
      throw new TermError("term/usage", { problem: "A file cannot wait for a time.", command: "send " });
    if (options.preview === true)
      throw new TermError("term/usage", { problem: "A preview cannot wait for a time.", command: "send " });
    const atMs = timeOf(options.at, Date.now());
    const scheduled = await client.chats.schedule(conversation, { text: body, ...silently }, atMs);
    run.out.result(
      { event: "scheduled", scheduled, conversation, atMs, text: body, silent: options.silent === true },
      `It waits on this device and leaves ${dateTimeWords(atMs)}, or at the next start after that.`,
    );
    return ExitCode.ok;
  }
  const preview = await previewFor(run, client, body, options.preview);
  const said = {
    text: body,
    ...(preview && { preview }),
    ...silently,
    ...(options.replyTo !== undefined && { replyTo: options.replyTo }),
    ...(options.topic !== undefined && { topic: options.topic }),
  };
  const message =
    files.length === 0
      ? await client.send(conversation, said)
      : await client.media.send(conversation, { ...said, files }, { signal });
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
    const limits = { seconds: options.timeout, signal };
    const receipt = await withStation(client, limits, async (ending, moved) => {
      const silence = files.length === 0 ? undefined : tellTransfers(client, run.out, moved);
      try {
        return await client.receipt(message.id, { signal: ending });
      } finally {
        silence?.();
      }
    });
    run.out.result({ event: "receipt", ...receipt }, receiptWords(receipt));
    return ExitCode.ok;
  } catch (error) {
    const why = refused(error);
    if (why === error && run.out.json) queued();
    throw why;
  }
}
