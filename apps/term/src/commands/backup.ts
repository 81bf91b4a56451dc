/*
 * `backup`, `restore` and `export`: what brings a person back when every device is gone, and what they can read without any. Recovery words come on
 * standard input, so that no list of processes and no history of a shell has them.
 */
import type { Client } from "@chapar/client";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined, openProfile } from "../profile.ts";
import type { Run } from "../run.ts";
import { standardInput } from "../standard-input.ts";
import { stationWords } from "../views.ts";
import { givenInvite } from "../way-file.ts";
import { withStation } from "../waiting.ts";

const MEBIBYTE = 1024 * 1024;
/** Only the person reads what is exported. */
const PRIVATE = 0o600;

interface Waits {
  readonly timeout: number;
}

/** Makes a backup at the home, or one as a file. */
export async function makeBackup(run: Run, path: string | undefined, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  if (path === undefined) {
    const state = await withStation(client, { seconds: options.timeout, signal }, async (ending) => {
      await client.settled({ signal: ending });
      return client.devices.backup({ signal: ending });
    });
    run.out.result(
      { event: "backed-up", madeAtMs: state.madeAtMs ?? null },
      "Backed up at your station. Your recovery words open it, and nothing else does.",
    );
    return ExitCode.ok;
  }
  const bytes = await client.devices.backupFile();
  await writeFile(path, bytes, { flag: "wx", mode: PRIVATE });
  run.out.result(
    { event: "backup-file", path, sizeBytes: bytes.byteLength },
    `${path} holds a backup (${(bytes.byteLength / MEBIBYTE).toFixed(1)} MiB). Your recovery words open it, and nothing else does.`,
  );
  return ExitCode.ok;
}

/** Prints the recovery words; when they were written down, they may leave the device. */
export async function showWords(run: Run, options: { readonly written?: true }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  if (options.written === true) {
    await client.devices.forgetWords();
    run.out.result(
      { event: "words-forgotten" },
      "The words are gone from this device. What you wrote down is all there is.",
    );
    return ExitCode.ok;
  }
  const words = (await client.recoveryWords()).join(" ");
  if (words === "") throw new TermError("term/no-words");
  run.out.progress(
    "Write these down, on paper. They bring everything back, and nothing else does; lost words are lost for good.",
  );
  run.out.result({ event: "words", words }, words);
  return ExitCode.ok;
}

/** Opens all of a backup file with the words. */
export async function verifyBackup(run: Run, path: string): Promise<ExitCode> {
  const words = await standardInput(run);
  await using profile = await openProfile(run);
  const view = await profile.client.devices.verifyBackup(await readFile(path), words);
  run.out.result(
    { event: "backup-verified", ...view },
    `The backup of ${printableLine(view.name)}: ${view.conversations} conversations, ${view.messages} messages, ${view.contacts} people. All of it opens.`,
  );
  return ExitCode.ok;
}

/** What a station took with it, as far as this device can say. */
async function whatIsLost(client: Client): Promise<string> {
  const gone =
    "Files that lay at a station that is gone, and messages after the backup that nobody you write with has, are lost.";
  return (await client.conversations()).length === 0
    ? "Nothing said who your contacts are: no chat came back. Give people a new invite; those you wrote with see where you live now."
    : `Your other devices are revoked; the people you write with let this one in as they come. ${gone}`;
}

/** A new device out of the words. */
export async function restore(
  run: Run,
  invite: string | undefined,
  options: Waits & { readonly file?: string; readonly name?: string; readonly to?: string },
): Promise<ExitCode> {
  const words = await standardInput(run);
  await using profile = await openProfile(run);
  const { client, signal } = profile;
  const given = invite === undefined ? undefined : await givenInvite(client, invite);
  const to = options.to === undefined ? undefined : await givenInvite(client, options.to);
  const file = options.file === undefined ? undefined : new Uint8Array(await readFile(options.file));
  const from = {
    words,
    device: options.name ?? hostname(),
    ...(given === undefined ? {} : { invite: given.invite }),
    ...(file === undefined ? {} : { file }),
    ...(to === undefined ? {} : { to: to.invite }),
  };
  run.out.progress("Bringing everything back ...");
  const me = await withStation(client, { seconds: options.timeout, signal }, (ending) =>
    client.devices.restore(from, { signal: ending }),
  );
  const { identity, device, name, home } = me;
  run.out.result(
    { event: "restored", identity, device, name, home },
    to === undefined
      ? `You are ${printableLine(name)} at ${stationWords(home)} again. Your other devices are revoked; the people you write with let this one in as they come.`
      : `You are ${printableLine(name)}, and live at ${stationWords(home)} now. ${await whatIsLost(client)}`,
  );
  return ExitCode.ok;
}

const WORDS = { title: "Chat", exportedAt: "Exported", missing: "Messages are missing here", file: "File" } as const;

/** Chats to read, into a folder. */
export async function exportChats(
  run: Run,
  folder: string,
  options: Waits & { readonly chat?: string; readonly language: string },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const chat = options.chat === undefined ? undefined : await conversationNamed(profile, options.chat, 0);
  const { language } = options;
  const direction = /^(?:ar|fa|he|ur|ps|ckb|dv|yi|ug)\b/i.test(language) ? "rtl" : "ltr";
  const files = await client.devices.exportChats({
    language,
    direction,
    words: WORDS,
    ...(chat === undefined ? {} : { conversation: chat.id }),
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes, { flag: "wx", mode: PRIVATE });
  const names = files.map(({ name }) => name);
  run.out.result(
    { event: "exported", folder, files: names },
    `${names.length / 2} chats are in ${folder}, to read in any browser.`,
  );
  return ExitCode.ok;
}
