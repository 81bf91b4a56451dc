/*
 * One time for several processes. The driver moves its own clock and that of every station to the same moment, waits until
 * nothing is going on anywhere (no chunk moved on any link, no write under way), and moves on: at most two seconds at once, less when
 * somebody wakes earlier. So hours of epochs and watches pass in minutes, and work takes no time but its steps.
 */
import { setImmediate } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import type { Pulse, StationProcess } from "./orders.ts";

/** The least and the most that the clocks move at once. */
const STEP_MS = { least: 50, most: 2_000 } as const;
/** Rounds after which time moves on though something is going on; or though there is only work that may need time to pass. */
const MOST_ROUNDS = 2_000;
const MOST_WORK_ROUNDS = 400;

const STILL = Symbol("nothing yet");

/** Of this process itself, whose chunks are counted elsewhere. */
const REST: Pulse = { activity: 0, busy: 0, nextAtMs: undefined };

/** Moves the clocks of everyone. */
export class Conductor {
  readonly clock: VirtualClock;
  readonly #stations: () => readonly StationProcess[];
  /** chunks moved in this process, by whoever counts them */
  readonly activities: Set<() => number> = new Set<() => number>();
  /** how much is under way that no chunk shows: dials, orders to processes */
  readonly works: Set<() => number> = new Set<() => number>();
  /** told after each step */
  readonly steps: Set<() => Promise<void>> = new Set<() => Promise<void>>();
  #pulses: readonly Pulse[] = [];

  /** @param stations  those that there are now */
  constructor(startMs: number, stations: () => readonly StationProcess[]) {
    this.clock = new VirtualClock(() => setImmediate(), startMs);
    this.#stations = stations;
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  /** Lets time pass. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    while (this.nowMs < untilMs) await this.#step(untilMs);
  }

  /** Lets time jump for everyone at once: a night in which all machines slept. */
  async leap(byMs: number): Promise<void> {
    const toMs = this.nowMs + byMs;
    this.#pulses = await Promise.all([
      ...this.#stations().map((station) => station.tell("leap", toMs)),
      this.clock.leapTo(toMs).then(() => REST),
    ]);
    await this.#quiet();
  }

  /** Lets time pass until something is so; false when it is not so in time. Asked after each step. */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const untilMs = this.nowMs + limitMs;
    await this.#quiet();
    while (!isSo()) {
      if (this.nowMs >= untilMs) return false;
      await this.#step(untilMs);
    }
    return true;
  }

  /** As `until`, and asked in the middle of what goes on as well, while nothing has come to rest yet. */
  async amid(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const untilMs = this.nowMs + limitMs;
    await this.#quiet(isSo);
    while (!isSo()) {
      if (this.nowMs >= untilMs) return false;
      await this.#step(untilMs, isSo);
    }
    return true;
  }

  /** Lets time pass until a promise has settled. @throws LabError `lab/not-ready` when it has not in time */
  async settle<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    const watch = { isOver: false };
    const mark = (): void => {
      watch.isOver = true;
    };
    promise.then(mark, mark);
    if (!(await this.until(() => watch.isOver, limitMs))) throw new LabError("lab/not-ready", `in ${limitMs} ms`);
    return await promise;
  }

  /** As `settle`, for what a process was told: time stands still for some turns while it is at work, however busy the machine is. */
  async carriedOut<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    const one = (): number => 1;
    this.works.add(one);
    try {
      return await this.settle(promise, limitMs);
    } finally {
      this.works.delete(one);
    }
  }

  async #step(untilMs: number, isSo?: () => boolean): Promise<void> {
    const now = this.nowMs;
    const wakes = [this.clock.nextAtMs, ...this.#pulses.map(({ nextAtMs }) => nextAtMs)];
    const next = Math.min(...wakes.filter((at) => at !== undefined), now + STEP_MS.most);
    const atMs = Math.min(Math.max(next, now + STEP_MS.least), untilMs);
    this.#pulses = await Promise.all([
      ...this.#stations().map((station) => station.tell("move", atMs)),
      this.clock.moveTo(atMs).then(() => REST),
    ]);
    await this.#quiet(isSo);
    for (const told of this.steps) await told();
  }

  /**
   * Waits until nothing goes on anywhere: two looks in a row, with a turn of every process between them, see the same.
   *
   * @param isSo  ends the wait as soon as it is so
   */
  async #quiet(isSo?: () => boolean): Promise<void> {
    let before = this.#activity();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const looking = Promise.all([
        setImmediate(),
        ...this.#stations().map((station) => station.tell("pulse", undefined)),
      ]);
      const looked = await (isSo === undefined ? looking : soonerOf(looking, isSo));
      if (looked === undefined) return;
      const [, ...pulses] = looked;
      this.#pulses = pulses;
      const activity = this.#activity();
      const isStill = activity === before && pulses.every(({ busy }) => busy === 0);
      if (isStill && (round >= MOST_WORK_ROUNDS || !this.#isAtWork())) return;
      before = activity;
    }
  }

  #isAtWork(): boolean {
    for (const count of this.works) if (count() > 0) return true;
    return false;
  }

  #activity(): number {
    let sum = this.#pulses.reduce((total, pulse) => total + pulse.activity, 0);
    for (const count of this.activities) sum += count();
    return sum;
  }
}

/** What a promise comes to; undefined when something is so before, asked in every turn of this process. */
async function soonerOf<T>(promise: Promise<T>, isSo: () => boolean): Promise<T | undefined> {
  // Whoever is asked may be killed before it answers, and then nobody waits for the answer any more.
  promise.catch(() => undefined);
  for (;;) {
    if (isSo()) return undefined;
    const sooner = await Promise.race([promise, setImmediate(STILL)]);
    if (sooner !== STILL) return sooner;
  }
}
