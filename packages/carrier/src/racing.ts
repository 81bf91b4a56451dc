/*
 * Finds the way to one station among several routes, as RFC 8305 does for addresses: the likeliest first, the next after a
 * stagger or as soon as one fails, and the first link over which somebody *useful* spoke wins. That a port answers means
 * little on a censored network; the caller says what counts (`usable`), and only then are the others given up.
 */
import { CarrierError } from "./errors.ts";
import type { HandshakeDiscipline } from "./handshake-discipline.ts";
import type { Carrier, Clock, Link } from "./port.ts";
import type { RouteMemory } from "./route-memory.ts";

/** Between the starts of two attempts (RFC 8305 §5: 250 ms). */
export const STAGGER_MS = 250;
/** For one route to open and be usable. */
export const ATTEMPT_LIMIT_MS = 30_000;
/** How long routes of last resort wait while others are still being tried. */
export const LAST_RESORT_MS = 4_000;

/** What a race needs. */
export interface RaceOptions<T> {
  /** as its owner prefers them, best first */
  readonly routes: readonly string[];
  /** the first that handles a route drives it */
  readonly carriers: readonly Carrier[];
  readonly clock: Clock;
  readonly memory: RouteMemory;
  /** keeps handshakes to one front apart; none by default */
  readonly discipline?: HandshakeDiscipline | undefined;
  /**
   * Decides whether a link that opened leads anywhere, and what the winner is handed out with. It sets the link's
   * receiver. @throws anything when the link is of no use; `signal` aborts when another won
   */
  readonly usable: (link: Link, route: string, signal: AbortSignal) => Promise<T>;
  readonly staggerMs?: number;
  /** how long the first route is alone; the stagger. Longer when it is the one that worked here before */
  readonly headStartMs?: number;
  readonly attemptLimitMs?: number;
  /** routes that are tried after all others, and only once these failed or had LAST_RESORT_MS; none */
  readonly isLast?: (route: string) => boolean;
  /** one more route, before those of last resort and waited with like them; that it fails is neither told nor counted, nor makes it others wait */
  readonly reserve?: string | undefined;
  readonly signal: AbortSignal;
}

/** The link that won, and what `usable` made of it. */
export interface Winner<T> {
  readonly route: string;
  /** the kind of the carrier */
  readonly kind: string;
  readonly link: Link;
  readonly value: T;
}

/** One attempt: dial, check, and leave nothing behind when either fails. */
async function attempt<T>(route: string, options: RaceOptions<T>, signal: AbortSignal): Promise<Winner<T>> {
  const carrier = options.carriers.find((each) => each.handles(route));
  if (carrier === undefined) throw new CarrierError("carrier/bad-route");
  const link = await carrier.dial(route, { signal });
  try {
    signal.throwIfAborted();
    // A link that dies while it is examined would leave `usable` waiting for what can no longer come.
    const lost = link.ended.then(() => Promise.reject(new CarrierError("carrier/unusable")));
    const value = await Promise.race([options.usable(link, route, signal), lost, whenAborted(signal)]);
    return { route, kind: carrier.kind, link, value };
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Never resolves. @throws the signal's reason once it aborts */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** As attempt, but fails after a while whatever hangs. */
async function timedAttempt<T>(route: string, options: RaceOptions<T>, over: AbortSignal): Promise<Winner<T>> {
  const own = new AbortController();
  const stop = (): void => own.abort(over.reason);
  over.addEventListener("abort", stop, { once: true });
  if (over.aborted) stop();
  const bell = new AbortController();
  options.clock.sleep(options.attemptLimitMs ?? ATTEMPT_LIMIT_MS, bell.signal).then(
    () => own.abort(new CarrierError("carrier/timed-out")),
    () => undefined,
  );
  try {
    return await attempt(route, options, own.signal);
  } finally {
    bell.abort();
    over.removeEventListener("abort", stop);
  }
}

/**
 * Opens the first usable link among several routes. Routes that failed lately wait for their back-off; when all of them
 * do, the race waits for the first that may be tried again.
 *
 * @returns the winner; every other link is closed or will be as soon as it opens
 * @throws CarrierError `carrier/no-route` when every route that could be tried failed (`cause` is an AggregateError of
 *   why) or there is none; the signal's reason when aborted
 */
export async function raceRoutes<T>(options: RaceOptions<T>): Promise<Winner<T>> {
  const { clock, memory, discipline, signal, staggerMs = STAGGER_MS, headStartMs = staggerMs } = options;
  const { reserve } = options;
  signal.throwIfAborted();
  if (options.routes.length === 0) throw new CarrierError("carrier/no-route");
  const due = await memory.take(options.routes, signal);
  const isLast = (route: string): boolean => route === reserve || options.isLast?.(route) === true;
  const open = (await discipline?.take(due, signal)) ?? due;
  const spare = reserve === undefined ? [] : [reserve];
  const waiting = [...open.filter((route) => !isLast(route)), ...spare, ...open.filter(isLast)];

  const over = new AbortController();
  const stop = (): void => over.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  let winner: Winner<T> | undefined;

  const run = async (route: string): Promise<void> => {
    try {
      if (route !== reserve) discipline?.started(route);
      const won = await timedAttempt(route, options, over.signal);
      if (over.signal.aborted) return won.link.close();
      winner = won;
      over.abort(new CarrierError("carrier/unusable", "another route was faster"));
    } catch (error) {
      if (over.signal.aborted || route === reserve) return;
      failures.push(error);
      memory.failed(route);
      discipline?.failed(route, error);
    }
  };

  try {
    let stagger = new AbortController();
    for (const [index, route] of waiting.entries()) {
      if (over.signal.aborted) break;
      // The stagger ends with this attempt if it fails sooner, that before a last resort with all of them; every attempt ends with the race.
      const own = new AbortController();
      stagger = own;
      const next = waiting[index + 1];
      const isLastResort = next !== undefined && isLast(next) && !isLast(route);
      const attempted = run(route).finally(() => {
        running.delete(attempted);
        if (isLastResort ? running.size === 0 : own === stagger || running.size === 0) stagger.abort();
      });
      running.add(attempted);
      const waitMs = isLastResort ? LAST_RESORT_MS : index === 0 ? headStartMs : staggerMs;
      await clock.sleep(waitMs, own.signal).catch(() => undefined);
    }
    const ended = whenAborted(over.signal).catch(() => undefined);
    while (running.size > 0 && !over.signal.aborted) await Promise.race([...running, ended]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (winner === undefined) {
    signal.throwIfAborted();
    throw new CarrierError("carrier/no-route", undefined, { cause: new AggregateError(failures) });
  }
  try {
    await memory.won(winner.route);
  } catch (error) {
    winner.link.close();
    throw error;
  }
  return winner;
}
