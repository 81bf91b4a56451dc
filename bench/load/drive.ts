/*
 * The load generator: closed loop (a window per sender, to find the maximum) and open loop (a fixed rate, to find the
 * latency at that rate). In the open loop a message's latency counts from the instant it was due, so a stall of the
 * system or of the generator is not hidden (coordinated omission).
 */
import { performance } from "node:perf_hooks";
import type { Meter } from "./meter.ts";
import { Span, type Measured } from "./span.ts";
import type { Pair, System } from "./system.ts";

/** How long a loop runs, and on what. */
export interface Loop {
  readonly system: System;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

const HOLD_BACK_BYTES = 1 << 20;
const TICK_MS = 2;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
  options: Loop & { readonly window: number },
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
  const span = new Span(meter, options.system);
  await pause(options.seconds * 1000);
  running = false;
  return span.end();
}

/** Sends `perSecond` messages a second, spread over the pairs, for `seconds` after a warm-up. */
export async function openLoop(
  pairs: readonly Pair[],
  meter: Meter,
  sequence: Sequence,
  options: Loop & { readonly perSecond: number },
): Promise<Measured> {
  const begunMs = performance.now();
  const endMs = begunMs + (options.warmUpSeconds + options.seconds) * 1000;
  let fired = 0;
  let span: Span | undefined;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs >= endMs) break;
    if (nowMs >= begunMs + options.warmUpSeconds * 1000) span ??= new Span(meter, options.system);
    const due = Math.floor(((nowMs - begunMs) / 1000) * options.perSecond);
    for (; fired < due; fired++) {
      const seq = sequence.take();
      meter.sent(seq, begunMs + (fired / options.perSecond) * 1000);
      pairs[fired % pairs.length]?.send(seq);
    }
    await pause(TICK_MS);
  }
  return (span ?? new Span(meter, options.system)).end();
}

/** Sends `count` messages as fast as the pairs take them; ends when the system has taken them all. */
export async function flood(
  pairs: readonly Pair[],
  meter: Meter,
  sequence: Sequence,
  options: { readonly system: System; readonly count: number },
): Promise<Measured> {
  const { system, count } = options;
  const span = new Span(meter, system);
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
  return span.end(count);
}
