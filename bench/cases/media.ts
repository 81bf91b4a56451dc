/*
 * A large file from one terminal to another over a station, each a process of its own: how much memory they take above what they take for a short
 * text, and how fast it goes. The file is sparse but for marks, and is not compressible once sealed.
 * Run: node bench/cases/media.ts [MiB]. Prints one JSON object with its origin; nothing is kept. Linux: peaks are read from /proc.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { origin } from "../record.ts";

const MIB = 1024 * 1024;
const KIB = 1024;
const SIZE_BYTES = Number(process.argv[2] ?? 4096) * MIB;
/** A mark at the beginning, at the end and between, each with its place. */
const MARKS = 64;
const LOOK_EVERY_MS = 100;
const LIMIT_S = "7200";
/** As `./chapar` starts them. */
const CLIENT = ["--max-semi-space-size=4"];
const STATION = ["--max-semi-space-size=8", "--initial-old-space-size=256"];
const MAIN = fileURLToPath(new URL("../../apps/term/src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "chapar-media-"));

type Line = Readonly<Record<string, unknown>>;

const start = (words: readonly string[]): ChildProcessByStdio<null, Readable, null> =>
  spawn(process.execPath, [...(words[0] === "up" ? STATION : CLIENT), MAIN, ...words, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });

/** The most memory that a process has had, in MiB. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kib = "0"] = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kib) / KIB;
  } catch {
    return 0;
  }
}

interface Ran {
  readonly lines: readonly Line[];
  readonly seconds: number;
  readonly peakMib: number;
}

/** Runs a command to its end. @throws Error when it fails */
async function run(profile: string, ...words: readonly string[]): Promise<Ran> {
  const beganMs = performance.now();
  const child = start([...words, "--profile", join(folder, profile)]);
  let peakMib = 0;
  const looking = setInterval(() => (peakMib = Math.max(peakMib, peakOf(child.pid))), LOOK_EVERY_MS);
  const lines: Line[] = [];
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as Line);
  })();
  const [code] = (await once(child, "exit")) as [number];
  await reading;
  clearInterval(looking);
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}`);
  return { lines, seconds: (performance.now() - beganMs) / 1000, peakMib: Math.round(peakMib) };
}

const markOf = (index: number): Buffer => Buffer.from(`mark ${String(index).padStart(10, "0")}`);
const placeOf = (index: number): number => Math.floor(((SIZE_BYTES - 16) * index) / (MARKS - 1));

function makeFile(path: string): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, SIZE_BYTES);
  for (let index = 0; index < MARKS; index++) writeSync(fd, markOf(index), 0, undefined, placeOf(index));
  closeSync(fd);
}

function marksIn(path: string): number {
  const fd = openSync(path, "r");
  let right = 0;
  for (let index = 0; index < MARKS; index++) {
    const mark = Buffer.alloc(markOf(index).byteLength);
    readSync(fd, mark, 0, mark.byteLength, placeOf(index));
    if (mark.equals(markOf(index))) right += 1;
  }
  closeSync(fd);
  return right;
}

const text = (value: unknown): string => String(value);
const station = start(["up", "--data", join(folder, "station"), "--port", "0"]);
try {
  const [ready] = (await once(createInterface({ input: station.stdout }), "line")) as [string];
  const invite = text((JSON.parse(ready) as Line)["invite"]);
  await run("sara", "join", invite, "--name", "Sara");
  await run("dara", "join", invite, "--name", "Dara");
  const { lines: invited } = await run("dara", "invite");
  const { lines: opened } = await run("sara", "open", text(invited[0]?.["invite"]));
  const id = text(opened[0]?.["conversation"]);
  const short = await run("sara", "send", id, "hello", "--timeout", LIMIT_S);
  const quiet = await run("dara", "read", "--timeout", LIMIT_S);
  makeFile(join(folder, "large.bin"));
  const stationBeforeMib = Math.round(peakOf(station.pid));
  const sent = await run("sara", "send", id, "--file", join(folder, "large.bin"), "--timeout", LIMIT_S);
  await run("dara", "read", "--timeout", LIMIT_S);
  const saved = await run("dara", "save", id, "--to", join(folder, "saved"), "--timeout", LIMIT_S);
  const at = saved.lines.findLast(({ event }) => event === "saved");
  const direction = (ran: Ran, base: Ran): Line => ({
    seconds: Math.round(ran.seconds * 10) / 10,
    mibPerSecond: Math.round(SIZE_BYTES / MIB / ran.seconds),
    peakMib: ran.peakMib,
    aboveShortTextMib: ran.peakMib - base.peakMib,
  });
  const result = {
    case: "media",
    sizeMib: SIZE_BYTES / MIB,
    sent: direction(sent, short),
    saved: direction(saved, quiet),
    stationAboveBeforeMib: Math.round(peakOf(station.pid)) - stationBeforeMib,
    marksRight: `${marksIn(text(at?.["savedTo"]))} of ${MARKS}`,
    ...origin(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  station.kill("SIGTERM");
  await once(station, "exit");
  rmSync(folder, { recursive: true, force: true });
}
