/*
 * `save`: the files of a message, by default of the newest one that has any. What an earlier run of the command wrote is checked and gone
 * on with, however it ended. The time limit is for silence: a transfer that moves is waited for.
 */
import type { Client, FileView, MessageView } from "@chapar/client";
import { messagesFrom } from "../conversation-pages.ts";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { saveAttachment } from "../save-attachment.ts";
import { sizeWords } from "../size-words.ts";
import { durationWords, tellTransfers } from "../transfer-words.ts";
import { whileMoving } from "../waiting.ts";

interface SaveOptions {
  readonly timeout: number;
  readonly to: string;
  readonly look?: true;
}

/** The message of an id, or the newest with a file. @throws TermError `term/no-attachment` */
async function wanted(client: Client, conversation: string, id: string | undefined): Promise<MessageView> {
  let found: MessageView | undefined;
  for await (const message of messagesFrom(client, conversation, 0)) {
    if (message.attachments.length > 0 && (id === undefined || message.id === id)) found = message;
  }
  if (found === undefined) throw new TermError("term/no-attachment");
  return found;
}

/** Size and time of what is not here, before anything is fetched (F-95). */
async function tell(client: Client, message: MessageView, say: (file: FileView, words: string) => void): Promise<void> {
  for (const file of await client.media.files(message.id)) {
    const { fileName, sizeBytes, isHere, seconds } = file;
    const time = isHere
      ? "on this device"
      : seconds === undefined
        ? undefined
        : `about ${durationWords(seconds * 1000)}`;
    say(file, [printableLine(fileName), sizeWords(sizeBytes), ...(time === undefined ? [] : [time])].join("  "));
  }
}

export async function save(
  run: Run,
  conversationText: string,
  id: string | undefined,
  options: SaveOptions,
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const { id: conversation } = await conversationNamed(profile, conversationText, options.timeout);
  client.connect();
  const message = await wanted(client, conversation, id);
  if (options.look === true) {
    await tell(client, message, ({ file, fileName, sizeBytes, isHere, seconds }, words) =>
      run.out.result(
        { event: "file", message: message.id, file, fileName, sizeBytes, isHere, seconds: seconds ?? null },
        words,
      ),
    );
    return ExitCode.ok;
  }
  await tell(client, message, (_, words) => run.out.progress(words));
  await whileMoving(options.timeout, signal, async (ending, moved) => {
    const silence = tellTransfers(client, run.out, moved);
    try {
      for (const [file, { fileName, sizeBytes }] of message.attachments.entries()) {
        const savedTo = await saveAttachment(client, message, file, options.to, ending);
        const line = { event: "saved", message: message.id, file, fileName, sizeBytes, savedTo } as const;
        run.out.result(line, `${savedTo}  ${sizeWords(sizeBytes)}`);
      }
    } finally {
      silence();
    }
  });
  return ExitCode.ok;
}
