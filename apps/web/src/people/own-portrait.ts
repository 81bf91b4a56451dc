/* The own picture made ready: drawn anew by the browser, square and small, so that nothing of the file but pixels leaves (C-109). */
import { MAX_PORTRAIT_BYTES, pictureIn, SNIFFED_BYTES } from "@chapar/client/pictures";

const EDGES_PX: readonly number[] = [192, 128, 96];
const QUALITIES: readonly number[] = [0.85, 0.65, 0.45];

function middleSquare(bitmap: ImageBitmap, edgePx: number): OffscreenCanvas {
  const side = Math.min(bitmap.width, bitmap.height);
  const edge = Math.min(side, edgePx);
  const canvas = new OffscreenCanvas(edge, edge);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d context");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, edge, edge);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.drawImage(bitmap, left, top, side, side, 0, 0, edge, edge);
  return canvas;
}

/** A file as the own picture; undefined when it is none that the browser can draw, or one too large. */
export async function drawPortrait(file: Blob): Promise<Uint8Array | undefined> {
  const head = new Uint8Array(await file.slice(0, SNIFFED_BYTES).arrayBuffer());
  if (pictureIn(head) === undefined) return undefined;
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) return undefined;
  try {
    for (const edgePx of EDGES_PX) {
      const canvas = middleSquare(bitmap, edgePx);
      for (const quality of QUALITIES) {
        const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
        if (blob.size <= MAX_PORTRAIT_BYTES) return new Uint8Array(await blob.arrayBuffer());
      }
    }
    return undefined;
  } finally {
    bitmap.close();
  }
}
