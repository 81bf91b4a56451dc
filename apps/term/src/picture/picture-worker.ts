/* The worker of drawing.ts: decodes one picture of a stranger and posts its pixels as a small JPEG, or undefined. */
import { parentPort, workerData } from "node:worker_threads";
import { crop, PhotonImage, resize, SamplingFilter } from "@cf-wasm/photon";
import type { DrawingWork } from "./drawing.ts";

const QUALITIES: readonly number[] = [70, 50, 35];
const OPAQUE = 255;
const CHANNELS = 4;

interface Raster {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Where a pixel comes from, by EXIF's orientation (CIPA DC-008 §4.6.5): its number in the picture as it lies. */
function sourceOf(orientation: number, width: number, height: number): (x: number, y: number) => number {
  const [last, lowest] = [width - 1, height - 1];
  const of: Readonly<Record<number, (x: number, y: number) => number>> = {
    2: (x, y) => y * width + last - x,
    3: (x, y) => (lowest - y) * width + last - x,
    4: (x, y) => (lowest - y) * width + x,
    5: (x, y) => x * width + y,
    6: (x, y) => (lowest - x) * width + y,
    7: (x, y) => (lowest - x) * width + last - y,
    8: (x, y) => x * width + last - y,
  };
  return of[orientation] ?? ((x, y) => y * width + x);
}

/** Upright, and without transparency: on white. */
function upright({ pixels, width, height }: Raster, orientation: number): Raster {
  const isTurned = orientation >= 5 && orientation <= 8;
  const [across, down] = isTurned ? [height, width] : [width, height];
  const out = new Uint8Array(across * down * CHANNELS);
  const source = sourceOf(orientation, width, height);
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      const from = source(x, y) * CHANNELS;
      const to = (y * across + x) * CHANNELS;
      const alpha = pixels[from + 3] ?? OPAQUE;
      for (let of = 0; of < 3; of += 1)
        out[to + of] = Math.round(((pixels[from + of] ?? 0) * alpha + OPAQUE * (OPAQUE - alpha)) / OPAQUE);
      out[to + 3] = OPAQUE;
    }
  }
  return { pixels: out, width: across, height: down };
}

function middleSquare(image: PhotonImage): PhotonImage {
  const width = image.get_width();
  const height = image.get_height();
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  return crop(image, left, top, left + side, top + side);
}

function scaled(image: PhotonImage, edgePx: number): Raster {
  const [width, height] = [image.get_width(), image.get_height()];
  const by = Math.min(1, edgePx / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
  const small = resize(image, size.width, size.height, SamplingFilter.Triangle);
  return { pixels: small.get_raw_pixels(), ...size };
}

function draw({
  bytes,
  edgesPx,
  isSquare,
  mostBytes,
  orientation,
  qualities = QUALITIES,
}: DrawingWork): Uint8Array | undefined {
  const whole = PhotonImage.new_from_byteslice(bytes);
  const image = isSquare ? middleSquare(whole) : whole;
  for (const edgePx of edgesPx) {
    const { pixels, width, height } = upright(scaled(image, edgePx), orientation);
    const drawn = new PhotonImage(pixels, width, height);
    for (const quality of qualities) {
      const out = drawn.get_bytes_jpeg(quality);
      if (out.byteLength <= mostBytes) return out.slice();
    }
  }
  return undefined;
}

parentPort?.postMessage(draw(workerData as DrawingWork), []);
