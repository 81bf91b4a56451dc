/*
 * Looks for many byte strings at once in an image of any size. The first two bytes are looked up in a table, the next four in a map;
 * what is left is compared. So an image costs about a look at each byte, however many needles there are.
 */

/** What is looked for. */
export interface Needle<Label> {
  readonly bytes: Uint8Array;
  readonly label: Label;
}

/** The shortest needle: anything shorter stands in every image by chance. */
export const LEAST_NEEDLE_BYTES = 8;
const BASE64_STEPS = 3;

/** All ways in which a program may hold a word: two encodings of text, both orders of bytes, hexadecimal, base64 at each of its three offsets. */
export function formsOf(word: string): readonly Uint8Array[] {
  const utf8 = Buffer.from(word, "utf8");
  const wide = Buffer.from(word, "utf16le");
  const hex = utf8.toString("hex");
  const offsets = Array.from({ length: BASE64_STEPS }, (_, offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), utf8]).toString("base64");
    // Only letters that no neighbour has a part in.
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + utf8.byteLength) * 8) / 6));
  });
  return [
    utf8,
    wide,
    Buffer.from(wide).swap16(),
    ...[hex, hex.toUpperCase(), ...offsets].map((text) => Buffer.from(text, "latin1")),
  ];
}

/** A set of needles, ready to be looked for. */
export class Needles<Label> {
  readonly #first = new Uint8Array(2 ** 16);
  readonly #byNext = new Map<number, Needle<Label>[]>();
  /** of the longest needle */
  readonly mostBytes: number;

  /** @throws RangeError when one is shorter than `LEAST_NEEDLE_BYTES` */
  constructor(needles: readonly Needle<Label>[]) {
    for (const needle of needles) {
      const { bytes } = needle;
      if (bytes.byteLength < LEAST_NEEDLE_BYTES) throw new RangeError(`a needle of ${bytes.byteLength} bytes`);
      this.#first[(bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)] = 1;
      const key = Buffer.from(bytes).readUInt32LE(2);
      const same = this.#byNext.get(key);
      if (same === undefined) this.#byNext.set(key, [needle]);
      else same.push(needle);
    }
    this.mostBytes = Math.max(0, ...needles.map(({ bytes }) => bytes.byteLength));
  }

  /** Tells of every place at which a needle stands. */
  scan(image: Buffer, found: (label: Label, at: number, sizeBytes: number) => void): void {
    const last = image.byteLength - LEAST_NEEDLE_BYTES;
    for (let at = 0; at <= last; at++) {
      if (this.#first[(image[at] ?? 0) | ((image[at + 1] ?? 0) << 8)] === 0) continue;
      const candidates = this.#byNext.get(image.readUInt32LE(at + 2));
      if (candidates === undefined) continue;
      for (const { bytes, label } of candidates) {
        if (image.subarray(at, at + bytes.byteLength).equals(bytes)) found(label, at, bytes.byteLength);
      }
    }
  }
}
