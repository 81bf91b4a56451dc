/*
 * docs/errors.md from the tables in packages/<package>/src/errors.ts: a code, what it means, whose fault it is, whether to
 * try again. `node scripts/errors-page.ts --write` prints it; without the flag it checks that the page is current and
 * that every code is raised somewhere outside its table.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles, readProjectFile, report, ROOT } from "./sources.ts";

interface Row {
  readonly what: string;
  readonly whose: "us" | "peer" | "network" | "user";
  readonly retry: boolean;
}

const WHOSE: Record<Row["whose"], string> = {
  us: "ours",
  peer: "the other side's",
  network: "the network's",
  user: "the user's",
};

/** Tables are found by shape: an exported record whose values say what, whose and retry. */
async function tableOf(path: string): Promise<[string, Row][]> {
  const module = (await import(join(ROOT, path))) as Record<string, unknown>;
  for (const value of Object.values(module)) {
    if (typeof value !== "object" || value === null) continue;
    const rows = Object.entries(value as Record<string, Partial<Row>>);
    if (rows.length > 0 && rows.every(([code, row]) => code.includes("/") && typeof row?.what === "string"))
      return rows as [string, Row][];
  }
  return [];
}

const faults: string[] = [];
const sources = projectFiles(/^(packages|apps|lab)\/.*\.tsx?$/).filter(
  (path) => !path.endsWith("src/errors.ts") && !/\.test\./.test(path),
);
const raised = sources.map(readProjectFile).join("\n");
const sections: string[] = [];

for (const path of projectFiles(/^(packages\/[^/]+|apps\/[^/]+|lab)\/src\/errors\.ts$/)) {
  const rows = await tableOf(path);
  if (rows.length === 0) {
    faults.push(`${path} exports no table of errors`);
    continue;
  }
  const name = path.replace(/\/src\/errors\.ts$/, "");
  const lines = rows.map(([code, row]) => {
    if (!raised.includes(`"${code}"`)) faults.push(`${code} stands in ${path} and is raised nowhere`);
    return `| \`${code}\` | ${row.what} | ${WHOSE[row.whose]} | ${row.retry ? "yes" : "no"} |`;
  });
  sections.push(
    [`## ${name}`, "", "| code | what it means | whose fault | try again |", "|---|---|---|---|", ...lines].join("\n"),
  );
}

const text = [
  "# Errors",
  "",
  "Generated from the tables in `src/errors.ts` of each package (`node scripts/errors-page.ts --write`). Codes are stable:",
  "search for one here to learn what it means, whose fault it is, and whether trying again can help.",
  "",
  sections.join("\n\n"),
  "",
].join("\n");

const page = join(ROOT, "docs/errors.md");
if (process.argv.includes("--write")) writeFileSync(page, text);
else if (!existsSync(page) || readFileSync(page, "utf8") !== text)
  faults.push("docs/errors.md is not current; run: node scripts/errors-page.ts --write");
report("errors", faults);
