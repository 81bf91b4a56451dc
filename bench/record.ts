/* What stands beside every number: the machine, the versions, the commit, and how busy the machine was. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** Where and from what a number comes. */
export interface Origin {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly commit: string;
  readonly load: number;
  readonly date: string;
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { encoding: "utf8", cwd: import.meta.dirname }).trim();
  } catch {
    return "";
  }
}

/** @returns the origin of numbers measured now; the commit ends in `+` when the work tree differs from it */
export function origin(): Origin {
  const commit = git("rev-parse", "--short=12", "HEAD");
  const dirty = git("status", "--porcelain") === "" ? "" : "+";
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: `${commit}${dirty}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    date: new Date().toISOString().slice(0, 10),
  };
}
