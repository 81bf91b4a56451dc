import { describe, expect, it } from "vitest";
import { printableLine, printableLines, safeFileName } from "./printable.ts";

describe("text of other people on a terminal", () => {
  it("has its control characters as pictures", () => {
    expect(printableLine("a\u001B[2Jb\u0007\u007F\u009B")).toBe("a␛[2Jb␇␡\uFFFD");
  });
  it("has no character that turns its surroundings", () => {
    expect(printableLine("photo\u202Egpj.exe")).toBe("photogpj.exe");
    expect(printableLine("a\u2066b\u2069c")).toBe("abc");
  });
  it("keeps ZWNJ, marks and emoji joiners", () => {
    expect(printableLine("می‌خواهم é 👩‍💻")).toBe("می‌خواهم é 👩‍💻");
  });
  it("keeps lines where there are lines", () => {
    expect(printableLines("a\r\nb\n\nc\u2028d")).toEqual(["a", "b", "", "c", "d"]);
    expect(printableLine("a\nb")).toBe("a b");
  });
});

describe("a file name that somebody else chose", () => {
  it.each([
    ["photo.jpg", "photo.jpg"],
    ["../../.ssh/authorized_keys", "authorized_keys"],
    ["..\\..\\evil.bat", "evil.bat"],
    [".bashrc", "bashrc"],
    ["a/", "otherwise"],
    ["", "otherwise"],
    ["...", "otherwise"],
    ["a\u0000b.txt", "a_b.txt"],
    ["عکس.jpg", "عکس.jpg"],
    [`${"x".repeat(400)}.jpeg`, `${"x".repeat(195)}.jpeg`],
  ])("%j is saved as %j", (name, saved) => {
    expect(safeFileName(name, "otherwise")).toBe(saved);
  });
});
