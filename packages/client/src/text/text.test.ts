import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold } from "./fold.ts";
import { spansIn } from "./spans.ts";

describe("folding for search", () => {
  it("brings Arabic and Persian keyboards together", () => {
    expect(fold("علي كريمي")).toBe(fold("علی کریمی"));
    expect(fold("أحمد إبراهیم آرش")).toBe("احمد ابراهیم ارش");
    expect(fold("می\u200Cخواهم")).toBe(fold("میخواهم"));
    expect(fold("مُحَمَّد")).toBe("محمد");
    expect(fold("ســـلام")).toBe("سلام");
    expect(fold("مدرسة")).toBe(fold("مدرسه"));
    expect(fold("۰۱۲٣٤٥")).toBe("012345");
  });

  it("forgets case and accents, and keeps letters that only look accented", () => {
    expect(fold("SARA")).toBe("sara");
    expect(fold("Café Žižek")).toBe("cafe zizek");
    expect(fold("Ёлка")).toBe(fold("елка"));
    expect(fold("йод")).not.toBe(fold("иод"));
    expect(fold("你好")).toBe("你好");
  });

  it("is idempotent on any text", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => fold(fold(text)) === fold(text)));
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => fold(fold(text)) === fold(text)));
  });
});

describe("stretches that read from left to right", () => {
  it("are where they were found", () => {
    const text = "ببین https://example.org/a?b=1. یا +98 912 000 0000 را";
    for (const { at, text: found } of spansIn(text)) expect(text.slice(at, at + found.length)).toBe(found);
    expect(spansIn(text).map(({ kind, text: found }) => [kind, found])).toEqual([
      ["link", "https://example.org/a?b=1"],
      ["telephone", "+98 912 000 0000"],
    ]);
  });

  it("does not take an amount for a telephone number", () => {
    expect(spansIn("مبلغ 12,500,000 تومان")).toEqual([]);
  });
});
