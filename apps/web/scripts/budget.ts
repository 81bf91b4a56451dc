/*
 * The byte budgets of the first visit, as gates: what is fetched until the first message can be written, in brotli as a
 * station sends it. Counted from the build's own graph: what the page names, and what those modules import statically.
 *
 *   node scripts/budget.ts      builds (when needed), prints JSON, exits 1 above a budget
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LANGUAGES } from "../src/i18n/languages.ts";
import { buildWebApp, NOT_KEPT } from "./build.ts";

/**
 * Budgets in bytes (1 kB = 1,000 B), from the design's table; but for the whole install, whose goal is 200 kB: checking,
 * repair, the road and everything people like have brought it above, and this gate keeps it from growing unseen (docs/bench.md).
 */
const BUDGETS = { firstBytes: 14_000, firstMessageJs: 75_000, wholeInstall: 428_000 } as const;

export interface Budget {
  readonly budget: typeof BUDGETS;
  /** the page, its style and its boot script: what the first paint needs */
  readonly firstBytes: number;
  /** every script until the first message, per language: the larger one counts */
  readonly firstMessageJs: number;
  readonly firstMessage: Readonly<Record<string, number>>;
  /** everything but fonts, in one language, in the background: of the language with the most */
  readonly wholeInstall: number;
  /** the same for each language */
  readonly installs: Readonly<Record<string, number>>;
  readonly chunks: Readonly<Record<string, number>>;
  readonly over: readonly string[];
}

function packedSize(dist: string, file: string): number {
  try {
    return statSync(join(dist, `${file}.br`)).size;
  } catch {
    return statSync(join(dist, file)).size;
  }
}

/** The scripts a chunk imports statically, itself included. */
function withImports(dist: string, file: string, found: Set<string>): void {
  if (found.has(file)) return;
  found.add(file);
  const code = readFileSync(join(dist, file), "utf8");
  for (const [, name] of code.matchAll(/(?:^|[;}\n])(?:import|export)(?:[^"'();]*?from)?\s*"\.\/([\w.-]+\.js)"/gu)) {
    if (name !== undefined) withImports(dist, `assets/${name}`, found);
  }
}

/** Measures a built app. */
export function measure(dist: string): Budget {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/(assets\/[\w.-]+\.js)"/gu)].map((match) => match[1] ?? "");
  const scripts = new Set<string>();
  for (const file of named.filter((name) => !name.startsWith("assets/boot-"))) withImports(dist, file, scripts);
  const assets = readdirSync(join(dist, "assets")).filter(
    (file) => /\.(?:js|css)$/u.test(file) && !NOT_KEPT.test(`assets/${file}`),
  );
  const chunks = Object.fromEntries(
    assets.map((file) => [file, packedSize(dist, `assets/${file}`)] as const).sort((a, b) => b[1] - a[1]),
  );
  const words = assets
    .filter((file) => /\.first\.gen-/u.test(file))
    .sort((a, b) => (chunks[b] ?? 0) - (chunks[a] ?? 0));
  const first = [...scripts, ...words.slice(0, 1).map((file) => `assets/${file}`)];
  const firstMessage = Object.fromEntries(first.map((file) => [file.replace("assets/", ""), packedSize(dist, file)]));
  const firstMessageJs = Object.values(firstMessage).reduce((sum, size) => sum + size, 0);
  const firstPaint = [...page.matchAll(/"\/(assets\/(?:page|boot)-[\w.-]+)"/gu)].map((match) => match[1] ?? "");
  const firstBytes = ["index.html", ...firstPaint].reduce((sum, file) => sum + packedSize(dist, file), 0);
  // Who reads one language has the words of that one alone (the service worker's `APP_WORDS`).
  const ofLanguage = (language: string): number =>
    assets.filter((file) => file.startsWith(`${language}.`)).reduce((sum, file) => sum + (chunks[file] ?? 0), 0);
  const shared =
    packedSize(dist, "index.html") +
    packedSize(dist, "sw.js") +
    Object.values(chunks).reduce((sum, size) => sum + size, 0) -
    LANGUAGES.reduce((sum, language) => sum + ofLanguage(language), 0);
  const installs = Object.fromEntries(LANGUAGES.map((language) => [language, shared + ofLanguage(language)]));
  const wholeInstall = Math.max(...Object.values(installs));
  const sizes = { firstBytes, firstMessageJs, wholeInstall };
  const over = Object.entries(BUDGETS)
    .filter(([name, limit]) => sizes[name as keyof typeof sizes] > limit)
    .map(([name]) => name);
  return { budget: BUDGETS, ...sizes, installs, firstMessage, chunks, over };
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const result = measure(await buildWebApp({ root }));
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  if (result.over.length > 0) process.exitCode = 1;
}
