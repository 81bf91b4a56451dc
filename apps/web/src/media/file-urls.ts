/*
 * Files as the screen uses them: an object URL for each that is looked at, kept for the few most recent, revoked when they fall out. The
 * type of what is shown is drawn from its own bytes (C-94); everything else is bytes to save.
 */
import { engine } from "../state/engine.ts";
import { saveAs } from "../state/save-as.ts";
import { notifyProblem } from "../state/toasts.ts";
import { sniff, SNIFFED_BYTES, type Sniffed } from "@chapar/client/pictures";

const KEPT = 32;
const PIECE_BYTES: number = 4 * 1024 * 1024;
/** Above this a file is streamed to the disk where the browser can, not gathered. */
const GATHERED_BYTES: number = 256 * 1024 * 1024;
const NEVER = { signal: new AbortController().signal };

/** One file of a message. */
export interface FilePlace {
  readonly message: string;
  readonly file: number;
  readonly sizeBytes: number;
}

/** What was made of a file. */
export interface OpenedFile {
  readonly url: string;
  /** undefined: it is only saved */
  readonly shown: Sniffed | undefined;
}

const opened = new Map<string, Promise<OpenedFile>>();

/** The file's bytes, piece by piece. */
async function* pieces({ message, file, sizeBytes }: FilePlace): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const client = await engine();
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
    yield new Uint8Array(await client.media.read(message, file, at, Math.min(sizeBytes, at + PIECE_BYTES), NEVER));
}

async function make(place: FilePlace, isVideo: boolean): Promise<OpenedFile> {
  const client = await engine();
  await client.media.fetch(place.message, place.file, NEVER);
  // Each piece is the browser's as soon as it is here, which keeps what is too large for memory on its disk: this page never holds more than one (F-147).
  const parts: Blob[] = [];
  for await (const piece of pieces(place)) parts.push(new Blob([piece]));
  const head = new Uint8Array((await parts[0]?.slice(0, SNIFFED_BYTES).arrayBuffer()) ?? new ArrayBuffer(0));
  const shown = sniff(head, isVideo);
  const type = shown?.mediaType ?? "application/octet-stream";
  return { url: URL.createObjectURL(new Blob(parts, { type })), shown };
}

/** A file's URL, fetched when it is not here. */
export function openFile(place: FilePlace, isVideo: boolean): Promise<OpenedFile> {
  const key = `${place.message} ${place.file}`;
  const held = opened.get(key);
  opened.delete(key);
  const made = held ?? make(place, isVideo);
  opened.set(key, made);
  if (held !== undefined) return held;
  made.catch(() => opened.delete(key));
  for (const [oldest, file] of opened) {
    if (opened.size <= KEPT) break;
    opened.delete(oldest);
    void file.then(({ url }) => URL.revokeObjectURL(url)).catch(() => {});
  }
  return made;
}

interface SavePicker {
  showSaveFilePicker(options: { readonly suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Writes a file to the disk as it comes, where the browser can. @returns false when it cannot */
async function stream(place: FilePlace, fileName: string): Promise<boolean> {
  if (!("showSaveFilePicker" in globalThis)) return false;
  const picker = globalThis as unknown as SavePicker;
  let handle: FileSystemFileHandle;
  try {
    handle = await picker.showSaveFilePicker({ suggestedName: fileName });
  } catch (error) {
    // The person closed the picker: nothing is to be saved.
    if (error instanceof DOMException && error.name === "AbortError") return true;
    throw error;
  }
  const client = await engine();
  await client.media.fetch(place.message, place.file, NEVER);
  const writable = await handle.createWritable();
  try {
    for await (const piece of pieces(place)) await writable.write(piece);
    await writable.close();
  } catch (error) {
    await writable.abort();
    throw error;
  }
  return true;
}

/** Saves a file under a name: through the browser's own download, or straight to the disk when it is large. */
export async function saveFile(place: FilePlace, fileName: string): Promise<void> {
  try {
    if (place.sizeBytes > GATHERED_BYTES && (await stream(place, fileName))) return;
    saveAs((await openFile(place, false)).url, fileName);
  } catch (error) {
    // Stopped by the person: nothing is to be said.
    if ((error as { readonly code?: unknown }).code === "client/cancelled") return;
    notifyProblem(error, () => void saveFile(place, fileName));
  }
}
