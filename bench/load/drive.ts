/*
 * The load generator: closed loop (a window per sender, to find the maximum) and open loop (a fixed rate, to find the
 * latency at that rate). In the open loop a message's latency counts from the instant it was due, so a stall of the
 * system or of the generator is not hidden (coordinated omission).
 */
import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks";
import type { Listener, Pair } from "./system.ts";

/** What a case measured. Latencies in ms, send to delivery. */
export interface Measured {
  readonly messages: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

const HOLD_BACK_BYTES = 1 << 20;
const TICK_MS = 2;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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

  acknowledged(_seq: number): void {
    this.acknowledgedCount++;
  }

  /** Latencies count from here. */
  begin(): void {
    this.#histogram.reset();
    this.#counting = true;
  }

  measured(messages: number, seconds: number): Measured {
    const ms = (percentile: number): number => this.#histogram.percentile(percentile) / 1000;
    return { messages, seconds, perSecond: messages / seconds, p50Ms: ms(50), p99Ms: ms(99), p999Ms: ms(99.9) };
  }
}

/** Numbers messages across runs of one connection set, so that a late delivery is never counted for a newer message. */
export class Sequence {
  #next = 0;
  take(): number {
    return this.#next++;
  }
}

/** Keeps `window` messages of each pair in flight for `seconds` after a warm-up. */
export async function closedLoop(
  pairs: readonly Pair[],
  meter: Meter,
  sequence: Sequence,
  options: { readonly window: number; readonly seconds: number; readonly warmUpSeconds: number },
): Promise<Measured> {
  const owner: number[] = [];
  let running = true;
  const fire = (index: number): void => {
    const pair = pairs[index];
    if (pair === undefined || !running) return;
    const seq = sequence.take();
    owner[seq] = index;
    meter.sent(seq, performance.now());
    pair.send(seq);
  };
  meter.onDelivered((seq) => {
    const index = owner[seq];
    if (index !== undefined) fire(index);
  });
  for (let round = 0; round < options.window; round++) for (let index = 0; index < pairs.length; index++) fire(index);
  await pause(options.warmUpSeconds * 1000);
  const before = meter.deliveredCount;
  meter.begin();
  const begunMs = performance.now();
  await pause(options.seconds * 1000);
  const messages = meter.deliveredCount - before;
  const seconds = (performance.now() - begunMs) / 1000;
  running = false;
  return meter.measured(messages, seconds);
}

/** Sends `perSecond` messages a second, spread over the pairs, for `seconds` after a warm-up. */
export async function openLoop(
  pairs: readonly Pair[],
  meter: Meter,
  sequence: Sequence,
  options: { readonly perSecond: number; readonly seconds: number; readonly warmUpSeconds: number },
): Promise<Measured> {
  const begunMs = performance.now();
  const endMs = begunMs + (options.warmUpSeconds + options.seconds) * 1000;
  let fired = 0;
  let counting = false;
  let before = 0;
  let countedFromMs = begunMs;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs >= endMs) break;
    if (!counting && nowMs >= begunMs + options.warmUpSeconds * 1000) {
      counting = true;
      before = meter.deliveredCount;
      countedFromMs = nowMs;
      meter.begin();
    }
    const due = Math.floor(((nowMs - begunMs) / 1000) * options.perSecond);
    for (; fired < due; fired++) {
      const seq = sequence.take();
      meter.sent(seq, begunMs + (fired / options.perSecond) * 1000);
      pairs[fired % pairs.length]?.send(seq);
    }
    await pause(TICK_MS);
  }
  const seconds = (performance.now() - countedFromMs) / 1000;
  return meter.measured(meter.deliveredCount - before, seconds);
}

/** Sends `count` messages as fast as the pairs take them. @returns seconds until the system had taken them all */
export async function flood(pairs: readonly Pair[], meter: Meter, sequence: Sequence, count: number): Promise<number> {
  const begunMs = performance.now();
  for (let sent = 0; sent < count;) {
    for (const pair of pairs) {
      if (sent >= count) break;
      if (pair.unsentBytes > HOLD_BACK_BYTES) continue;
      const seq = sequence.take();
      meter.sent(seq, performance.now());
      pair.send(seq);
      sent++;
    }
    await turn();
  }
  await Promise.all(pairs.map((pair) => pair.settled()));
  return (performance.now() - begunMs) / 1000;
}
