/* A file of this disk as the own picture: drawn anew, small and square (protocol/5-content.md C-109). */
import { readFile, stat } from "node:fs/promises";
import { MAX_PORTRAIT_BYTES } from "@chapar/client/pictures";
import { TermError } from "../errors.ts";
import { drawAnew } from "./drawing.ts";

const MOST_FILE_BYTES: number = 64 * 1024 * 1024;
const DRAWING = { edgesPx: [192, 128, 96], isSquare: true, mostBytes: MAX_PORTRAIT_BYTES } as const;

/** @throws TermError `term/no-file` · `term/no-picture` */
export async function ownPicture(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MOST_FILE_BYTES) throw new TermError("term/no-picture", { path });
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof TermError) throw error;
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new TermError(
      "term/no-file",
      { path, reason: code === "ENOENT" ? "it is not there" : code },
      { cause: error },
    );
  }
  const drawn = await drawAnew(bytes, DRAWING);
  if (drawn === undefined) throw new TermError("term/no-picture", { path });
  return drawn;
}
