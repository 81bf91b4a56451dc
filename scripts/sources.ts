/*
 * The source files of the project and what they import, for the checks beside this file. Files come from git (tracked
 * and untracked, not ignored), imports from a real parser: a regular expression would count those in strings and comments.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";

export const ROOT: string = join(import.meta.dirname, "..");

/** Paths of the project's files, relative to the root, that match and still exist. */
export function projectFiles(match: RegExp): string[] {
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const deleted = new Set(
    execFileSync("git", ["ls-files", "-z", "--deleted"], { cwd: ROOT, encoding: "utf8" }).split("\0"),
  );
  return listed
    .split("\0")
    .filter((path) => path !== "" && match.test(path) && !deleted.has(path))
    .sort();
}

export function readProjectFile(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export interface ImportedName {
  readonly specifier: string;
  readonly line: number;
}

/** Every module a file names: static, re-exported, dynamic with a literal, type-only alike. */
export function importsOf(path: string): ImportedName[] {
  const text = readProjectFile(path);
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? "does not parse"}`);
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;
  const found: ImportedName[] = [];
  for (const item of module.staticImports) {
    found.push({ specifier: item.moduleRequest.value, line: lineAt(item.start) });
  }
  for (const item of module.staticExports) {
    for (const entry of item.entries) {
      if (entry.moduleRequest !== null) found.push({ specifier: entry.moduleRequest.value, line: lineAt(item.start) });
    }
  }
  for (const item of module.dynamicImports) {
    const source = text.slice(item.moduleRequest.start, item.moduleRequest.end);
    const literal = /^["'](.+)["']$/.exec(source);
    if (literal?.[1] !== undefined) found.push({ specifier: literal[1], line: lineAt(item.start) });
  }
  // import("x") in type position is not a dynamic import to the parser.
  for (const hit of text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)\s*[.[]/g)) {
    if (hit[1] !== undefined) found.push({ specifier: hit[1], line: lineAt(hit.index) });
  }
  return found;
}

/** Prints what a check found and sets the exit code; says so when it found nothing. */
export function report(check: string, faults: readonly string[]): void {
  if (faults.length === 0) {
    console.log(`${check}: ok`);
    return;
  }
  for (const fault of faults) console.error(`${check}: ${fault}`);
  process.exitCode = 1;
}
