/*
 * What a file is by its own first bytes (C-94). Nothing that a message says of a file makes the app draw or play it: an SVG or a page of HTML under
 * the name and type of a photo is a file to save, and a picture whose header tells of more pixels than a phone can hold is one
 * too.
 */

/** What the app may show in place. */
export interface Sniffed {
  readonly kind: "picture" | "video" | "sound";
  /** drawn from the bytes */
  readonly mediaType: string;
}

const MAX_SIDE_PX = 16_384;
const MAX_PIXELS = 64_000_000;
/** As many bytes as `sniff` may need. */
export const SNIFFED_BYTES: number = 256 * 1024;

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

interface Size {
  readonly width: number;
  readonly height: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sizeOfJpeg(bytes: Uint8Array): Size | undefined {
  const view = viewOf(bytes);
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // SOF0 to SOF15 but for DHT, JPG and DAC (ITU-T T.81, table B.1).
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function sizeOfWebp(bytes: Uint8Array): Size | undefined {
  if (bytes.length < 30) return undefined;
  const view = viewOf(bytes);
  const kind = text(bytes, 12, 4);
  const u24 = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (kind === "VP8X") return { width: u24(24) + 1, height: u24(27) + 1 };
  if (kind === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind !== "VP8L") return undefined;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

/** The largest `ispe` box (ISO/IEC 23008-12 §6.5.3): every picture in the file has one. */
function sizeOfAvif(bytes: Uint8Array): Size | undefined {
  const view = viewOf(bytes);
  let found: Size | undefined;
  for (let at = 4; at + 16 <= bytes.length; at += 1) {
    if (bytes[at] !== 0x69 || text(bytes, at, 4) !== "ispe") continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (found === undefined || size.width * size.height > found.width * found.height) found = size;
  }
  return found;
}

function pictureOf(bytes: Uint8Array): { readonly mediaType: string; readonly size: Size | undefined } | undefined {
  if (bytes.length < 24) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0) === 0x89504e47 && text(bytes, 12, 4) === "IHDR")
    return { mediaType: "image/png", size: { width: view.getUint32(16), height: view.getUint32(20) } };
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    return { mediaType: "image/jpeg", size: sizeOfJpeg(bytes) };
  if (["GIF87a", "GIF89a"].includes(text(bytes, 0, 6)))
    return { mediaType: "image/gif", size: { width: view.getUint16(6, true), height: view.getUint16(8, true) } };
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 4) === "WEBP")
    return { mediaType: "image/webp", size: sizeOfWebp(bytes) };
  if (text(bytes, 4, 4) === "ftyp" && ["avif", "avis"].includes(text(bytes, 8, 4)))
    return { mediaType: "image/avif", size: sizeOfAvif(bytes) };
  return undefined;
}

/** Films and recordings, whose container does not say which they are: that is taken from what is told. */
function streamOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 12) return undefined;
  const view = viewOf(bytes);
  if (text(bytes, 4, 4) === "ftyp") return "mp4";
  if (view.getUint32(0) === 0x1a45dfa3) return "webm";
  if (text(bytes, 0, 4) === "OggS") return "ogg";
  if (text(bytes, 0, 4) === "fLaC") return "flac";
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 4) === "WAVE") return "wav";
  if (text(bytes, 0, 3) === "ID3" || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0)) return "mpeg";
  return undefined;
}

/** What a picture's first bytes say of it. */
export interface PictureHeader {
  /** drawn from the bytes */
  readonly mediaType: string;
  /** pixels */
  readonly width: number;
  readonly height: number;
}

/**
 * What a picture is by its first bytes.
 *
 * @param mostPx  most pixels a side
 * @returns undefined for anything that is no picture, has no size, or a larger one. Cost: linear
 */
export function pictureIn(bytes: Uint8Array, mostPx: number = MAX_SIDE_PX): PictureHeader | undefined {
  const { size, mediaType } = pictureOf(bytes) ?? {};
  if (size === undefined || mediaType === undefined || size.width < 1 || size.height < 1) return undefined;
  if (Math.max(size.width, size.height) > mostPx || size.width * size.height > MAX_PIXELS) return undefined;
  return { mediaType, ...size };
}

/**
 * What a file is.
 *
 * @param bytes  its first `SNIFFED_BYTES`
 * @param isVideo  whether it is told to be a film: containers hold either
 * @returns undefined for everything that is only saved
 */
export function sniff(bytes: Uint8Array, isVideo: boolean): Sniffed | undefined {
  if (pictureOf(bytes) !== undefined) {
    const picture = pictureIn(bytes);
    return picture && { kind: "picture", mediaType: picture.mediaType };
  }
  const container = streamOf(bytes);
  if (container === undefined) return undefined;
  const isSoundOnly = ["flac", "wav", "mpeg"].includes(container);
  if (isVideo) return isSoundOnly ? undefined : { kind: "video", mediaType: `video/${container}` };
  return { kind: "sound", mediaType: `audio/${container}` };
}
