/*
 * A photo made ready to leave: the original without what the camera wrote into it, and smaller copies where they save enough to be worth
 * the choice. Where metadata cannot be taken out losslessly (it must be turned upright, or the format is not one we parse) the
 * picture is drawn anew. Decoding and encoding run beside the page (createImageBitmap, convertToBlob); only the blur, of a
 * hundred pixels, is computed here.
 */
import { stripGif, stripMetadata } from "@chapar/client/pictures";
import { rgbaToThumbHash } from "thumbhash";
import type { PhotoVersion, PreparedPhoto, Quality } from "./outgoing-item.ts";

const EDGES_PX = { normal: 1600, tiny: 720 } as const;
const QUALITIES = { normal: 0.82, tiny: 0.55 } as const;
/** A copy that would save less than a third is none. */
const WORTH = 0.67;
const SMALL_BYTES = 100 * 1024;
/** The blur is computed from at most so many pixels a side: the library takes no more. */
const BLUR_EDGE_PX = 100;

function drawn(bitmap: ImageBitmap, edgePx: number, isOpaque: boolean): OffscreenCanvas {
  const scale = Math.min(1, edgePx / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d context");
  if (isOpaque) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

async function copyOf(bitmap: ImageBitmap, edgePx: number, type: string, quality: number): Promise<PhotoVersion> {
  const canvas = drawn(bitmap, edgePx, type === "image/jpeg");
  const blob = await canvas.convertToBlob({ type, quality });
  return { blob, width: canvas.width, height: canvas.height };
}

/** The ThumbHash of a picture. */
export function blurOf(bitmap: ImageBitmap): Uint8Array {
  const canvas = drawn(bitmap, BLUR_EDGE_PX, false);
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, width, height).data;
  return rgbaToThumbHash(width, height, pixels ?? new Uint8ClampedArray(4 * width * height));
}

/** The original without what it tells beyond its picture; undefined when it has to be drawn anew. */
function cleaned(bytes: Uint8Array, mediaType: string): Uint8Array | undefined {
  if (mediaType === "image/gif") return stripGif(bytes);
  const stripped = stripMetadata(bytes, mediaType);
  return stripped?.orientation === 1 ? stripped.bytes : undefined;
}

/** Prepares a photo. @throws when the browser cannot read it as a picture */
export async function preparePhoto(file: Blob, mediaType: string): Promise<PreparedPhoto> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const bitmap = await createImageBitmap(new Blob([bytes], { type: mediaType }));
  try {
    const { width, height } = bitmap;
    const clean = cleaned(bytes, mediaType);
    const isSeen = ["image/png", "image/webp", "image/gif"].includes(mediaType);
    const anew = isSeen ? "image/png" : "image/jpeg";
    const original: PhotoVersion =
      clean === undefined
        ? await copyOf(bitmap, Number.MAX_SAFE_INTEGER, anew, 0.92)
        : { blob: new Blob([new Uint8Array(clean)], { type: mediaType }), width, height };
    const versions: Partial<Record<Quality, PhotoVersion>> = {};
    let before = original.blob.size;
    for (const quality of ["normal", "tiny"] as const) {
      if (mediaType === "image/gif" || before < SMALL_BYTES) continue;
      const type = isSeen ? "image/webp" : "image/jpeg";
      const copy = await copyOf(bitmap, EDGES_PX[quality], type, QUALITIES[quality]);
      if (copy.blob.size >= before * WORTH) continue;
      versions[quality] = copy;
      before = copy.blob.size;
    }
    return { versions: { ...versions, original }, preview: blurOf(bitmap) };
  } finally {
    bitmap.close();
  }
}
