/*
 * What is known of routes from before: which won last, and which failed and must not be tried again yet. Kept per
 * station, outlives links; the winner outlives restarts through a small port.
 */
import { backoffMs, DEFAULT_BACKOFF, type Backoff } from "./backoff.ts";
import type { Clock, Rng } from "./port.ts";

/** Remembers the route that led to a station last. */
export interface WinnerStore {
  load(): Promise<string | undefined>;
  save(route: string): Promise<void>;
}

interface Failures {
  readonly count: number;
  readonly untilMs: number;
}

/** What a RouteMemory needs. */
export interface RouteMemoryOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly winners?: WinnerStore;
  readonly backoff?: Backoff;
}

/** Orders routes and holds back those that failed. */
export class RouteMemory {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #winners: WinnerStore | undefined;
  readonly #backoff: Backoff;
  readonly #failures = new Map<string, Failures>();
  #last: string | undefined;

  constructor({ clock, rng, winners, backoff = DEFAULT_BACKOFF }: RouteMemoryOptions) {
    this.#clock = clock;
    this.#rng = rng;
    this.#winners = winners;
    this.#backoff = backoff;
  }

  /** A route did not open, was of no use, or its link broke right after it was won. */
  failed(route: string): void {
    const count = (this.#failures.get(route)?.count ?? 0) + 1;
    this.#failures.set(route, { count, untilMs: this.#clock.nowMs() + backoffMs(count, this.#rng, this.#backoff) });
  }

  /** A route led to a usable link. */
  async won(route: string): Promise<void> {
    this.#failures.delete(route);
    if (this.#last === route) return;
    this.#last = route;
    await this.#winners?.save(route);
  }

  /** The network changed: every route may be tried at once. */
  forgive(): void {
    this.#failures.clear();
  }

  /** When the first of these routes may be tried; now or earlier when one may be. */
  dueAtMs(routes: readonly string[]): number {
    return Math.min(...routes.map((route) => this.#untilMs(route)));
  }

  /**
   * The routes that may be tried, the last winner first, then as given; waits until there is one.
   *
   * @throws the signal's reason when aborted
   */
  async take(routes: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    this.#last ??= await this.#winners?.load();
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const due = [...new Set(routes)].filter((route) => this.#untilMs(route) <= nowMs);
      if (due.length > 0) return due.sort((a, b) => Number(b === this.#last) - Number(a === this.#last));
      await this.#clock.sleep(this.dueAtMs(routes) - nowMs, signal);
    }
  }

  #untilMs(route: string): number {
    const failures = this.#failures.get(route);
    if (failures === undefined) return 0;
    // A clock that jumped back must not lock a route for longer than any back-off lasts.
    return Math.min(failures.untilMs, this.#clock.nowMs() + this.#backoff.capMs);
  }
}
