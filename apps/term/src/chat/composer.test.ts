import { describe, expect, it } from "vitest";
import { edit, insert, type Composer, type Edit } from "./composer.ts";

/** `|` is the cursor. */
const at = (text: string): Composer => ({ text: text.replace("|", ""), at: text.indexOf("|") });
const show = ({ text, at: place }: Composer): string => `${text.slice(0, place)}|${text.slice(place)}`;

describe("writing", () => {
  it.each<[Edit, string, string]>([
    ["left", "ab|", "a|b"],
    ["left", "|ab", "|ab"],
    ["right", "a|b", "ab|"],
    ["right", "ab|", "ab|"],
    ["backspace", "👩‍💻|", "|"],
    ["backspace", "می‌|خواهم", "م|خواهم"],
    ["backspace", "a\n|b", "a|b"],
    ["delete", "|éx", "|x"],
    ["delete", "a|\nb", "a|b"],
    ["home", "a\nbc|", "a\n|bc"],
    ["end", "|a\nb", "a|\nb"],
    ["word-back", "one two |", "one |"],
    ["word-back", "one two|", "one |"],
    ["to-start", "a\nbc|d", "a\n|d"],
    ["to-end", "a|b\nc", "a|\nc"],
  ])("%s turns %j into %j", (what, before, after) => {
    expect(show(edit(at(before), what))).toBe(after);
  });
  it("puts text in at the cursor, with plain line breaks", () => {
    expect(show(insert(at("a|b"), "1\r\n2\r3"))).toBe("a1\n2\n3|b");
  });
});
