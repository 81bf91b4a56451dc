/* Where an attachment is written: under a name that its sender cannot use to reach another folder or an existing file. */
import { mkdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Client, MessageView } from "@chapar/client";
import { safeFileName } from "./printable.ts";

const MOST_NAMESAKES = 10_000;

/** Where the chat saves files: where the person stands. */
export const attachmentFolder = (): string => process.cwd();

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** @returns a path in the folder that nothing has; an existing file of the name is kept and a number is added */
async function freePath(folder: string, fileName: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = safeFileName(fileName, "attachment");
  const ending = extname(name);
  const stem = ending === "" ? name : name.slice(0, -ending.length);
  for (let count = 1; count < MOST_NAMESAKES; count += 1) {
    const path = join(folder, count === 1 ? name : `${stem} (${count})${ending}`);
    if (!(await isThere(path))) return path;
  }
  throw Object.assign(new Error("too many files of one name"), { code: "EEXIST" });
}

/**
 * Writes one file of a message into a folder; what an earlier run began is gone on with.
 *
 * @returns the path that was written
 */
export async function saveAttachment(
  client: Client,
  message: MessageView,
  file: number,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const name = message.attachments[file]?.fileName ?? "";
  for (;;) {
    const path = await freePath(resolve(folder), name);
    try {
      await client.media.save(message.id, file, path, { signal });
      return path;
    } catch (error) {
      // Somebody else took the name while it was written.
      if ((error as { readonly code?: unknown }).code !== "client/file-exists") throw error;
    }
  }
}
