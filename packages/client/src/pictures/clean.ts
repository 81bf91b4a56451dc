/* Pictures made ready to leave where nothing can draw them anew: what is not needed to draw them goes, and how they are turned stays. */
import { stripGif } from "./strip-gif.ts";
import { stripMetadata } from "./strip.ts";

const UPRIGHT = 1;
const JPEG_START_BYTES = 2;

/** An EXIF segment that says how the picture is turned, and nothing else. @see CIPA DC-008 §4.6: TIFF tag 0x0112, type SHORT */
function turned(orientation: number): Uint8Array {
  const directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, ...directory];
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return Uint8Array.of(0xff, 0xe1, 0, body.length + 2, ...body);
}

/**
 * A picture without what it tells beyond its image (protocol/5-content.md C-95).
 *
 * @param mediaType  JPEG, PNG, WebP or GIF
 * @returns undefined when its structure cannot be followed, its type is another, or it could not be drawn upright any more
 * Cost: O(bytes), two copies at most.
 */
export function cleanPicture(bytes: Uint8Array, mediaType: string): Uint8Array | undefined {
  if (mediaType === "image/gif") return stripGif(bytes);
  const stripped = stripMetadata(bytes, mediaType);
  if (stripped === undefined || stripped.orientation === UPRIGHT) return stripped?.bytes;
  if (mediaType !== "image/jpeg") return undefined;
  const segment = turned(stripped.orientation);
  const out = new Uint8Array(stripped.bytes.length + segment.length);
  out.set(stripped.bytes.subarray(0, JPEG_START_BYTES));
  out.set(segment, JPEG_START_BYTES);
  out.set(stripped.bytes.subarray(JPEG_START_BYTES), JPEG_START_BYTES + segment.length);
  return out;
}
