import { describe, expect, it } from "vitest";
import { isolate, plainName, plainText } from "./bidi.ts";

const RLO = "\u202E";
const LRO = "\u202D";

describe("names in sentences", () => {
  it("isolates what is interpolated and takes its own direction controls out", () => {
    expect(isolate("سارا")).toBe("\u2068سارا\u2069");
    expect(isolate(`a${RLO}b\u2069c`)).toBe("\u2068abc\u2069");
  });

  it("strips every bidi control from a name, so that an exe cannot read as a picture", () => {
    expect(plainName(`photo${RLO}gpj.exe`)).toBe("photogpj.exe");
    for (const control of "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069")
      expect(plainName(`a${control}b`)).toBe("ab");
  });

  it("keeps ZWNJ and ZWJ, which Persian and emoji need", () => {
    expect(plainName("می\u200Cخواهم")).toBe("می\u200Cخواهم");
    expect(plainName("👩\u200D🚀")).toBe("👩\u200D🚀");
  });

  it("is one line and not longer than asked", () => {
    expect(plainName(" a\nb\tc\u2028d ")).toBe("a b c d");
    expect(plainName("x".repeat(100), 10)).toBe(`${"x".repeat(9)}…`);
    expect(plainName(`${RLO}\u200F `)).toBe("");
  });
});

describe("message texts", () => {
  it("never contains an override; everything else stays as written", () => {
    expect(plainText(`24${RLO}42${LRO}!`)).toBe("2442!");
    expect(plainText("\u2067سلام\u2069 x")).toBe("\u2067سلام\u2069 x");
  });
});
