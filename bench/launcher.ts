/*
 * `./chapar bench launcher`: what the launcher adds to a second start, as whole processes: `./chapar --version` against the
 * pinned Node running the same file directly, in turn, after one warm-up of each.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Median whole-process times in ms. */
export interface LauncherResult {
  readonly case: "launcher";
  readonly throughLauncherMs: number;
  readonly directMs: number;
  readonly addedMs: number;
  readonly runs: number;
}

const RUNS = 15;
const ROOT = join(import.meta.dirname, "..");

function timed(file: string, args: readonly string[]): number {
  const begunMs = performance.now();
  const { status } = spawnSync(file, args, { stdio: "ignore", cwd: ROOT });
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return performance.now() - begunMs;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const launcher = (): number => timed(join(ROOT, "chapar"), ["--version"]);
const direct = (): number => timed(process.execPath, [join(ROOT, "apps/term/src/main.ts"), "--version"]);

/** Measures in turn, so that a slow moment of the machine slows both. */
export function benchLauncher(): LauncherResult {
  launcher();
  direct();
  const through: number[] = [];
  const straight: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    through.push(launcher());
    straight.push(direct());
  }
  const [throughLauncherMs, directMs] = [Math.round(median(through)), Math.round(median(straight))];
  return { case: "launcher", throughLauncherMs, directMs, addedMs: throughLauncherMs - directMs, runs: RUNS };
}
