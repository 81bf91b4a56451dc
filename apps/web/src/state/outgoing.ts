/*
 * The one file that goes with the next message: prepared as soon as it is chosen (details of place and camera taken
 * out, a smaller copy made), so that sending waits for nothing.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { OutgoingAttachment } from "./client-types.ts";
import type { PreparedPhoto } from "../photo/prepare.ts";
import { isPicture } from "../format/media.ts";
import { notify, notifyProblem } from "./toasts.ts";
import { plainName } from "../format/bidi.ts";

export interface Outgoing {
  readonly fileName: string;
  readonly mediaType: string;
  /** undefined while a photo is being prepared, or for a file that is no photo */
  readonly photo: PreparedPhoto | undefined;
  readonly original: Uint8Array;
  readonly previewUrl: string | undefined;
  readonly quality: "smaller" | "original";
}

/** What is attached to the next message of the open conversation. */
export const outgoing: Signal<Outgoing | undefined> = signal(undefined);
export const isPreparing: Signal<boolean> = signal(false);

/** Larger than any station takes; said before anything is read into memory. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Attaches a file; a second one at once is told about, not lost silently. */
export async function attach(files: readonly File[]): Promise<void> {
  const file = files[0];
  if (file === undefined) return;
  if (files.length > 1) notify("composerTooMany");
  if (file.size > MAX_FILE_BYTES) {
    notifyProblem({ code: "client/too-large" });
    return;
  }
  detach();
  isPreparing.value = true;
  try {
    const original = new Uint8Array(await file.arrayBuffer());
    const base = {
      fileName: plainName(file.name, 120) || "file",
      mediaType: file.type || "application/octet-stream",
      original,
    };
    if (!isPicture(file.type)) {
      outgoing.value = { ...base, photo: undefined, previewUrl: undefined, quality: "original" };
      return;
    }
    const { preparePhoto } = await import("../photo/prepare.ts");
    const photo = await preparePhoto(original, file.type);
    const shown = photo.smaller ?? photo.original;
    const previewUrl = URL.createObjectURL(new Blob([new Uint8Array(shown.bytes)], { type: shown.mediaType }));
    outgoing.value = { ...base, photo, previewUrl, quality: photo.smaller === undefined ? "original" : "smaller" };
  } catch (error) {
    notifyProblem(error);
  } finally {
    isPreparing.value = false;
  }
}

/** Takes the file away again. */
export function detach(): void {
  const now = outgoing.peek();
  if (now?.previewUrl !== undefined) URL.revokeObjectURL(now.previewUrl);
  outgoing.value = undefined;
}

/** What leaves: the chosen quality, with its type and a name that fits it. */
export function outgoingAttachment(chosen: Outgoing): OutgoingAttachment {
  const { fileName, mediaType, photo, original } = chosen;
  if (photo === undefined) return { fileName, mediaType, bytes: original };
  const version = chosen.quality === "smaller" && photo.smaller !== undefined ? photo.smaller : photo.original;
  return { fileName: nameFor(fileName, version.mediaType), mediaType: version.mediaType, bytes: version.bytes };
}

const ENDING: Readonly<Record<string, string>> = { "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp" };

function nameFor(fileName: string, mediaType: string): string {
  const ending = ENDING[mediaType];
  if (ending === undefined || new RegExp(`${ending}$|\\.jpeg$`, "iu").test(fileName)) return fileName;
  return `${fileName.replace(/\.[^.]{1,5}$/u, "")}${ending}`;
}
