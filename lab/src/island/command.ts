/*
 * `chapar lab island`: the border between two regions is cut for days, people write on, and it is joined again; in numbers. The drill needs a
 * network in memory and its clock, so it is a script, which runs in a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LabIo } from "../io.ts";
import { LabError } from "../errors.ts";
import type { IslandCommand } from "./arguments.ts";
import type { IslandRow } from "./row.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/island-drill.ts", import.meta.url));
const MS = 1_000;
const seconds = (ms: number): string => `${(ms / MS).toFixed(1)} s`;

/** Numbers for people. */
export function islandLine(row: IslandRow): string {
  const size = `${row.days} days, ${row.people} people, ${row.groups} groups, ${row.messages} messages (${row.branched} in branches)`;
  const whole = `${row.lost} of ${row.owed} lost, ${row.twice} twice, ${row.gaps} gaps, ${row.forked} groups forked, ${row.alerts} alerts`;
  const inside = `${row.unreadInside} of ${row.owedInside} not read on their own side before`;
  const merge = `together again ${seconds(row.mergeMs)} after the border, for ${seconds(row.mergeRealMs)} of this machine, ${seconds(row.mergeCpuMs)} of its processor`;
  return `${size}: ${whole}; ${inside}; ${merge}`;
}

/** Plays it. @returns false when it was stopped before its end @throws LabError `lab/not-ready` when the drill failed */
export async function runIsland(command: IslandCommand, io: LabIo): Promise<boolean> {
  const { days, people, messages, seed } = command;
  const words = [days, people, messages, seed].map(String);
  const child = spawn(process.execPath, [SCRIPT, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void child.kill();
  io.signal?.addEventListener("abort", stop, { once: true });
  createInterface({ input: child.stderr }).on("line", (line) => io.err(line));
  const lines: string[] = [];
  const exit = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  await exit;
  io.signal?.removeEventListener("abort", stop);
  if (io.signal?.aborted === true) return false;
  const [line] = lines;
  if (line === undefined) throw new LabError("lab/not-ready", "the drill ended without a result");
  io.out(command.json ? line : islandLine(JSON.parse(line) as IslandRow));
  return true;
}
