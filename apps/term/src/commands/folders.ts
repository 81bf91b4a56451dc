/* `folders`: folders of chats, by their names. */
import type { Client, FolderView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

/** The folder of a name or id. @throws TermError `term/unknown-folder` */
export async function folderNamed(client: Client, text: string): Promise<FolderView> {
  const all = await client.chats.folders();
  const [found, ...others] = all.filter(({ id, name }) => id === text || name.toLowerCase() === text.toLowerCase());
  if (found === undefined || others.length > 0) throw new TermError("term/unknown-folder", { folder: text });
  return found;
}

export async function listFolders(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const folders = await profile.client.chats.folders();
  for (const { id, name, conversations } of folders) {
    const count = `${conversations.length} chat${conversations.length === 1 ? "" : "s"}`;
    run.out.result({ event: "folder", folder: id, name, conversations }, `${printableLine(name)}  ${count}`);
  }
  if (folders.length === 0) run.out.progress("There are no folders. Make one: ./chapar folders add NAME");
  return ExitCode.ok;
}

export async function addFolder(run: Run, name: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const folder = await profile.client.chats.makeFolder(name);
  run.out.result({ event: "folder-added", folder, name }, `There is a folder ${printableLine(name)} now.`);
  return ExitCode.ok;
}

export async function renameFolder(run: Run, text: string, name: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { id } = await folderNamed(profile.client, text);
  await profile.client.chats.renameFolder(id, name);
  run.out.result({ event: "folder-changed", folder: id, name }, `It is called ${printableLine(name)} now.`);
  return ExitCode.ok;
}

export async function moveFolder(run: Run, text: string, place: string): Promise<ExitCode> {
  const at = Number(place);
  if (!/^\d+$/.test(place) || at < 1)
    throw new TermError("term/usage", { problem: `${place} is no place; the first is 1.`, command: "folders move " });
  await using profile = await openJoined(run);
  const { id } = await folderNamed(profile.client, text);
  await profile.client.chats.moveFolder(id, at - 1);
  const order = (await profile.client.chats.folders()).map(({ name }) => name);
  run.out.result({ event: "folder-order", order }, order.map(printableLine).join(" · "));
  return ExitCode.ok;
}

export async function removeFolder(run: Run, text: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { id, name } = await folderNamed(profile.client, text);
  await profile.client.chats.removeFolder(id);
  run.out.result({ event: "folder-removed", folder: id }, `${printableLine(name)} is gone; its chats are not.`);
  return ExitCode.ok;
}

export async function putInFolder(run: Run, text: string, conversation: string, inside: boolean): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { id, name } = await folderNamed(profile.client, text);
  const chat = await conversationNamed(profile, conversation, 0);
  await profile.client.chats.putInFolder(id, chat.id, inside);
  run.out.result(
    { event: "folder-changed", folder: id, conversation: chat.id, inside },
    `It is ${inside ? "in" : "not in"} ${printableLine(name)} now.`,
  );
  return ExitCode.ok;
}
