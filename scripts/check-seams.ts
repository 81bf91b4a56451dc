/*
 * Holds the seams of scripts/seams.ts: every import (type imports count), every package.json and every tsconfig reference
 * must be an allowed edge; platform code stands only in its folder; ARCHITECTURE.md shows the table as it is.
 * `--write` prints the table into ARCHITECTURE.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { EDGES, edgesAsMarkdown, NEVER, ROOMS, type Edge } from "./seams.ts";
import { importsOf, projectFiles, readProjectFile, report, ROOT } from "./sources.ts";

const BUILTIN = new Set(builtinModules);

const isTest = (path: string): boolean =>
  /\.(test|scenario|bench)\.tsx?$|\/testing\/|\/test\/|\/scripts\/|\.config\.ts$/.test(path);
const roomOf = (path: string): string | undefined => ROOMS.find((room) => path.startsWith(`${room.folder}/`))?.name;
const isNodeSide = (path: string): boolean =>
  /\/src\/node\//.test(path) ||
  /^(apps\/term|lab|bench|scripts)\//.test(path) ||
  !path.includes("/src/") ||
  isTest(path);

/** `@chapar/wire/bytes` → room wire, door bytes; relative imports that leave their room count too. */
function target(path: string, specifier: string): { room: string; door: string | undefined } | undefined {
  const own = /^@chapar\/([a-z0-9]+)(?:\/(.+))?$/.exec(specifier);
  if (own?.[1] !== undefined) return { room: own[1], door: own[2] };
  if (!specifier.startsWith(".")) return undefined;
  const room = roomOf(normalize(join(dirname(path), specifier)));
  return room === undefined || room === roomOf(path) ? undefined : { room, door: undefined };
}

function allowed(from: string, to: { room: string; door: string | undefined }, test: boolean): Edge | undefined {
  if (NEVER.some((edge) => edge.from === from && edge.to === to.room)) return undefined;
  return EDGES.find(
    (edge) =>
      edge.from === from &&
      (test || edge.only !== "test") &&
      (edge.to === to.room || edge.to === `${to.room}/${to.door ?? ""}` || (test && edge.to.startsWith(`${to.room}/`))),
  );
}

const faults: string[] = [];

for (const path of projectFiles(/\.(ts|tsx)$/)) {
  const from = roomOf(path);
  for (const { specifier, line } of importsOf(path)) {
    const at = `${path}:${line}`;
    const bare = specifier.startsWith("node:") ? specifier.slice(5) : specifier;
    if (BUILTIN.has(bare) && !isNodeSide(path)) faults.push(`${at} imports ${specifier} outside a node folder`);
    if (/\/testing(\/|$)/.test(specifier) && !isTest(path))
      faults.push(`${at} imports test code (${specifier}) from production code`);
    if (from === undefined) continue;
    const to = target(path, specifier);
    if (to === undefined || to.room === from) continue;
    if (specifier.startsWith(".")) faults.push(`${at} reaches into ${to.room} by a relative path; use its door`);
    if (allowed(from, to, isTest(path)) === undefined) faults.push(`${at} ${from} may not import ${specifier}`);
  }
}

for (const room of ROOMS) {
  const manifestPath = join(ROOT, room.folder, "package.json");
  if (!existsSync(manifestPath)) continue;
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as Record<string, Record<string, string> | undefined>;
  for (const [group, test] of [
    ["dependencies", false],
    ["devDependencies", true],
  ] as const) {
    for (const name of Object.keys(manifest[group] ?? {})) {
      if (!name.startsWith("@chapar/")) continue;
      const to = name.slice("@chapar/".length);
      const edge = EDGES.find((e) => e.from === room.name && e.to.split("/")[0] === to && (test || e.only !== "test"));
      if (edge === undefined || NEVER.some((e) => e.from === room.name && e.to === to)) {
        faults.push(`${room.folder}/package.json ${group} names ${name}, which the table does not allow`);
      }
    }
  }
  for (const path of projectFiles(new RegExp(`^${room.folder}/.*tsconfig[^/]*\\.json$`))) {
    // tsconfig is JSON with line comments.
    const config = JSON.parse(readProjectFile(path).replace(/^\s*\/\/.*$/gm, "")) as {
      references?: { path: string }[];
    };
    const references = config.references ?? [];
    for (const reference of references) {
      const to = roomOf(`${normalize(join(dirname(path), reference.path))}/`);
      if (to === undefined || to === room.name) continue;
      const test = /tsconfig\.(test|scripts)/.test(path);
      if (allowed(room.name, { room: to, door: "bytes" }, test) === undefined)
        faults.push(`${path} references ${to}, which the table does not allow`);
    }
  }
}

const BEGIN = "<!-- seams:begin -->";
const END = "<!-- seams:end -->";
const page = join(ROOT, "ARCHITECTURE.md");
const text = readFileSync(page, "utf8");
const start = text.indexOf(BEGIN);
const end = text.indexOf(END);
if (start < 0 || end < 0) faults.push(`ARCHITECTURE.md lacks ${BEGIN} … ${END}`);
else {
  const wanted = `${text.slice(0, start + BEGIN.length)}\n${edgesAsMarkdown()}\n${text.slice(end)}`;
  if (process.argv.includes("--write")) writeFileSync(page, wanted);
  else if (wanted !== text)
    faults.push("ARCHITECTURE.md does not show the table as it is; run: node scripts/check-seams.ts --write");
}

report("seams", faults);
