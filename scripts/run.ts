/*
 * `./chapar check` and `./chapar test`: the steps, in the order in which they fail soonest, each with its time. A step
 * that cannot run on this machine is reported as *not run* with the reason, never as passed.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ensureChromium } from "./chromium.ts";
import { REPORT_FILE } from "./test-report.ts";
import { typeProjects } from "./type-projects.ts";
import { ROOT } from "./sources.ts";

type Outcome =
  | { readonly kind: "passed" | "failed"; readonly passed: number; readonly failed: number }
  | { readonly kind: "not run"; readonly why: string };

interface Step {
  readonly name: string;
  /** @param aside  true: other steps write at the same time, so each line says whose it is */
  run(aside: boolean): Outcome | Promise<Outcome>;
}

const REPORTER = `--reporter=${join(ROOT, "scripts/test-report.ts")}`;
/** Failed and unsteady tests, by name: the end of a long output is what one reads first. */
const notes: string[] = [];

const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);

function command(file: string, args: readonly string[]): Outcome {
  const { status, error } = spawnSync(file, args, { cwd: ROOT, stdio: "inherit" });
  if (error !== undefined) console.error(`${file}: ${error.message}`);
  return status === 0 ? { kind: "passed", passed: 1, failed: 0 } : { kind: "failed", passed: 0, failed: 1 };
}

const tool = (name: string, file: string, args: readonly string[]): Step => ({ name, run: () => command(file, args) });
const script = (name: string, file: string): Step => tool(name, process.execPath, [join(ROOT, "scripts", file)]);

/** Passes lines on with the name of the step that wrote them. */
async function passOn(name: string, from: Readable): Promise<void> {
  for await (const line of createInterface({ input: from })) console.log(`${name} │ ${line}`);
}

/** Runs a program to its end. @returns its exit code; null where a signal ended it */
async function ran(
  file: string,
  args: readonly string[],
  name: string | undefined,
  told: string,
): Promise<number | null> {
  const child = spawn(file, args, {
    cwd: ROOT,
    stdio: name === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
    env: { ...process.env, [REPORT_FILE]: told },
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (name !== undefined && child.stdout !== null && child.stderr !== null)
    await Promise.all([passOn(name, child.stdout), passOn(name, child.stderr)]);
  return await ended;
}

/** One vitest project; the counts come from its own JSON report, so a run that found no test is a failure. */
async function vitest(project: string, aside: boolean): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-test-"));
  const file = join(folder, "report.json");
  const told = join(folder, "told.txt");
  try {
    const status = await ran(
      bin("vitest"),
      ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, REPORTER],
      aside ? project : undefined,
      told,
    );
    if (!existsSync(file)) return { kind: "failed", passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(file, "utf8")) as Record<
      string,
      number
    >;
    const passed = numPassedTests ?? 0;
    const failed = Math.max(numFailedTests ?? 0, numFailedTestSuites ?? 0);
    if (passed === 0) console.error(`project ${project}: no test was found`);
    const ok = status === 0 && failed === 0 && passed > 0;
    return { kind: ok ? "passed" : "failed", passed, failed: ok ? 0 : Math.max(1, failed) };
  } finally {
    if (existsSync(told)) notes.push(...readFileSync(told, "utf8").trimEnd().split("\n"));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inChromium(project: string, aside: boolean): Promise<Outcome> {
  const chromium = ensureChromium();
  if (!chromium.ok) return { kind: "not run", why: chromium.why };
  process.env["CHAPAR_CHROMIUM"] = chromium.path;
  return await vitest(project, aside);
}

const CHECK: readonly Step[] = [
  tool("format", bin("oxfmt"), ["--check"]),
  script("seams", "check-seams.ts"),
  script("rules", "check-rules.ts"),
  tool("types", bin("tsc"), ["-b", ...typeProjects()]),
  tool("lint", bin("oxlint"), []),
  script("errors page", "errors-page.ts"),
  script("docs", "check-docs.ts"),
  tool("unused code", bin("knip"), []),
  { name: "unit tests", run: (aside) => vitest("node", aside) },
];

/** Steps of one row run at the same time: the networks of the lab mostly wait, while scenarios keep a processor busy. */
const CHECKED: readonly (readonly Step[])[] = CHECK.map((step) => [step]);
const TEST: readonly (readonly Step[])[] = [
  ...CHECKED,
  [script("vectors, second implementation", "check-vectors.ts")],
  [
    { name: "scenarios", run: (aside) => vitest("scenario", aside) },
    { name: "censor lab", run: (aside) => vitest("lab", aside) },
  ],
  [{ name: "in Chromium", run: (aside) => inChromium("web", aside) }],
  [{ name: "end to end", run: (aside) => inChromium("e2e", aside) }],
];

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

const [which = "check"] = process.argv.slice(2);
// A machine that is busy with other things makes real sockets and browsers late; what needed it is named at the end.
if (which === "test") process.env["CHAPAR_SECOND_TRIES"] ??= "1";
const begunMs = performance.now();
const lines: string[] = [];
let passed = 0;
let failed = 0;

async function take(step: Step, aside: boolean): Promise<void> {
  const stepMs = performance.now();
  const outcome = await step.run(aside);
  const word =
    outcome.kind === "not run"
      ? `NOT RUN: ${outcome.why}`
      : `${outcome.kind} (${outcome.passed} passed, ${outcome.failed} failed)`;
  lines.push(`${step.name.padEnd(32)} ${seconds(stepMs).padStart(8)}  ${word}`);
  if (outcome.kind === "not run") return;
  passed += outcome.passed;
  failed += outcome.failed;
}

for (const row of which === "test" ? TEST : CHECKED) {
  console.log(`\n── ${row.map(({ name }) => name).join(", ")}`);
  await Promise.all(row.map((step) => take(step, row.length > 1)));
}
if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
console.log(`\n${lines.join("\n")}\n${which} took ${seconds(begunMs)}`);
console.log(`chapar: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
