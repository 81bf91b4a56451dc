/*
 * The compiler sees a CSS module as any names at all; this sees that every class a component uses is written in its
 * sheet, and that no sheet holds a class nobody uses. It also holds the direction rule: no physical sides in styles.
 */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SRC = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, SRC), "utf8");
const sheets = globSync("**/*.module.css", { cwd: SRC.pathname });
const components = globSync("**/*.tsx", { cwd: SRC.pathname }).filter((path) => !path.includes("testing/"));

function usedBy(sheet: string): Set<string> {
  const used = new Set<string>();
  const file = sheet.split("/").at(-1) ?? "";
  for (const path of components) {
    const code = read(path);
    const name = new RegExp(`import (\\w+) from "[^"]*/${file.replaceAll(".", "\\.")}"`, "u").exec(code)?.[1];
    if (name === undefined) continue;
    const body = code.replaceAll(/^import .*$/gmu, "");
    for (const [, found] of body.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "gu"))) used.add(found ?? "");
  }
  return used;
}

describe("styles", () => {
  it.each(sheets)("%s has exactly the classes that are used", (sheet) => {
    const css = read(sheet).replaceAll(/\/\*[\s\S]*?\*\//gu, "");
    const written = new Set([...css.matchAll(/\.([a-zA-Z]\w*)(?=[^{}]*\{)/gu)].map((match) => match[1] ?? ""));
    expect([...usedBy(sheet)].sort()).toEqual([...written].sort());
  });

  it.each([...sheets, "styles/base.css", "styles/landing.css"])("%s names no physical side", (sheet) => {
    const css = read(sheet)
      .replaceAll(/\/\*[\s\S]*?\*\//gu, "")
      .replaceAll(/--start: (?:left|right)/gu, "");
    expect(css).not.toMatch(
      /(?:margin|padding|border)-(?:left|right)|(?:^|[;{\s])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:\s*(?:left|right)/u,
    );
  });
});
