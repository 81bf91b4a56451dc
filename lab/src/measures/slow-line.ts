/*
 * Letters on a poor line while a download runs: 128 kbit/s, 300 ms there and back, a twentieth of the packets lost each way, and curl
 * reading through `chapar tunnel` all the while. What counts is from the writing of a letter to its arrival and checked receipt.
 */
import type { LabIo } from "../io.ts";
import type { LineConditions } from "../net/router-engine.ts";
import { WebLab } from "../net/web-trial.ts";

/** The line. */
export const SLOW_LINE: LineConditions & { readonly kbit: number } = {
  delayMs: 150,
  jitterMs: 0,
  lossRate: 0.05,
  kbit: 128,
};

/** What came of it; times of the letters that arrived. */
export interface SlowRow {
  readonly letters: number;
  readonly arrived: number;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly mostMs: number | null;
  readonly downloadedBytes: number;
}

/** Writes so many letters, one after the other. Cost: a minute or two, and as long as the letters take. */
export async function slowLine(letters: number, { signal }: LabIo): Promise<SlowRow> {
  await using lab = await WebLab.open();
  const { tookMs, downloadedBytes } = await lab.slowTrial(letters, SLOW_LINE, signal);
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  return { letters, arrived: tookMs.length, medianMs: at(0.5), p95Ms: at(0.95), mostMs: at(1), downloadedBytes };
}
