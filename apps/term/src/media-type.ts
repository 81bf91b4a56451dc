/* Media types of the files people send, by ending. What is not listed travels as plain bytes: the reader's system knows it. */
import { extname } from "node:path";

const BY_ENDING: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".gif": "image/gif",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".md": "text/markdown",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".ogg": "audio/ogg",
  ".opus": "audio/ogg",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".txt": "text/plain",
  ".webm": "video/webm",
  ".webp": "image/webp",
  ".zip": "application/zip",
};

/** The media type of a file by its name. */
export const mediaTypeOf = (path: string): string =>
  BY_ENDING[extname(path).toLowerCase()] ?? "application/octet-stream";
