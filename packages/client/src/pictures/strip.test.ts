import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { cleanPicture } from "./clean.ts";
import { stripGif } from "./strip-gif.ts";
import { exifOrientation, stripMetadata } from "./strip.ts";

const ascii = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));
const segment = (marker: number, body: readonly number[]): number[] => [
  0xff,
  marker,
  (body.length + 2) >> 8,
  (body.length + 2) & 255,
  ...body,
];
/** Little-endian TIFF with one entry: orientation. */
const tiff = (orientation: number): number[] => [
  0x49,
  0x49,
  42,
  0,
  8,
  0,
  0,
  0,
  1,
  0,
  0x12,
  0x01,
  3,
  0,
  1,
  0,
  0,
  0,
  orientation,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
];
const exif = (orientation: number): number[] => segment(0xe1, [...ascii("Exif"), 0, 0, ...tiff(orientation)]);
const jfif = segment(0xe0, [...ascii("JFIF"), 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
const icc = segment(0xe2, [...ascii("ICC_PROFILE"), 0, 1, 1, 5, 5]);
const scan = [...segment(0xda, [1, 2, 3]), 10, 20, 0xff, 0x00, 30, 0xff, 0xd9];
const jpeg = (...parts: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, ...parts.flat(), ...scan]);
const be32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const le32 = (value: number): number[] => be32(value).toReversed();
const chunk = (kind: string, body: readonly number[]): number[] => [
  ...be32(body.length),
  ...ascii(kind),
  ...body,
  0,
  0,
  0,
  0,
];

describe("JPEG", () => {
  it("C-95 loses place, owner and comments, and keeps picture and colours byte for byte", () => {
    const dirty = jpeg(jfif, exif(1), icc, segment(0xed, ascii("Photoshop 3.0 by Sara")), segment(0xfe, ascii("home")));
    expect(stripMetadata(dirty, "image/jpeg")).toEqual({ bytes: jpeg(jfif, icc), orientation: 1 });
  });

  it("C-95 comes back unchanged when there is nothing to take out", () => {
    expect(stripMetadata(jpeg(jfif, icc), "image/jpeg")?.bytes).toEqual(jpeg(jfif, icc));
  });

  it("tells how it must be turned", () => {
    expect(stripMetadata(jpeg(exif(6)), "image/jpeg")?.orientation).toBe(6);
  });

  it("C-95 loses what was appended after its end, as phones append a film", () => {
    const film = Uint8Array.from([...jpeg(jfif), ...ascii("ftypmp42 with place")]);
    expect(stripMetadata(film, "image/jpeg")?.bytes).toEqual(jpeg(jfif));
  });
});

describe("PNG and WebP", () => {
  it("C-95 lose text, time and EXIF", () => {
    const head = [0x89, ...ascii("PNG"), 13, 10, 26, 10];
    const clean = Uint8Array.from([...head, ...chunk("IHDR", [1]), ...chunk("IDAT", [2]), ...chunk("IEND", [])]);
    const dirty = Uint8Array.from([
      ...head,
      ...chunk("IHDR", [1]),
      ...chunk("tEXt", ascii("Author\0Sara")),
      ...chunk("eXIf", tiff(3)),
      ...chunk("IDAT", [2]),
      ...chunk("IEND", []),
    ]);
    expect(stripMetadata(dirty, "image/png")).toEqual({ bytes: clean, orientation: 3 });
  });

  it("lose EXIF and XMP and say so in the header", () => {
    const riff = (kind: string, body: readonly number[]): number[] => [
      ...ascii(kind),
      ...le32(body.length),
      ...body,
      ...(body.length % 2 === 1 ? [0] : []),
    ];
    const file = (flags: number, ...parts: readonly (readonly number[])[]): Uint8Array => {
      const body = [
        ...ascii("WEBP"),
        ...riff("VP8X", [flags, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
        ...riff("VP8 ", [9, 9]),
        ...parts.flat(),
      ];
      return Uint8Array.from([...ascii("RIFF"), ...le32(body.length), ...body]);
    };
    expect(stripMetadata(file(0b1100, riff("EXIF", tiff(1)), riff("XMP ", ascii("<x>"))), "image/webp")?.bytes).toEqual(
      file(0),
    );
    expect(stripMetadata(file(0), "image/webp")?.bytes).toEqual(file(0));
  });
});

describe("whatever a file holds", () => {
  it("is stripped, or refused and drawn anew; never thrown at", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("image/jpeg", "image/png", "image/webp"),
        (bytes, type) => {
          const starts = {
            "image/jpeg": [0xff, 0xd8],
            "image/png": [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
            "image/webp": [...ascii("RIFF"), 1, 0, 0, 0, ...ascii("WEBP")],
          };
          const made = stripMetadata(Uint8Array.from([...(starts[type] ?? []), ...bytes]), type);
          return made === undefined || made.bytes.length > 0;
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const found = exifOrientation(bytes);
        return found >= 1 && found <= 8;
      }),
    );
  });
});

describe("GIF", () => {
  const head = [...ascii("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6];
  const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x80, 9, 9, 9, 8, 8, 8, 2, 2, 0x44, 1, 0];
  const control = [0x21, 0xf9, 4, 0, 5, 0, 0, 0];
  const application = (name: string): number[] => [0x21, 0xff, 11, ...ascii(name), 3, 1, 0, 0, 0];
  const comment = [0x21, 0xfe, 4, ...ascii("home"), 0];
  const gif = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from([...head, ...parts.flat()]);

  it("C-95 loses comments, XMP and what follows its end, and keeps frames, times and how often it repeats", () => {
    const repeats = application("NETSCAPE2.0");
    const dirty = gif(
      comment,
      repeats,
      application("XMP DataXMP"),
      control,
      frame,
      comment,
      frame,
      [0x3b],
      ascii("film"),
    );
    expect(stripGif(dirty)).toEqual(gif(repeats, control, frame, frame, [0x3b]));
  });

  it("C-95 is not trusted when its structure cannot be followed", () => {
    expect(stripGif(gif(frame))).toBeUndefined();
    expect(stripGif(gif([0x21, 0xfe, 9, 1]))).toBeUndefined();
    expect(stripGif(gif([0x77], frame, [0x3b]))).toBeUndefined();
    expect(stripGif(Uint8Array.from(ascii("not a picture at all")))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        stripGif(Uint8Array.from([...head, ...any]));
      }),
    );
  });
});

