/* The corpus of vectors/bidi as the terminal draws it where it orders text itself. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { paragraph, visualOrder } from "./bidi.ts";

interface Line {
  readonly id: string;
  readonly note: string;
  readonly text: string;
  readonly direction: "ltr" | "rtl";
  readonly visual: readonly string[];
}

const file = new URL("../../../../vectors/bidi/lines.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Line[] };

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const MIRRORED: ReadonlyMap<string, string> = new Map(
  ["()", "[]", "{}", "<>", "«»", "（）"].flatMap(([a = "", b = ""]) => [
    [a, b],
    [b, a],
  ]),
);

/** The runs of a case as they stand from the left edge to the right, with brackets as they are drawn. */
function expected({ visual }: Line): string {
  return visual
    .map((run) => {
      const letters = Array.from(graphemes.segment(run.slice(1)), ({ segment }) => segment);
      if (run.startsWith(">")) return letters.join("");
      return letters
        .toReversed()
        .map((letter) => MIRRORED.get(letter) ?? letter)
        .join("");
    })
    .join("");
}

/** Joined forms put back into plain letters; ZWNJ and isolates take no cell. */
const plain = (text: string): string => text.normalize("NFKC").replaceAll(/[\u200C\u2066-\u2069]/gu, "");

describe("the bidi corpus in the terminal", () => {
  it("has at least sixty lines, each named once", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(cases)("$id: $note", (line) => {
    const { isRtl, clusters } = paragraph(line.text, "visual", true);
    const drawn = visualOrder(clusters, isRtl)
      .map(({ text }) => text)
      .join("");
    expect({ direction: isRtl ? "rtl" : "ltr", drawn: plain(drawn) }).toEqual({
      direction: line.direction,
      drawn: plain(expected(line)),
    });
  });
});
