/* A file of this disk as an attachment: its bytes, its last name, and its media type by ending. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { OutgoingAttachment } from "@chapar/client";
import { TermError } from "./errors.ts";
import { mediaTypeOf } from "./media-type.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

/** @throws TermError `term/no-file` */
export async function outgoingFile(path: string): Promise<OutgoingAttachment> {
  try {
    const bytes = await readFile(path);
    return { fileName: basename(path), mediaType: mediaTypeOf(path), bytes: new Uint8Array(bytes) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new TermError("term/no-file", { path, reason: WORDS[code] ?? code }, { cause: error });
  }
}
