/*
 * Attachments as the screen uses them: an object URL per message, made when it is looked at, kept for the few most
 * recent, revoked when they fall out.
 */
import { isPicture } from "../format/media.ts";
import { engine } from "./engine.ts";

const KEPT = 24;
const LOAD_LIMIT_MS = 60_000;
const urls = new Map<string, Promise<string>>();

async function make(message: string, mediaType: string): Promise<string> {
  const client = await engine();
  const bytes = await client.attachment(message, { signal: AbortSignal.timeout(LOAD_LIMIT_MS) });
  const type = isPicture(mediaType) ? mediaType : "application/octet-stream";
  return URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
}

/** The object URL of a message's attachment, fetched when it is not here. */
export function attachmentUrl(message: string, mediaType: string): Promise<string> {
  const held = urls.get(message);
  if (held !== undefined) {
    urls.delete(message);
    urls.set(message, held);
    return held;
  }
  const made = make(message, mediaType);
  urls.set(message, made);
  made.catch(() => urls.delete(message));
  for (const [oldest, url] of urls) {
    if (urls.size <= KEPT) break;
    urls.delete(oldest);
    void url.then((text) => URL.revokeObjectURL(text)).catch(() => {});
  }
  return made;
}

/** Saves a URL's content under a name, through the browser's own download. */
export function saveAs(url: string, fileName: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
}
