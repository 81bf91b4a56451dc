/*
 * A GIF without what was written beside its pictures: comments, plain text, XMP and other applications' blocks, and whatever follows its end. How
 * often it repeats (NETSCAPE2.0, ANIMEXTS1.0) and its colour profile stay.
 */
const KEPT_APPLICATIONS: ReadonlySet<string> = new Set(["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]);
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const APPLICATION = 0xff;
const GRAPHIC_CONTROL = 0xf9;

/** Where a chain of sub-blocks ends; undefined when the file ends before it. */
function endOfBlocks(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length;) {
    const size = bytes[at] ?? 0;
    at += 1 + size;
    if (size === 0) return at;
  }
  return undefined;
}

/** Bytes of a colour table that a packed field announces. */
const tableBytes = (packed: number): number => ((packed & 0x80) === 0 ? 0 : 3 << ((packed & 7) + 1));

/** @returns undefined when its structure cannot be followed to its end */
export function stripGif(bytes: Uint8Array): Uint8Array | undefined {
  if (!["GIF87a", "GIF89a"].includes(String.fromCharCode(...bytes.subarray(0, 6)))) return undefined;
  let at = 13 + tableBytes(bytes[10] ?? 0);
  const parts: Uint8Array[] = [bytes.subarray(0, at)];
  while (at < bytes.length) {
    const introducer = bytes[at];
    if (introducer === TRAILER) {
      const out = [...parts, Uint8Array.of(TRAILER)];
      const whole = new Uint8Array(out.reduce((sum, part) => sum + part.length, 0));
      let to = 0;
      for (const part of out) {
        whole.set(part, to);
        to += part.length;
      }
      return whole;
    }
    const isImage = introducer === IMAGE;
    if (!isImage && introducer !== EXTENSION) return undefined;
    const label = bytes[at + 1];
    const blocks = isImage ? at + 11 + tableBytes(bytes[at + 9] ?? 0) : at + 2;
    const end = endOfBlocks(bytes, blocks);
    if (end === undefined) return undefined;
    const application = String.fromCharCode(...bytes.subarray(at + 3, at + 14));
    const isKept =
      isImage || label === GRAPHIC_CONTROL || (label === APPLICATION && KEPT_APPLICATIONS.has(application));
    if (isKept) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return undefined;
}
