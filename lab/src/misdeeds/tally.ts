/* Counting: what batches of one mode came to, as one line. */
import { type Mode, WITHHOLDING } from "./modes.ts";
import type { BatchResult } from "./batch.ts";
import type { ProofCount } from "./proofs.ts";
import type { Noticer } from "./watch.ts";

/** A lie that nobody noticed, with what replays it: `--mode MODE --seed SEED --count COUNT --place PLACE`. */
export interface Miss {
  readonly seed: number;
  readonly count: number;
  readonly place: number;
  readonly how: string;
}

/** One line of the answer. Times are of the stations' clock, which the driver moves. */
export interface MisdeedRow {
  readonly mode: Mode;
  readonly injected: number;
  readonly detected: number;
  /** nobody was told, because another path or a member gave back what was withheld before anybody had to be */
  readonly healed: number;
  readonly repaired: number;
  readonly proofBytesMax: number | null;
  readonly by: Readonly<Record<Noticer, number>>;
  readonly clock: "virtual";
  readonly medianMs: number | null;
  readonly maxMs: number | null;
  /** first things told, by code */
  readonly codes: Readonly<Record<string, number>>;
  /** bundles that could be exported, by shape, and how many of them hold for a stranger */
  readonly shapes: Readonly<Record<string, number>>;
  readonly proofs: ProofCount;
  readonly missed: readonly Miss[];
  /** seeds of batches that could not be played to their end; nothing of them is counted */
  readonly unplayed: readonly number[];
}

/** The value in the middle; of two the lower. */
export function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** How often each name stands in a list. */
export function countOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function sumOf(counts: readonly ProofCount[]): ProofCount {
  const sum = (count: (one: ProofCount) => number): number => counts.reduce((total, one) => total + count(one), 0);
  const isWithoutPython = counts.some(({ byPython }) => byPython === null);
  return {
    made: sum(({ made }) => made),
    verified: sum(({ verified }) => verified),
    byPython: isWithoutPython ? null : sum(({ byPython }) => byPython ?? 0),
    refused: counts.flatMap(({ refused }) => refused),
  };
}

/** Adds up batches of one mode. */
export function tally(mode: Mode, results: readonly BatchResult[], unplayed: readonly number[] = []): MisdeedRow {
  const findings = results.flatMap((result) => [...result.findings.values()]);
  const times = findings.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
  const by: Record<Noticer, number> = { sender: 0, reader: 0, witness: 0 };
  for (const finding of findings) by[finding.by] += 1;
  const exported = results.flatMap((result) => result.proofs);
  const counts = results.map((result) => result.proofCount);
  const sizes = exported.map(({ bytes }) => bytes.byteLength);
  const untold = results.flatMap(({ order, told, findings: found, repaired }) =>
    told.filter(({ place }) => !found.has(place)).map((one) => ({ ...one, order, isWhole: repaired.has(one.place) })),
  );
  const missed = untold
    .filter(({ isWhole }) => !isWhole || !WITHHOLDING.has(mode))
    .map(({ order, place, how }) => ({ seed: order.seed, count: order.count, place, how }));
  return {
    mode,
    injected: results.reduce((sum, { told }) => sum + told.length, 0),
    detected: findings.length,
    healed: untold.length - missed.length,
    repaired: results.reduce((sum, { repaired }) => sum + repaired.size, 0),
    proofBytesMax: sizes.length === 0 ? null : Math.max(...sizes),
    by,
    clock: "virtual",
    medianMs: median(times) ?? null,
    maxMs: times.at(-1) ?? null,
    codes: countOf(findings.map(({ code }) => code)),
    shapes: countOf(exported.map(({ shape }) => shape)),
    proofs: sumOf(counts),
    missed,
    unplayed,
  };
}
