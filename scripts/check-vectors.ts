/*
 * The project's own vectors against a second implementation: every vectors/verify/check_*.py is run with Debian's Python 3
 * (standard library only). Without Python it says so and fails nothing that was not checked: it is reported as not run.
 */
import { spawnSync } from "node:child_process";
import { basename, join } from "node:path";
import { projectFiles, report, ROOT } from "./sources.ts";

const checkers = projectFiles(/^vectors\/verify\/check_[a-z_]+\.py$/);
const python = spawnSync("python3", ["--version"], { stdio: "ignore" });
if (python.status !== 0) {
  console.log("vectors: NOT RUN, python3 is missing; install it with: apt-get install python3");
} else {
  const faults: string[] = [];
  if (checkers.length === 0) faults.push("no checker was found in vectors/verify");
  for (const path of checkers) {
    const run = spawnSync("python3", [join(ROOT, path)], { cwd: ROOT, stdio: "inherit" });
    if (run.status !== 0) faults.push(`${basename(path)} found a difference`);
  }
  report("vectors", faults);
}
