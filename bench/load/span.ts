/*
 * One measured stretch of a run: how many messages, how long, and what each took of the processor. The rate is a property
 * of a quiet machine; processor time per message stays nearly the same on a busy one, and says who took it: the system, or
 * the generator that shares its cores.
 */
import { performance } from "node:perf_hooks";
import type { Meter } from "./meter.ts";
import type { System } from "./system.ts";

/** What a stretch measured. Latencies in ms, send to delivery. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** processor time of each side for each message, all threads; undefined where it cannot be told */
  readonly cpuMicrosPerMessage: { readonly system: number | undefined; readonly generator: number };
}

const generatorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Begins at construction, ends with `end`. */
export class Span {
  readonly #meter: Meter;
  readonly #system: System;
  readonly #deliveredBefore: number;
  readonly #systemMsBefore: number | undefined;
  readonly #generatorMsBefore: number = generatorMs();
  readonly #begunMs: number = performance.now();

  constructor(meter: Meter, system: System) {
    this.#meter = meter;
    this.#system = system;
    this.#deliveredBefore = meter.deliveredCount;
    this.#systemMsBefore = system.cpuMs();
    meter.begin();
  }

  /** @param messages  how many were done; without it, as many as were delivered */
  end(messages: number = this.#meter.deliveredCount - this.#deliveredBefore): Measured {
    const seconds = (performance.now() - this.#begunMs) / 1000;
    const systemMs = this.#system.cpuMs();
    const perMessage = (ms: number): number => Math.round((ms * 10_000) / Math.max(1, messages)) / 10;
    const isTold = systemMs !== undefined && this.#systemMsBefore !== undefined;
    return {
      perSecond: messages / seconds,
      p50Ms: this.#meter.percentileMs(50),
      p99Ms: this.#meter.percentileMs(99),
      p999Ms: this.#meter.percentileMs(99.9),
      cpuMicrosPerMessage: {
        system: isTold ? perMessage(systemMs - this.#systemMsBefore) : undefined,
        generator: perMessage(generatorMs() - this.#generatorMsBefore),
      },
    };
  }
}
