import { describe, expect, it } from "vitest";
import { breakLines, clip, clustersOf, fit, widthOf } from "./cells.ts";

const lines = (text: string, columns: number): string[] =>
  breakLines(clustersOf(text), columns).map((line) => line.map((cluster) => cluster.text).join(""));

describe("widths", () => {
  it.each([
    ["abc", 3],
    ["世界", 4],
    ["سلام", 4],
    ["می‌خواهم", 7],
    ["é", 1],
    ["👨‍👩‍👧", 2],
    ["🇮🇷", 2],
    ["", 0],
  ])("%s takes %i columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
    expect(clustersOf(text).reduce((sum, { width }) => sum + width, 0)).toBe(columns);
  });
});

describe("breaking lines", () => {
  it("breaks at spaces and drops the one at the break", () => {
    expect(lines("the quick brown fox", 10)).toEqual(["the quick", "brown fox"]);
  });
  it("breaks a word that is too long", () => {
    expect(lines("a https://example.org/long", 10)).toEqual(["a", "https://ex", "ample.org/", "long"]);
  });
  it("breaks Chinese anywhere, but not before a full stop", () => {
    expect(lines("人人生而自由。在尊", 8)).toEqual(["人人生而", "自由。在", "尊"]);
    expect(lines("人人生而自由。在", 12)).toEqual(["人人生而自", "由。在"]);
  });
  it("keeps an empty line", () => {
    expect(lines("", 5)).toEqual([""]);
  });
  it("never makes a line wider than asked", () => {
    for (const text of ["سلام دنیا، این یک آزمون است", "世界人权宣言 and more", "👩‍💻 writes 👩‍💻👩‍💻 code"]) {
      for (let columns = 2; columns < 20; columns += 1) {
        for (const line of lines(text, columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    }
  });
});

describe("clipping", () => {
  it("says that something was left out", () => {
    expect(clip("Dara from Berlin", 6)).toBe("Dara …");
    expect(clip("世界人权", 5)).toBe("世界…");
    expect(clip("Dara", 4)).toBe("Dara");
  });
  it("fills up", () => {
    expect(fit("世", 4)).toBe("世  ");
  });
});