describe("a picture that nothing here can draw anew", () => {
  const picture = [...segment(0xdb, [1, 2, 3]), ...segment(0xda, [0]), 5, 6, 0xff, 0xd9];

  it("C-95 keeps how it is turned, and nothing else of what the camera wrote", () => {
    const clean = cleanPicture(Uint8Array.of(0xff, 0xd8, ...exif(6), ...picture), "image/jpeg");
    expect(clean && stripMetadata(clean, "image/jpeg")).toEqual({
      bytes: Uint8Array.of(0xff, 0xd8, ...picture),
      orientation: 6,
    });
    expect(clean?.length).toBe(2 + 36 + picture.length);
    const upright = cleanPicture(Uint8Array.of(0xff, 0xd8, ...exif(1), ...picture), "image/jpeg");
    expect(upright).toEqual(Uint8Array.of(0xff, 0xd8, ...picture));
  });

  it("C-95 is none when it cannot be followed, or would lie on its side", () => {
    expect(cleanPicture(Uint8Array.of(0xff, 0xd8, 1), "image/jpeg")).toBeUndefined();
    expect(cleanPicture(Uint8Array.of(1, 2, 3), "image/avif")).toBeUndefined();
    expect(cleanPicture(Uint8Array.of(1, 2, 3), "image/gif")).toBeUndefined();
  });
});
