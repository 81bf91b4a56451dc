/* Counts what a system does: deliveries with their latencies, and acknowledgements. */
import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks";
import type { Listener } from "./system.ts";

/** Counts deliveries and their latencies; one for each run. */
export class Meter implements Listener {
  readonly #sentAtMs: number[] = [];
  readonly #histogram: RecordableHistogram = createHistogram();
  readonly #onDelivered: Set<(seq: number) => void> = new Set();
  deliveredCount = 0;
  acknowledgedCount = 0;
  #counting = false;

  sent(seq: number, atMs: number): void {
    this.#sentAtMs[seq] = atMs;
  }

  onDelivered(listener: (seq: number) => void): void {
    this.#onDelivered.add(listener);
  }

  delivered(seq: number): void {
    this.deliveredCount++;
    const atMs = this.#sentAtMs[seq];
    if (this.#counting && atMs !== undefined) {
      this.#histogram.record(Math.max(1, Math.round((performance.now() - atMs) * 1000)));
    }
    for (const listener of this.#onDelivered) listener(seq);
  }

  acknowledged(): void {
    this.acknowledgedCount++;
  }

  /** Latencies count from here. */
  begin(): void {
    this.#histogram.reset();
    this.#counting = true;
  }

  /** Of the latencies counted since `begin`. */
  percentileMs(percentile: number): number {
    return this.#histogram.percentile(percentile) / 1000;
  }
}
