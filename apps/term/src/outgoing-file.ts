/*
 * A file of this disk as one to send: its path, which is read again when it leaves, its last name, and its media type by ending. A
 * recording is told as one, with what its container says of length and loudness.
 */
import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { MediaFacts, OutgoingFile } from "@chapar/client";
import { TermError } from "./errors.ts";
import { mediaTypeOf } from "./media-type.ts";
import { oggVoice } from "./ogg-voice.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};
/** Recordings above this are sent without their loudness. */
const MOST_VOICE_BYTES: number = 16 * 1024 * 1024;

function noFile(path: string, error: unknown): TermError {
  const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
  return new TermError("term/no-file", { path, reason: WORDS[code] ?? code }, { cause: error });
}

/** @throws TermError `term/no-file` */
export async function outgoingFile(path: string): Promise<OutgoingFile> {
  try {
    const file = await open(path, "r");
    try {
      if (!(await file.stat()).isFile()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    } finally {
      await file.close();
    }
  } catch (error) {
    throw noFile(path, error);
  }
  const mediaType = mediaTypeOf(path);
  // What is no picture after all is shown as a file by whoever opens it (C-94).
  const facts: MediaFacts = { kind: mediaType.startsWith("image/") ? "photo" : "file" };
  return { fileName: basename(path), mediaType, facts, from: { path: resolve(path) } };
}

/** A recording. @throws TermError `term/no-file` */
export async function outgoingVoice(path: string): Promise<OutgoingFile> {
  const told = await outgoingFile(path);
  const { size } = await stat(path);
  const facts = size > MOST_VOICE_BYTES ? undefined : await oggVoice(path);
  return { ...told, facts: { kind: "voice", ...facts } };
}
