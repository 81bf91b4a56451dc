/*
 * `chapar lab race`: everybody changes a group at once while links break and its hub is killed; in numbers. The drill looks into what devices
 * keep, so it is a script, which runs in a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LabError } from "../errors.ts";
import type { LabIo } from "../io.ts";
import type { RaceCommand } from "./arguments.ts";
import type { RaceRow } from "./row.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/race-drill.ts", import.meta.url));

/** Numbers for people. */
export function raceLine(row: RaceRow): string {
  const size = `${row.people} people, ${row.changes} changes, ${row.letters} letters`;
  const line = `${row.commits} commits, ${row.breaks} breaks in the line of epochs, ${row.apart} devices apart`;
  const read = `${row.lost} of ${row.owed} letters lost, ${row.twice} twice, ${row.faults} faults`;
  const faults = `${row.kills} kills of the hub, ${row.cuts} links cut, ${row.restarts} engines begun anew`;
  return `${size}: ${line}; ${read}; ${faults}; ${row.raceMs} ms, ${row.cpuMs} ms of the processor`;
}

/** Plays it. @returns false when it was stopped before its end @throws LabError `lab/not-ready` when the drill failed */
export async function runRace(command: RaceCommand, io: LabIo): Promise<boolean> {
  const { people, changes, seed } = command;
  const words = [people, changes, seed].map(String);
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
  io.out(command.json ? line : raceLine(JSON.parse(line) as RaceRow));
  return true;
}
