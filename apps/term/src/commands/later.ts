/* `later`: messages that wait on this device for their time. */
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import { printableLine } from "../printable.ts";
import type { Run } from "../run.ts";
import { timeOf } from "../timer-words.ts";
import { dateTimeWords, peopleWords } from "../views.ts";

export async function listLater(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const people = new Map((await client.conversations()).map((view) => [view.id, peopleWords(view)]));
  const all = await client.chats.scheduled();
  for (const { id, conversation, atMs, text, silent } of all) {
    const quietly = silent ? " · silent" : "";
    const words = `${id.slice(0, 8)}  ${dateTimeWords(atMs)}  ${people.get(conversation) ?? conversation}${quietly}: ${printableLine(text)}`;
    run.out.result({ event: "scheduled", scheduled: id, conversation, atMs, text, silent }, words);
  }
  if (all.length === 0) run.out.progress("Nothing waits for its time.");
  return ExitCode.ok;
}

type Opened = Awaited<ReturnType<typeof openJoined>>;

/** The message of an id, or of the beginning of one. @throws TermError `term/unknown-scheduled` */
async function named({ client }: Opened, text: string): Promise<string> {
  const all = await client.chats.scheduled();
  const [only, ...others] = all.filter(({ id }) => id.startsWith(text));
  if (only === undefined || others.length > 0) throw new TermError("term/unknown-scheduled", { scheduled: text });
  return only.id;
}

export async function cancelLater(run: Run, text: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const scheduled = await named(profile, text);
  await profile.client.chats.unschedule(scheduled);
  run.out.result({ event: "unscheduled", scheduled }, "It is not sent.");
  return ExitCode.ok;
}

export async function changeLater(
  run: Run,
  text: string,
  options: { readonly text?: string; readonly at?: string },
): Promise<ExitCode> {
  if (options.text === undefined && options.at === undefined)
    throw new TermError("term/usage", { problem: "Say --text or --at.", command: "later change " });
  const atMs = options.at === undefined ? undefined : timeOf(options.at, Date.now());
  await using profile = await openJoined(run);
  const scheduled = await named(profile, text);
  await profile.client.chats.reschedule(scheduled, {
    ...(options.text === undefined ? {} : { text: options.text }),
    ...(atMs === undefined ? {} : { atMs }),
  });
  const now = (await profile.client.chats.scheduled()).find(({ id }) => id === scheduled);
  run.out.result(
    { event: "rescheduled", scheduled, atMs: now?.atMs ?? null, text: now?.text ?? null },
    now === undefined ? "It has left already." : `It leaves ${dateTimeWords(now.atMs)}: ${printableLine(now.text)}`,
  );
  return ExitCode.ok;
}
