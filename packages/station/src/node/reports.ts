/*
 * Reports of residents (protocol/11-chats.md N-22): one file each in `reports/` of the data folder, as they came. The station reads
 * none of them and notes nothing of who sent them; `chapar station reports` does the reading. Old ones make no room by themselves:
 * a flood must not push out what the operator has not seen.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { writeWhole } from "./station-files.ts";

const FOLDER = "reports";
const NAME = /^(\d{13})-([0-9a-f]{16})\.report$/;
const ID_CHARACTERS = 16;
const TIME_CHARACTERS = 13;
/** Reports of one station that wait for its operator. */
export const MAX_REPORTS = 1_000;

/** A report that waits for the operator. */
export interface KeptReport {
  /** what the operator names it by */
  readonly id: string;
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

interface Named {
  readonly name: string;
  readonly id: string;
  readonly atMs: number;
}

async function named(dataDir: string): Promise<readonly Named[]> {
  const names = await readdir(join(dataDir, FOLDER)).catch(() => []);
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => {
      const [, time, id] = NAME.exec(name) ?? [];
      return time === undefined || id === undefined ? [] : [{ name, id, atMs: Number(time) }];
    });
}

/** Takes reports into a data folder; the same bytes again are one report. */
export function reportKeeper(dataDir: string, nowMs: () => number): (report: Uint8Array) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const keep = async (report: Uint8Array): Promise<void> => {
    const id = toHex(nodeSha256(report)).slice(0, ID_CHARACTERS);
    const held = await named(dataDir);
    if (held.some((one) => one.id === id)) return;
    if (held.length >= MAX_REPORTS) throw stationError("station/quota");
    mkdirSync(join(dataDir, FOLDER), { recursive: true, mode: 0o700 });
    const time = String(nowMs()).padStart(TIME_CHARACTERS, "0");
    writeWhole(join(dataDir, FOLDER), `${time}-${id}.report`, report);
  };
  return async (report) => {
    const turn = last.then(() => keep(report));
    last = turn.catch(() => undefined);
    await turn;
  };
}

/** Reports that wait, oldest first. */
export async function keptReports(dataDir: string): Promise<readonly KeptReport[]> {
  const found: KeptReport[] = [];
  for (const { name, id, atMs } of await named(dataDir)) {
    found.push({ id, atMs, bytes: new Uint8Array(await readFile(join(dataDir, FOLDER, name))) });
  }
  return found;
}

/** The operator has dealt with a report. @returns false when there is none of that id */
export async function dropReport(dataDir: string, id: string): Promise<boolean> {
  const one = (await named(dataDir)).find((report) => report.id === id);
  if (one === undefined) return false;
  await rm(join(dataDir, FOLDER, one.name));
  return true;
}
