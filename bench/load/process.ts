/* What the operating system says of a process: resident memory, from /proc (Linux) or ps. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Resident set size in bytes; 0 when the process is gone. */
export function residentBytesOf(pid: number): number {
  const path = `/proc/${pid}/status`;
  if (existsSync(path)) {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, "utf8"))?.[1];
    return kib === undefined ? 0 : Number(kib) * 1024;
  }
  try {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).trim()) * 1024;
  } catch {
    return 0;
  }
}
