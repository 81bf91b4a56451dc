/*
 * `chapar lab residency`: random operations of residents of three regions against stations that keep the laws of these regions, in memory,
 * or on disk, with every byte of every store looked at; and faulty builds, whose every misplacement the books of both sides must show. The season
 * itself is a script of the station, which has its fakes; lanes are processes of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LabIo } from "../io.ts";
import type { ResidencyCommand } from "./arguments.ts";

const SCRIPT = fileURLToPath(new URL("../../../packages/station/scripts/residency-season.ts", import.meta.url));
const SEASON_OPERATIONS = 2_000;
/** Stations on disk wait for it, and each world costs some seconds to start. */
const DISK_SEASON_OPERATIONS = 1_000;
/** Faults of one season: after many, hardly any rooms are left that no fault has opened. */
const SEASON_PLANTS = 50;
/** How many times the seasons that should do are played, until so many faults are planted as were asked for. */
const MOST_ROUNDS = 5;

/** What all seasons came to; the fields are those of a season. */
export interface ResidencyRow {
  readonly seasons: number;
  readonly operations: number;
  readonly refused: number;
  readonly wrongAnswers: number;
  readonly marks: number;
  readonly misplaced: number;
  /** files that were searched, and their bytes; only on disk */
  readonly files: number;
  readonly bytes: number;
  readonly matchedBytes: number;
  readonly unexplainedBytes: number;
  readonly unlawful: number;
  /** lines of egress in the stations' reports with something wrong; only on disk */
  readonly faults: number;
  readonly planted: number;
  readonly flagged: number;
  readonly realMs: number;
}

const NOTHING: ResidencyRow = {
  seasons: 0,
  operations: 0,
  refused: 0,
  wrongAnswers: 0,
  marks: 0,
  misplaced: 0,
  files: 0,
  bytes: 0,
  matchedBytes: 0,
  unexplainedBytes: 0,
  unlawful: 0,
  faults: 0,
  planted: 0,
  flagged: 0,
  realMs: 0,
};

function plus(row: ResidencyRow, season: Partial<ResidencyRow>): ResidencyRow {
  const names = Object.keys(row) as (keyof ResidencyRow)[];
  const sums = names.map((name) => [name, row[name] + (name === "seasons" ? 1 : (season[name] ?? 0))]);
  // Every field has its sum.
  return Object.fromEntries(sums) as ResidencyRow;
}

/** Numbers for people. */
export function residencyLine(row: ResidencyRow): string {
  const { operations, marks, misplaced, refused, wrongAnswers, matchedBytes, unexplainedBytes, planted, flagged } = row;
  const done = `${operations} operations: ${misplaced} of ${marks} marks misplaced, ${refused} refused by law, ${wrongAnswers} wrong answers; `;
  const searched = row.files > 0 ? `${row.bytes} bytes of ${row.files} files searched; ` : "";
  return (
    done +
    searched +
    `${matchedBytes} bytes crossed and are in both books, ${unexplainedBytes} unexplained; ${flagged} of ${planted} planted faults shown`
  );
}

/** Plays what was asked for. @returns false when it was stopped before its end */
export async function runResidency(command: ResidencyCommand, io: LabIo): Promise<boolean> {
  const began = performance.now();
  const { count, misplace, seed, lanes, disk } = command;
  const most = disk ? DISK_SEASON_OPERATIONS : SEASON_OPERATIONS;
  const seasons = Math.max(Math.ceil(count / most), Math.ceil(misplace / SEASON_PLANTS));
  const operations = Math.min(most, Math.ceil(count / seasons));
  const plants = Math.ceil(misplace / seasons);
  let row = NOTHING;
  const lane = async (number: number, of: { readonly first: number; readonly seasons: number }): Promise<void> => {
    const mine = Math.floor((of.seasons - number + lanes - 1) / lanes);
    if (mine === 0) return;
    const words = [of.first + number, lanes, mine, operations, plants, disk ? "disk" : "memory"].map(String);
    const child = spawn(process.execPath, [SCRIPT, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    const stop = (): void => void child.kill();
    io.signal?.addEventListener("abort", stop, { once: true });
    const exit = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout }))
      row = plus(row, JSON.parse(line) as Partial<ResidencyRow>);
    await exit;
    io.signal?.removeEventListener("abort", stop);
  };
  let played = 0;
  let left = seasons;
  while (left > 0 && io.signal?.aborted !== true) {
    const round = { first: seed + played, seasons: left };
    await Promise.all(Array.from({ length: Math.min(lanes, left) }, (_, number) => lane(number, round)));
    if (row.seasons < played + left) break;
    played += left;
    // Some worlds have laws that refuse nothing, or soon nothing that no fault has opened: others are played instead.
    left = played < MOST_ROUNDS * seasons ? Math.ceil((misplace - row.planted) / Math.max(plants, 1)) : 0;
  }
  const done = { ...row, realMs: Math.round(performance.now() - began) };
  io.out(command.json ? JSON.stringify(done) : residencyLine(done));
  return io.signal?.aborted !== true && done.seasons === played;
}
