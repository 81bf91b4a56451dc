import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { textParts } from "./links.ts";
import { quantityOf } from "./quantity.ts";
import { regionName } from "./region.ts";

const isolated = (text: string): string[] =>
  textParts(text)
    .filter((part) => part.isNumber === true)
    .map((part) => part.text);

describe("links and numbers in a text", () => {
  it("finds addresses without the punctuation around them", () => {
    expect(textParts("see https://example.org/a?b=1.").map((part) => part.href)).toEqual([
      undefined,
      "https://example.org/a?b=1",
      undefined,
    ]);
    expect(textParts("(https://example.org)")[1]?.text).toBe("https://example.org");
    expect(textParts("ببین: https://example.org، خوب است")[1]?.text).toBe("https://example.org");
  });

  it("shows a look-alike host in the form it is resolved in", () => {
    expect(textParts("https://аpple.com/")[0]?.text).toBe("https://xn--pple-43d.com/");
  });

  it("opens nothing but http and https", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc", "ftp://a.b"])
      expect(textParts(text).every((part) => part.href === undefined)).toBe(true);
  });

  it("isolates telephone numbers, in both kinds of digits, and leaves amounts alone", () => {
    expect(isolated("زنگ بزن +98 912 000 0000 لطفا")).toEqual(["+98 912 000 0000"]);
    expect(isolated("۰۹۱۲ ۰۰۰ ۰۰۰۰")).toEqual(["۰۹۱۲ ۰۰۰ ۰۰۰۰"]);
    expect(isolated("صفحهٔ 24 از 30 و 12,500 تومان")).toEqual([]);
    expect(isolated("a0123456789")).toEqual([]);
  });

  it("loses no letter of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const parts = textParts(text);
        return (
          parts.some((part) => part.href?.includes("xn--") === true) || parts.map((part) => part.text).join("") === text
        );
      }),
    );
  });
});

describe("quantities", () => {
  it("takes the unit a person would say", () => {
    expect(quantityOf(999)).toEqual({ value: 999, unit: "bytes" });
    expect(quantityOf(1234)).toEqual({ value: 1.2, unit: "kilobytes" });
    expect(quantityOf(999_499)).toEqual({ value: 999, unit: "kilobytes" });
    expect(quantityOf(999_500)).toEqual({ value: 1, unit: "megabytes" });
  });
});

describe("regions", () => {
  it("are named in the reader's language, and an unknown one stays what it is", () => {
    expect(regionName("en", "IR")).toBe("Iran");
    expect(regionName("fa", "de")).toBe("آلمان");
    expect(regionName("en", "??")).toBe("??");
  });
});

describe("a code that links a device", () => {
  it("D-7 is plain text in a message, whatever stands around it", () => {
    const code = `chapar:d/${"A".repeat(160)}`;
    for (const text of [code, `press ${code} now`, `<a href="${code}">here</a>`, code.toUpperCase()])
      expect(textParts(text).filter(({ href }) => href !== undefined)).toEqual([]);
  });
});
