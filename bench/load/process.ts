/* What the operating system says of a process: resident memory and time on the processor, from /proc (Linux) or ps. */
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

/** Length of the kernel's clock tick in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Processor time that all threads of a process have taken so far, user and kernel, in ms; undefined where there is no /proc. */
export function cpuMsOf(pid: number): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const stat = readFileSync(path, "utf8");
  // The second field is the program's name in brackets, which may hold spaces; utime and stime are the 14th and 15th.
  const [userTicks = 0, kernelTicks = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (userTicks + kernelTicks) * TICK_MS;
}
