/*
 * Takes what a camera wrote about place, time and owner out of a photo without touching the picture: metadata segments
 * of JPEG (APP1, APP3…13, APP15, COM), metadata chunks of PNG (eXIf, tEXt, iTXt, zTXt, tIME) and of WebP (EXIF, XMP).
 * Colour profiles stay. A file that has none of these comes back byte for byte; one that does not parse is not trusted
 * (undefined), and is drawn anew instead. Orientation is read before it is lost.
 */

/** A photo without its metadata, and how it must be turned (1: upright). */
export interface Stripped {
  readonly bytes: Uint8Array;
  readonly orientation: number;
}

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Strips by media type; undefined when the bytes are not what the type says, or the type is not known here. */
export function stripMetadata(bytes: Uint8Array, mediaType: string): Stripped | undefined {
  switch (mediaType) {
    case "image/jpeg":
      return stripJpeg(bytes);
    case "image/png":
      return stripPng(bytes);
    case "image/webp":
      return stripWebp(bytes);
    default:
      return undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** JFIF, ICC profile and Adobe colour transform are part of the picture. */
function isPictureSegment(marker: number, bytes: Uint8Array, at: number): boolean {
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === 0xe0 || marker === 0xee) return true;
  return marker === 0xe2 && ascii(bytes, at + 4, 11) === "ICC_PROFILE";
}

function stripJpeg(bytes: Uint8Array): Stripped | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (size < 2 || at + 2 + size > bytes.length) return undefined;
    if (marker === 0xda) {
      parts.push(bytes.subarray(at, endOfJpeg(bytes)));
      return { bytes: joined(parts), orientation };
    }
    if (marker === 0xe1 && ascii(bytes, at + 4, 4) === "Exif")
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + size));
    if (isPictureSegment(marker, bytes, at)) parts.push(bytes.subarray(at, at + 2 + size));
    at += 2 + size;
  }
  return undefined;
}

/** What follows the end-of-image marker (maker notes, a motion photo's film) does not belong to the picture. */
function endOfJpeg(bytes: Uint8Array): number {
  for (let at = bytes.length - 2; at > 0; at -= 1) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return at + 2;
  return bytes.length;
}

/** TIFF tag 0x0112 of the first directory; 1 when absent or malformed. */
export function exifOrientation(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return 1;
  const entries = view.getUint16(start, little);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = start + 2 + entry * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const PNG_PRIVATE: ReadonlySet<string> = new Set(["eXIf", "tEXt", "iTXt", "zTXt", "tIME"]);

function stripPng(bytes: Uint8Array): Stripped | undefined {
  if (ascii(bytes, 1, 3) !== "PNG") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let orientation = 1;
  for (let at = 8; at + 12 <= bytes.length;) {
    const size = view.getUint32(at);
    const end = at + 12 + size;
    if (end > bytes.length) return undefined;
    const kind = ascii(bytes, at + 4, 4);
    if (kind === "eXIf") orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + size));
    if (!PNG_PRIVATE.has(kind)) parts.push(bytes.subarray(at, end));
    if (kind === "IEND") return { bytes: joined(parts), orientation };
    at = end;
  }
  return undefined;
}

function stripWebp(bytes: Uint8Array): Stripped | undefined {
  if (ascii(bytes, 0, 4) !== "RIFF" || ascii(bytes, 8, 4) !== "WEBP") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [bytes.slice(0, 12)];
  let orientation = 1;
  let isChanged = false;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (at + 8 + size > bytes.length) return undefined;
    const kind = ascii(bytes, at, 4);
    if (kind === "EXIF" || kind === "XMP ") {
      if (kind === "EXIF") orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + size));
      isChanged = true;
    } else {
      const chunk = bytes.slice(at, Math.min(end, bytes.length));
      // The extended header says which chunks follow: bit 3 EXIF, bit 2 XMP.
      if (kind === "VP8X") chunk[8] = (chunk[8] ?? 0) & ~0b1100;
      parts.push(chunk);
    }
    at = end;
  }
  if (!isChanged) return { bytes, orientation };
  const out = joined(parts);
  new DataView(out.buffer).setUint32(4, out.length - 8, true);
  return { bytes: out, orientation };
}
