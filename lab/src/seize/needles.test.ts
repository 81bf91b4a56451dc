import { describe, expect, it } from "vitest";
import { formsOf, Needles } from "./needles.ts";

const WORD = "bdkqmxwzrtfh";

function found(image: Buffer, words: readonly string[] = [WORD]): string[] {
  const places: string[] = [];
  new Needles(words.flatMap((word) => formsOf(word).map((bytes) => ({ bytes, label: word })))).scan(
    image,
    (label, at) => places.push(`${label} ${at}`),
  );
  return places;
}

describe("needles", () => {
  it.each([
    ["UTF-8", Buffer.from(`..${WORD}..`)],
    ["UTF-16", Buffer.from(`..${WORD}..`, "utf16le")],
    ["UTF-16, other order", Buffer.from(`..${WORD}..`, "utf16le").swap16()],
    ["hexadecimal", Buffer.from(Buffer.from(`..${WORD}..`).toString("hex"))],
    ["HEXADECIMAL", Buffer.from(Buffer.from(`..${WORD}..`).toString("hex").toUpperCase())],
    ["base64", Buffer.from(Buffer.from(`...${WORD}..`).toString("base64"))],
    ["base64, one on", Buffer.from(Buffer.from(`....${WORD}..`).toString("base64"))],
    ["base64, two on", Buffer.from(Buffer.from(`..${WORD}..`).toString("base64"))],
  ])("are found in %s", (_form, image) => {
    expect(new Set(found(image).map((place) => place.split(" ")[0]))).toEqual(new Set([WORD]));
  });

  it("are found at both ends, where they overlap, and beside those that begin alike", () => {
    const other = `${WORD.slice(0, 8)}jjjj`;
    expect(found(Buffer.from(WORD + other + WORD), [WORD, other])).toEqual([`${WORD} 0`, `${other} 12`, `${WORD} 24`]);
    expect(found(Buffer.from(WORD.slice(0, 11)))).toEqual([]);
    expect(found(Buffer.alloc(0))).toEqual([]);
  });

  it("of Persian letters are found in the encodings that have them", () => {
    const word = "پثچژگفقکغظضط";
    expect(found(Buffer.from(`x${word}`), [word])).toEqual([`${word} 1`]);
    expect(found(Buffer.from(`x${word}`, "utf16le"), [word])).toEqual([`${word} 2`]);
    expect(found(Buffer.from(`x${word}`, "utf16le").swap16(), [word])).toEqual([`${word} 2`]);
  });

  it("that are too short are refused: they would stand anywhere", () => {
    expect(() => new Needles([{ bytes: Buffer.from("seven77"), label: 1 }])).toThrow(RangeError);
  });
});
