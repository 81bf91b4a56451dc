/* Writes an attachment to disk under a name that its sender cannot use to reach another folder or an existing file. */
import { mkdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { safeFileName } from "./printable.ts";

const MOST_NAMESAKES = 10_000;

/** Where the chat saves files: where the person stands. */
export const attachmentFolder = (): string => process.cwd();

/** @returns the path that was written; an existing file of the name is kept and a number is added */
export async function saveAttachment(folder: string, fileName: string, bytes: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = safeFileName(fileName, "attachment");
  const ending = extname(name);
  const stem = ending === "" ? name : name.slice(0, -ending.length);
  for (let count = 1; ; count += 1) {
    const path = join(folder, count === 1 ? name : `${stem} (${count})${ending}`);
    try {
      await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || count >= MOST_NAMESAKES) throw error;
    }
  }
}
