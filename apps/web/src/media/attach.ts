/* Files on their way into the next message: each looked at, photos made ready in every quality, and told as what they are. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { plainName } from "../format/bidi.ts";
import type { OutgoingFile } from "../state/client-types.ts";
import { route } from "../state/engine.ts";
import { outgoing } from "../state/outgoing.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import type { OutgoingItem, PreparedPhoto, Quality } from "./outgoing-item.ts";
import { filmFacts } from "./film.ts";
import { preparePhoto } from "./prepare.ts";
import { sniff, SNIFFED_BYTES } from "@chapar/client/pictures";

const MAX_FILES = 10;
const MAX_FILE_BYTES = 2 ** 32;
/** A larger picture would have to be read whole to be cleaned (F-147). */
const MAX_PHOTO_BYTES: number = 64 * 1024 * 1024;
const SLOW: ReadonlySet<string | undefined> = new Set(["dns", "burst", "snow"]);

/** In which quality photos leave. */
export const quality: Signal<Quality> = signal("normal");
let nextId = 0;

/** The copy of a photo that a quality means: the next larger one where there is none. */
export function versionOf(photo: PreparedPhoto, wanted: Quality): PreparedPhoto["versions"]["original"] {
  const { tiny, normal, original } = photo.versions;
  if (wanted === "original") return original;
  return (wanted === "tiny" ? (tiny ?? normal) : normal) ?? original;
}

async function itemOf(file: File): Promise<OutgoingItem> {
  const head = new Uint8Array(await file.slice(0, SNIFFED_BYTES).arrayBuffer());
  const found = sniff(head, file.type.startsWith("video/"));
  const base = {
    id: ++nextId,
    fileName: plainName(file.name, 120) || "file",
    mediaType: file.type || "application/octet-stream",
    blob: file,
    photo: undefined,
    previewUrl: undefined,
  };
  if (found?.kind === "video") {
    return { ...base, mediaType: found.mediaType, facts: await filmFacts(file) };
  }
  if (found?.kind !== "picture") {
    // Told as a picture and not one that can be drawn: HEIC, a header that cannot be true. It leaves as it is.
    if (file.type.startsWith("image/")) notify("mediaNotCleaned");
    return { ...base, facts: { kind: "file" } };
  }
  const photo =
    file.size > MAX_PHOTO_BYTES ? undefined : await preparePhoto(file, found.mediaType).catch(() => undefined);
  if (photo === undefined) {
    notify("mediaNotCleaned");
    return { ...base, facts: { kind: "file" } };
  }
  const shown = versionOf(photo, "tiny");
  const { width, height } = photo.versions.original;
  const facts = { kind: "photo", width, height, preview: photo.preview } as const;
  return { ...base, photo, facts, previewUrl: URL.createObjectURL(shown.blob) };
}

/** Adds files to the next message; of too many the first are kept, and that is said. */
export async function addFiles(files: readonly File[]): Promise<void> {
  if (outgoing.peek().length === 0) quality.value = SLOW.has(route.peek().kind) ? "tiny" : "normal";
  const room = MAX_FILES - outgoing.peek().length;
  if (files.length > room) notify("composerTooMany");
  for (const file of files.slice(0, Math.max(0, room))) {
    if (file.size > MAX_FILE_BYTES) notifyProblem({ code: "client/too-large" });
    else outgoing.value = [...outgoing.peek(), await itemOf(file)];
  }
}

/** Takes one file away again. */
export function removeItem(id: number): void {
  for (const item of outgoing.peek()) {
    if (item.id === id && item.previewUrl !== undefined) URL.revokeObjectURL(item.previewUrl);
  }
  outgoing.value = outgoing.peek().filter((item) => item.id !== id);
}

const ENDING: Readonly<Record<string, string>> = { "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp" };

function nameFor(fileName: string, mediaType: string): string {
  const ending = ENDING[mediaType];
  if (ending === undefined || new RegExp(`${ending}$|\\.jpeg$`, "iu").test(fileName)) return fileName;
  return `${fileName.replace(/\.[^.]{1,5}$/u, "")}${ending}`;
}

/** What leaves: photos in the chosen quality, with their type and a name that fits it. */
export function outgoingFiles(items: readonly OutgoingItem[], wanted: Quality): readonly OutgoingFile[] {
  return items.map(({ fileName, mediaType, facts, blob, photo, previewUrl }): OutgoingFile => {
    if (previewUrl !== undefined) URL.revokeObjectURL(previewUrl);
    if (photo === undefined) return { fileName, mediaType, facts, from: { blob } };
    const version = versionOf(photo, wanted);
    const { width, height } = version;
    const type = version.blob.type;
    return {
      fileName: nameFor(fileName, type),
      mediaType: type,
      facts: { ...facts, width, height },
      from: { blob: version.blob },
    };
  });
}
