/*
 * A small picture drawn anew (protocol/5-content.md C-105): whoever made the file chose its bytes, so they are decoded in WebAssembly, in a worker
 * of their own that ends with the picture, or after its time; only pixels come out.
 */
import { Worker } from "node:worker_threads";
import { pictureIn, stripMetadata } from "@chapar/client/pictures";

/** Larger ones are not decoded: four bytes a pixel. */
const MOST_SIDE_PX = 8_192;
const MOST_PIXELS = 24_000_000;
const MOST_MS = 6_000;

/** What is drawn. */
export interface Drawing {
  /** longest edge, the first that fits into the bytes */
  readonly edgesPx: readonly number[];
  /** cut to the middle square */
  readonly isSquare: boolean;
  readonly mostBytes: number;
  /** of JPEG, tried in this order at each edge; default: 70, 50, 35 */
  readonly qualities?: readonly number[];
  /** after so long it is given up; default: six seconds */
  readonly mostMs?: number;
}

/** What the worker is handed. */
export interface DrawingWork extends Drawing {
  readonly bytes: Uint8Array;
  /** how it is turned, EXIF 1 to 8 */
  readonly orientation: number;
}

/**
 * Draws a picture anew, as JPEG, on white.
 *
 * @returns undefined for what is no picture, too large to be decoded, or cannot be decoded or made small enough. Cost: O(pixels) in a worker
 */
export async function drawAnew(bytes: Uint8Array, drawing: Drawing): Promise<Uint8Array | undefined> {
  const header = pictureIn(bytes, MOST_SIDE_PX);
  if (header === undefined || header.width * header.height > MOST_PIXELS) return undefined;
  const orientation = stripMetadata(bytes, header.mediaType)?.orientation ?? 1;
  const workerData: DrawingWork = { ...drawing, bytes, orientation };
  const worker = new Worker(new URL("./picture-worker.ts", import.meta.url), { workerData, env: {}, stderr: true });
  const timer = setTimeout(() => void worker.terminate(), drawing.mostMs ?? MOST_MS);
  try {
    return await new Promise<Uint8Array | undefined>((give) => {
      worker.once("message", (drawn: Uint8Array | undefined) => give(drawn));
      worker.once("error", () => give(undefined));
      worker.once("exit", () => give(undefined));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
