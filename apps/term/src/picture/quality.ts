/*
 * In which quality a photo leaves (protocol/6-flows.md F-148): as it is, or as a smaller copy that is drawn anew, where one saves enough to be worth
 * it. The same sizes as in the web app.
 */
import type { OutgoingFile } from "@chapar/client";
import { pictureIn } from "@chapar/client/pictures";
import type { Output } from "../output.ts";
import { printableLine } from "../printable.ts";
import { sizeWords } from "../size-words.ts";
import { drawAnew } from "./drawing.ts";

/** How much of a photo is sent. */
export type Quality = "tiny" | "normal" | "original";

const COPIES = { normal: { edgesPx: [1600], qualities: [82] }, tiny: { edgesPx: [720], qualities: [55] } } as const;
/** A copy that would save less than a third is none. */
const WORTH = 0.67;
const SMALL_BYTES: number = 100 * 1024;
/** A large photo on a slow machine. */
const MOST_MS = 120_000;

/** A file and what became of it. */
export interface Drawn {
  readonly file: OutgoingFile;
  /** bytes of the photo before, when this is a copy */
  readonly wasBytes: number | undefined;
}

const asJpeg = (fileName: string): string =>
  /\.jpe?g$/iu.test(fileName) ? fileName : `${fileName.replace(/\.[^.]{1,5}$/u, "")}.jpg`;

/**
 * A file in a quality: a photo's copy, and the file itself where it is no photo, moves (GIF), or a copy would save too little.
 *
 * Cost: decodes the photo in a worker, at most two minutes
 */
export async function inQuality(file: OutgoingFile, quality: Quality): Promise<Drawn> {
  const same = { file, wasBytes: undefined };
  if (quality === "original" || file.facts?.kind !== "photo" || file.mediaType === "image/gif") return same;
  const bytes = "bytes" in file.from ? file.from.bytes : undefined;
  if (bytes === undefined || bytes.byteLength < SMALL_BYTES) return same;
  const wasBytes = bytes.byteLength;
  const mostBytes = Math.floor(wasBytes * WORTH);
  const drawn = await drawAnew(bytes, { ...COPIES[quality], isSquare: false, mostBytes, mostMs: MOST_MS });
  const header = drawn && pictureIn(drawn);
  if (drawn === undefined || header === undefined) return same;
  const { width, height, mediaType } = header;
  const copy = new Uint8Array(drawn);
  return {
    file: {
      fileName: asJpeg(file.fileName),
      mediaType,
      facts: { kind: "photo", width, height },
      from: { bytes: copy },
    },
    wasBytes,
  };
}

/** What is said of a photo's copy, or that there is none. */
export function qualityWords({ file, wasBytes }: Drawn): string {
  const name = printableLine(file.fileName);
  if (wasBytes === undefined) return `${name} goes as it is: a smaller copy would save too little.`;
  const bytes = "bytes" in file.from ? file.from.bytes.byteLength : 0;
  return `${name} goes as ${sizeWords(bytes)} instead of ${sizeWords(wasBytes)}.`;
}

/** All files of a message in a quality; of each photo it is said what became of it. */
export async function allInQuality(
  files: readonly OutgoingFile[],
  quality: Quality,
  out: Pick<Output, "result" | "progress">,
): Promise<readonly OutgoingFile[]> {
  const leaving: OutgoingFile[] = [];
  for (const one of files) {
    const isPhoto = quality !== "original" && one.facts?.kind === "photo";
    if (isPhoto) out.progress(`Drawing ${printableLine(one.fileName)} smaller ...`);
    const drawn = await inQuality(one, quality);
    leaving.push(drawn.file);
    if (!isPhoto) continue;
    const { fileName, from } = drawn.file;
    const sizeBytes = "bytes" in from ? from.bytes.byteLength : 0;
    const as = drawn.wasBytes === undefined ? "original" : quality;
    const line = { event: "quality", fileName, quality: as, sizeBytes, wasBytes: drawn.wasBytes ?? sizeBytes };
    out.result(line, qualityWords(drawn));
  }
  return leaving;
}
