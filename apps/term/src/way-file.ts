/*
 * Files of an invite and ways, on this disk (`.chapar`). Wherever a command takes an invite it takes the path of such a file too, so that
 * nobody has to copy a link out of one.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import type { Client } from "@chapar/client";
import { isWayFile, MAX_WAY_FILE_CHARS } from "@chapar/e2e";
import { TermError } from "./errors.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  EEXIST: "it is there already",
};

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
  return WORDS[code] ?? code;
};

/** Whether text can be a path rather than an invite: links have a fragment and URIs a scheme, and neither ends so. */
export const isFilePath = (text: string): boolean => /\.(?:chapar|txt)$/i.test(text) && !/[#\n]/.test(text);

/** The text of a file. @throws TermError `term/no-file` when it cannot be read or is far too large */
export async function readWayText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > 4 * MAX_WAY_FILE_CHARS)
      throw new TermError("term/no-file", { path, reason: "too large" });
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof TermError) throw error;
    throw new TermError("term/no-file", { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** What an argument stands for: the text of an invite, and of the file it came in, if one did. */
export interface GivenInvite {
  readonly invite: string;
  readonly file: string | undefined;
}

/** An invite as it was given on a command line: itself, or the path of a file. @throws TermError `term/no-file` · ClientError */
export async function givenInvite(client: Pick<Client, "ways">, text: string): Promise<GivenInvite> {
  if (!isFilePath(text)) return { invite: text, file: undefined };
  const file = await readWayText(text);
  if (!isWayFile(file)) return { invite: file.trim(), file: undefined };
  return { invite: (await client.ways.readFile(file)).invite, file };
}

/** Writes a new file. @throws TermError `term/cannot-write` also when there is one of that name */
export async function writeWayFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new TermError("term/cannot-write", { path, reason: reasonOf(error) }, { cause: error });
  }
}
