import { describe, expect, it } from "vitest";
import { shapeArabic } from "./arabic-shaping.ts";
import { detectBidi, isRtlText, paragraph, visualOrder } from "./bidi.ts";
import { layoutComposer, layoutText } from "./layout.ts";

/** A line as it stands on a screen that draws from left to right, with the letters' plain forms put back. */
function onScreen(text: string): string {
  const { isRtl, clusters } = paragraph(text, "visual", true);
  return visualOrder(clusters, isRtl)
    .map((cluster) => cluster.text.normalize("NFKC"))
    .join("");
}

const reversed = (text: string): string => Array.from(text).toReversed().join("");

describe("shaping", () => {
  it("joins letters by their neighbours", () => {
    expect(shapeArabic("سلام", false)).toBe("ﺳﻼﻡ");
    expect(shapeArabic("پگاه", false)).toBe("ﭘﮕﺎﻩ");
    expect(shapeArabic("بببـب", false)).toBe("ﺑﺒﺒـﺐ");
  });
  it("parts letters at a ZWNJ and leaves it out", () => {
    expect(shapeArabic("می‌خواهم", false)).toBe("ﻣﯽﺧﻮﺍﻫﻢ");
  });
  it("joins across marks", () => {
    expect(shapeArabic("بِب", false)).toBe("ﺑِﺐ");
  });
  it("keeps every place when asked to", () => {
    const text = "سلام، می‌خواهم";
    expect(shapeArabic(text, true)).toHaveLength(text.length);
  });
  it("does not touch other scripts, nor the joiners of emoji", () => {
    for (const text of ["hello", "世界", "👨‍👩‍👧", "سلا 👨‍👩‍👧"]) {
      expect(shapeArabic(text, false).includes("👨‍👩‍👧")).toBe(text.includes("👨‍👩‍👧"));
    }
    expect(shapeArabic("hello 世界", false)).toBe("hello 世界");
  });
});

describe("visual order", () => {
  // Expected: what a reader sees, from the left edge to the right.
  it.each([
    ["Latin stays", "hello (world)", "hello (world)"],
    ["Persian is turned", "سلام دنیا", reversed("سلام دنیا")],
    ["a number keeps its order in Persian", "سال 1405 بود", `${reversed("بود")} 1405 ${reversed("سال")}`],
    ["a Persian number keeps its order", "سال ۱۴۰۵", `۱۴۰۵ ${reversed("سال")}`],
    ["a Latin brand inside Persian", "با Chapar بنویس", `${reversed("بنویس")} Chapar ${reversed("با")}`],
    ["parentheses turn with their text", "او (سارا) آمد", `${reversed("آمد")} (${reversed("سارا")}) ${reversed("او")}`],
    ["Persian inside Latin", "say سلام now", `say ${reversed("سلام")} now`],
    ["a URL inside Persian", "ببین https://example.org/a", `https://example.org/a ${reversed("ببین")}`],
  ])("%s", (_, text, expected) => {
    expect(onScreen(text)).toBe(expected);
  });

  it("keeps surrogate pairs and marks whole", () => {
    expect(onScreen("سلام 👩‍💻")).toBe(`👩‍💻 ${reversed("سلام")}`);
  });

  it("wraps in reading order: the first words are on the first line", () => {
    const [first, second] = layoutText(["یک دو سه چهار پنج شش"], 10, "visual");
    expect(first?.text.normalize("NFKC")).toBe(reversed("یک دو سه"));
    expect(first?.indent).toBe(2);
    expect(second?.text.normalize("NFKC")).toBe(reversed("چهار پنج"));
  });

  it("leaves text as written in the other modes, so that copying gives it back", () => {
    for (const mode of ["logical", "terminal"] as const) {
      expect(layoutText(["سلام (دنیا) 24"], 40, mode)[0]?.text).toBe("سلام (دنیا) 24");
    }
  });
});

describe("direction and terminals", () => {
  it("is of the first letter", () => {
    expect(isRtlText("24 سلام hello")).toBe(true);
    expect(isRtlText("«hello» سلام")).toBe(false);
    expect(isRtlText("123")).toBe(false);
  });
  it("is left to terminals that are known to order text", () => {
    expect(detectBidi({ VTE_VERSION: "7600" })).toBe("terminal");
    expect(detectBidi({ KONSOLE_VERSION: "230800" })).toBe("terminal");
    expect(detectBidi({ VTE_VERSION: "5200" })).toBe("visual");
    expect(detectBidi({ TERM: "xterm-256color" })).toBe("visual");
  });
});

describe("the cursor while writing", () => {
  it("stands behind the last Latin character", () => {
    expect(layoutComposer({ text: "abc", at: 3 }, 20, "visual")).toMatchObject({ row: 0, column: 3 });
    expect(layoutComposer({ text: "abc", at: 1 }, 20, "visual")).toMatchObject({ row: 0, column: 1 });
  });
  it("stands left of the last Persian character, at the right edge before the first", () => {
    expect(layoutComposer({ text: "سلام", at: 4 }, 20, "visual").column).toBe(15);
    expect(layoutComposer({ text: "سلام", at: 0 }, 20, "visual").column).toBe(20);
  });
  it("follows lines", () => {
    expect(layoutComposer({ text: "a\nbc", at: 4 }, 20, "logical")).toMatchObject({ row: 1, column: 2 });
    expect(layoutComposer({ text: "abcdef", at: 6 }, 4, "logical")).toMatchObject({ row: 1, column: 3 });
    expect(layoutComposer({ text: "世界人", at: 2 }, 20, "logical")).toMatchObject({ row: 0, column: 4 });
  });
});
