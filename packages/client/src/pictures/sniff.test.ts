import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sniff } from "./sniff.ts";

const ascii = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));
const be16 = (value: number): number[] => [value >> 8, value & 255];
const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];
const le16 = (value: number): number[] => be16(value).toReversed();
const padded = (bytes: readonly number[]): Uint8Array => Uint8Array.from([...bytes, ...new Uint8Array(64)]);
const PNG = [0x89, ...ascii("PNG"), 13, 10, 26, 10];
const png = (width: number, height: number): Uint8Array =>
  padded([...PNG, ...be32(13), ...ascii("IHDR"), ...be32(width), ...be32(height)]);
const jpeg = (width: number, height: number): Uint8Array =>
  padded([0xff, 0xd8, 0xff, 0xe0, ...be16(4), 1, 2, 0xff, 0xc0, ...be16(11), 8, ...be16(height), ...be16(width)]);
const gif = (width: number, height: number): Uint8Array =>
  padded([...ascii("GIF89a"), ...le16(width), ...le16(height)]);
const webp = (width: number, height: number): Uint8Array =>
  padded([
    ...ascii("RIFF"),
    0,
    0,
    0,
    0,
    ...ascii("WEBPVP8 "),
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x9d,
    1,
    0x2a,
    ...le16(width),
    ...le16(height),
  ]);
const avif = (width: number, height: number): Uint8Array =>
  padded([
    0,
    0,
    0,
    24,
    ...ascii("ftypavif"),
    0,
    0,
    0,
    20,
    ...ascii("ispe"),
    0,
    0,
    0,
    0,
    ...be32(width),
    ...be32(height),
  ]);

describe("what a file is by its own bytes", () => {
  it("C-94 pictures are known by their first bytes, whatever is told of them", () => {
    const type = (bytes: Uint8Array): unknown => sniff(bytes, false);
    expect(type(png(10, 20))).toEqual({ kind: "picture", mediaType: "image/png" });
    expect(type(jpeg(4000, 3000))).toEqual({ kind: "picture", mediaType: "image/jpeg" });
    expect(type(gif(10, 20))).toEqual({ kind: "picture", mediaType: "image/gif" });
    expect(type(webp(10, 20))).toEqual({ kind: "picture", mediaType: "image/webp" });
    expect(type(avif(10, 20))).toEqual({ kind: "picture", mediaType: "image/avif" });
    expect(sniff(png(10, 20), true)).toEqual({ kind: "picture", mediaType: "image/png" });
  });

  it("C-94 a header that tells of more pixels than can be held, or of none, is a file to save", () => {
    for (const make of [png, jpeg, avif]) {
      expect(sniff(make(16_385, 10), false)).toBeUndefined();
      expect(sniff(make(10_000, 10_000), false)).toBeUndefined();
      expect(sniff(make(0, 10), false)).toBeUndefined();
      expect(sniff(make(8000, 8000), false)).toBeDefined();
    }
    expect(sniff(png(100_000, 100_000), false)).toBeUndefined();
    expect(sniff(gif(65_535, 65_535), false)).toBeUndefined();
    expect(sniff(Uint8Array.from([0xff, 0xd8, 0xff, 0xda, ...new Uint8Array(40)]), false)).toBeUndefined();
  });

  it("C-94 pages, SVG, scripts, programs and what begins with them are never shown", () => {
    for (const text of [
      "<!doctype html><script>alert(1)</script>",
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>',
      '<?xml version="1.0"?><svg/>',
      "%PDF-1.7 something that is longer than a header",
      "MZ this is a program that says it is a photo",
    ]) {
      expect(sniff(padded(ascii(text)), false)).toBeUndefined();
      expect(sniff(padded(ascii(text)), true)).toBeUndefined();
    }
    // A page behind a picture's bytes is given to the browser as a picture: the type is the first bytes'.
    const polyglot = Uint8Array.from([...gif(5, 5), ...ascii("<script>alert(1)</script>")]);
    expect(sniff(polyglot, false)).toEqual({ kind: "picture", mediaType: "image/gif" });
  });

  it("C-94 films and recordings are known by their container", () => {
    const containers = [
      [[0x1a, 0x45, 0xdf, 0xa3], "webm"],
      [[0, 0, 0, 24, ...ascii("ftypisom")], "mp4"],
      [ascii("OggS"), "ogg"],
    ] as const;
    for (const [bytes, name] of containers) {
      expect(sniff(padded(bytes), true)).toEqual({ kind: "video", mediaType: `video/${name}` });
      expect(sniff(padded(bytes), false)).toEqual({ kind: "sound", mediaType: `audio/${name}` });
    }
    expect(sniff(padded(ascii("fLaC")), false)).toEqual({ kind: "sound", mediaType: "audio/flac" });
    expect(sniff(padded(ascii("fLaC")), true)).toBeUndefined();
  });

  it("C-94 never throws, whatever the bytes", () => {
    const heads = [PNG, [0xff, 0xd8, 0xff], ascii("GIF89a"), [...ascii("RIFF"), 0, 0, 0, 0, ...ascii("WEBP")]];
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 80 }), fc.boolean(), (head, rest, isVideo) => {
        sniff(Uint8Array.from([...head, ...rest]), isVideo);
      }),
      { numRuns: 3000 },
    );
  });
});
