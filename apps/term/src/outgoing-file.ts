/*
 * A file of this disk as one to send: its path, which is read again when it leaves, its last name, and its media type by ending. A
 * recording is told as one, with what its container says of length and loudness.
 */
import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { OutgoingFile } from "@chapar/client";
import { cleanPicture } from "@chapar/client/pictures";
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

/** Larger pictures go as files. */
const MOST_PICTURE_BYTES: number = 64 * 1024 * 1024;

/**
 * A picture leaves without what it tells beyond its image (protocol/5-content.md C-95), or, where that is impossible, as a file.
 *
 * @throws TermError `term/no-file`
 */
export async function outgoingFile(path: string): Promise<OutgoingFile> {
  const mediaType = mediaTypeOf(path);
  const isPicture = mediaType.startsWith("image/");
  const told = { fileName: basename(path), mediaType };
  try {
    const file = await open(path, "r");
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
      const bytes = isPicture && facts.size <= MOST_PICTURE_BYTES ? await file.readFile() : undefined;
      const clean = bytes && cleanPicture(bytes, mediaType);
      if (clean !== undefined) return { ...told, facts: { kind: "photo" }, from: { bytes: new Uint8Array(clean) } };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw noFile(path, error);
  }
  return { ...told, facts: { kind: "file" }, from: { path: resolve(path) } };
}

/** Whether it is a picture that keeps all that it tells, because nothing could be taken out of it here; whoever sends it is told. */
export const isWholePicture = ({ mediaType, facts }: OutgoingFile): boolean =>
  mediaType.startsWith("image/") && facts?.kind === "file";

/** What is said of such a picture. */
export const WHOLE_PICTURE = "goes as a file, with all that it tells: its metadata could not be taken out.";

/** A recording. @throws TermError `term/no-file` */
export async function outgoingVoice(path: string): Promise<OutgoingFile> {
  const told = await outgoingFile(path);
  const { size } = await stat(path);
  const facts = size > MOST_VOICE_BYTES ? undefined : await oggVoice(path);
  return { ...told, facts: { kind: "voice", ...facts } };
}
