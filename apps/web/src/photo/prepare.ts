/*
 * A photo made ready to leave: the original without what the camera wrote into it, and a smaller copy when that saves
 * enough to be worth the choice. Where metadata cannot be taken out losslessly (it must be turned upright, or the format
 * is not one we parse) the picture is drawn anew.
 */
import { stripMetadata } from "./strip.ts";

interface PhotoVersion {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export interface PreparedPhoto {
  readonly original: PhotoVersion;
  /** undefined when it would save less than a third */
  readonly smaller: PhotoVersion | undefined;
}

const SMALLER_EDGE_PX = 1600;
const SMALLER_FROM_BYTES = 300 * 1024;
const QUALITY = 0.82;
const WORTH = 0.67;

async function draw(bytes: Uint8Array, mediaType: string, edgePx: number, outType: string): Promise<PhotoVersion> {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: mediaType }));
  const scale = Math.min(1, edgePx / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d context");
  if (outType === "image/jpeg") {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: outType, quality: outType === "image/png" ? 1 : QUALITY });
  return { bytes: new Uint8Array(await blob.arrayBuffer()), mediaType: blob.type };
}

/** Prepares a photo. @throws when the browser cannot read it as a picture */
export async function preparePhoto(bytes: Uint8Array, mediaType: string): Promise<PreparedPhoto> {
  const isAnimated = mediaType === "image/gif";
  const stripped = isAnimated ? { bytes, orientation: 1 } : stripMetadata(bytes, mediaType);
  const keepsAlpha = mediaType === "image/png" || mediaType === "image/webp";
  const original: PhotoVersion =
    stripped !== undefined && stripped.orientation === 1
      ? { bytes: stripped.bytes, mediaType }
      : await draw(bytes, mediaType, Number.MAX_SAFE_INTEGER, keepsAlpha ? mediaType : "image/jpeg");
  if (isAnimated || original.bytes.length < SMALLER_FROM_BYTES) return { original, smaller: undefined };
  const smaller = await draw(bytes, mediaType, SMALLER_EDGE_PX, keepsAlpha ? "image/webp" : "image/jpeg");
  return { original, smaller: smaller.bytes.length < original.bytes.length * WORTH ? smaller : undefined };
}
