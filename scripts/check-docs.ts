/*
 * Documents against code: every runtime dependency has its reason in docs/dependencies.md (and no reason stands for a
 * dependency that is gone), every public name of a package's index.ts has a docstring where it is defined, links between
 * the project's pages lead somewhere, ARCHITECTURE.md stays under 300 lines, package READMEs under 60.
 */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "oxc-parser";
import { projectFiles, readProjectFile, report, ROOT } from "./sources.ts";

const faults: string[] = [];

const reasons = readProjectFile("docs/dependencies.md");
const listed = new Set([...reasons.matchAll(/^\| `([^`]+)` \|/gm)].map((hit) => hit[1] ?? ""));
const used = new Set<string>();
for (const path of projectFiles(/(^|\/)package\.json$/)) {
  const manifest = JSON.parse(readProjectFile(path)) as Record<string, Record<string, string> | undefined>;
  for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      if (name.startsWith("@chapar/")) continue;
      used.add(name);
      if (!listed.has(name)) faults.push(`${path}: ${name} has no line of reason in docs/dependencies.md`);
      if (!/^\d/.test(version)) faults.push(`${path}: ${name} is not pinned to an exact version (${version})`);
    }
  }
}
for (const name of listed)
  if (!used.has(name)) faults.push(`docs/dependencies.md gives a reason for ${name}, which nothing uses`);

/** Names an index re-exports, and the file each comes from. */
function publicNames(indexPath: string): { name: string; file: string }[] {
  const { module } = parseSync(indexPath, readProjectFile(indexPath));
  return module.staticExports.flatMap((item) =>
    item.entries.flatMap((entry) => {
      const from = entry.moduleRequest?.value;
      const name = entry.importName.name ?? entry.exportName.name;
      return from === undefined || !from.startsWith(".") || name === null || name === undefined
        ? []
        : [{ name, file: normalize(join(dirname(indexPath), from)) }];
    }),
  );
}

function hasDocstring(file: string, name: string, seen: ReadonlySet<string> = new Set()): boolean {
  if (seen.has(file) || !existsSync(join(ROOT, file))) return true;
  const text = readProjectFile(file);
  const definition = new RegExp(
    `(\\*/\\s*\\n)?(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:function\\*?|class|interface|type|const|let)\\s+${name.replace("$", "\\$")}\\b`,
    "g",
  );
  const hits = [...text.matchAll(definition)];
  if (hits.length > 0) return hits.some((hit) => hit[1] !== undefined);
  const next = publicNames(file).find((entry) => entry.name === name);
  return next === undefined ? true : hasDocstring(next.file, name, new Set([...seen, file]));
}

for (const index of projectFiles(/^packages\/[^/]+\/src\/(node\/|web\/|bytes\/|content\/)?index\.ts$/)) {
  for (const { name, file } of publicNames(index)) {
    if (!hasDocstring(file, name)) faults.push(`${file}: ${name} is public (${index}) and has no docstring`);
  }
}

for (const page of projectFiles(/\.md$/)) {
  const text = readProjectFile(page);
  for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (target === undefined || /^[a-z]+:/.test(target)) continue;
    if (!existsSync(join(ROOT, dirname(page), target))) faults.push(`${page} links to ${target}, which is not there`);
  }
  const lines = text.split("\n").length;
  if (page === "ARCHITECTURE.md" && lines > 300) faults.push(`${page} has ${lines} lines; 300 is the limit`);
  if (/^(packages|apps)\/[^/]+\/README\.md$/.test(page) && lines > 62)
    faults.push(`${page} has ${lines} lines; 60 is the limit`);
}

report("docs", faults);
