import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitOf, termsOf, wantedBy } from "./words.ts";

const finds = (typed: string, text: string): boolean => fitOf(wantedBy(typed), text) !== undefined;

describe("what a text is found by", () => {
  it("is the beginning of its words, in any order and keyboard", () => {
    expect(finds("mont sea", "The sea in the month of May")).toBe(true);
    expect(finds("onth", "month")).toBe(false);
    expect(finds("علي كتاب", "کتاب‌های علی رسید")).toBe(true);
    expect(finds("ЕЛКА", "Ёлка в лесу")).toBe(true);
    expect(finds("۱۴۰۵", "سال 1405")).toBe(true);
  });

  it("is a Persian word with or without its ZWNJ, and each of its parts", () => {
    for (const typed of ["می‌خواهم", "میخواهم", "می خواهم", "خواه"]) expect(finds(typed, "نمی‌دانم، می‌خواهم")).toBe(true);
  });

  it("is any run of Chinese characters, also one, and no other order of them", () => {
    expect(finds("北京大学", "我在北京大学读书")).toBe(true);
    expect(finds("京", "我在北京")).toBe(true);
    expect(finds("京北", "我在北京")).toBe(false);
    expect(finds("北大", "北京大学 大北")).toBe(false);
    expect(finds("用iphone", "我用iPhone写")).toBe(true);
  });

  it("tells where the words stand in the text as it was written", () => {
    const text = "سلام، كتاب‌ها را ببین";
    expect(fitOf(wantedBy("کتاب"), text)?.stretches.map(({ at, length }) => text.slice(at, at + length))).toEqual([
      "كتاب‌ها",
    ]);
  });

  it("ranks whole words above beginnings, and words side by side above both", () => {
    const score = (text: string): number => fitOf(wantedBy("red door"), text)?.score ?? -1;
    expect(score("the red door")).toBeGreaterThan(score("a door that is red"));
    expect(score("a door that is red")).toBeGreaterThan(score("redder doors"));
  });

  it("every text is found by any of its own terms", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const terms = termsOf(text);
        const { prefixes } = wantedBy(text);
        for (const prefix of prefixes)
          expect(
            [...terms].some((term) => term.startsWith(prefix)),
            prefix,
          ).toBe(true);
      }),
    );
  });
});
