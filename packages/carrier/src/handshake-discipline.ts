/*
 * What a race must not do on a censored network: knock at one front again and again. Many handshakes to one name in a
 * minute are a verdict of their own (3-road.md R11), and a front that was just blocked stays so for 180 s, longer when it is
 * tried (R1, R6, R8). So routes are tried over different fronts first, each front seldom, and a front that fell silent not
 * at all for a while, unless there is no other.
 */
import { isCarrierError } from "./errors.ts";
import type { Clock } from "./port.ts";

/** Handshakes that a front sees in a minute, at most. */
export const HANDSHAKES_PER_MINUTE = 3;
/** How long a front that fell silent is left alone: what residual blocks last. */
export const SILENT_FRONT_MS = 180_000;
const MINUTE_MS = 60_000;
/** No border lies on the way to this machine itself. */
const THIS_MACHINE = /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/;
/** What a platform calls a connection that was refused or could not begin: no handshake took place. */
const NO_HANDSHAKE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** What a HandshakeDiscipline needs. */
export interface HandshakeDisciplineOptions {
  readonly clock: Clock;
  /** what a censor can tell routes apart by; by default host and port, of several the first */
  readonly frontOf?: (route: string) => string;
}

interface Front {
  readonly startedAtMs: number[];
  silentUntilMs: number;
}

/**
 * Host and port of a route; the whole route when it has none. What a route through volunteers names is only where one is asked for: that
 * this place fell silent says nothing of them, and the other way round.
 */
export function frontOfRoute(route: string): string {
  if (route.startsWith("snow+")) return route;
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^/?#,]+)/i.exec(route)?.[1]?.toLowerCase() ?? route;
}

/** Orders and withholds routes by their fronts. */
export class HandshakeDiscipline {
  readonly #clock: Clock;
  readonly #frontOf: (route: string) => string;
  readonly #fronts = new Map<string, Front>();
  #forgiven = new AbortController();

  constructor({ clock, frontOf = frontOfRoute }: HandshakeDisciplineOptions) {
    this.#clock = clock;
    this.#frontOf = frontOf;
  }

  /**
   * The routes that may be tried now: the first of each front in the order given, then the second of each. Silent fronts
   * are left out while there are others. Waits when every front has had its handshakes of the minute.
   *
   * @throws the signal's reason when aborted
   */
  async take(routes: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    for (;;) {
      const nowMs = this.#clock.nowMs();
      this.#forget(nowMs);
      const heard = routes.filter((route) => (this.#front(route)?.silentUntilMs ?? nowMs) <= nowMs);
      const open = this.#withinMinute(heard.length > 0 ? heard : routes);
      if (open.length > 0 || routes.length === 0) return open;
      const dueAtMs = Math.min(...routes.map((route) => (this.#front(route)?.startedAtMs[0] ?? nowMs) + MINUTE_MS));
      await this.#sleep(Math.max(1, dueAtMs - nowMs), signal);
    }
  }

  /** A handshake begins. */
  started(route: string): void {
    this.#ensure(route).startedAtMs.push(this.#clock.nowMs());
  }

  /** An attempt failed. Silence and garbage are what blocks look like; a refusal is an answer. */
  failed(route: string, error: unknown): void {
    const isSilent = isCarrierError(error, "carrier/timed-out") || isCarrierError(error, "carrier/unusable");
    if (isSilent) this.#ensure(route).silentUntilMs = this.#clock.nowMs() + SILENT_FRONT_MS;
    if (isCarrierError(error, "carrier/unreachable") && NO_HANDSHAKE.has(error.reason ?? "")) {
      this.#front(route)?.startedAtMs.pop();
    }
  }

  /** A front that counted as silent speaks after all. */
  spoke(route: string): void {
    const front = this.#front(route);
    if (front !== undefined) front.silentUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Those of some routes whose fronts are left alone now. */
  silent(routes: readonly string[]): readonly string[] {
    const nowMs = this.#clock.nowMs();
    return routes.filter((route) => (this.#front(route)?.silentUntilMs ?? nowMs) > nowMs);
  }

  /** The network changed: what was blocked there says nothing of here. Whoever waits may go on. */
  forgive(): void {
    this.#fronts.clear();
    this.#forgiven.abort();
    this.#forgiven = new AbortController();
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const stop = (): void => wake.abort();
    const signals = [signal, this.#forgiven.signal];
    for (const each of signals) each.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      await this.#clock.sleep(delayMs, wake.signal);
    } catch {
      signal.throwIfAborted();
    } finally {
      for (const each of signals) each.removeEventListener("abort", stop);
    }
  }

  #front(route: string): Front | undefined {
    return this.#fronts.get(this.#frontOf(route));
  }

  #ensure(route: string): Front {
    const name = this.#frontOf(route);
    const front = this.#fronts.get(name) ?? { startedAtMs: [], silentUntilMs: Number.NEGATIVE_INFINITY };
    this.#fronts.set(name, front);
    return front;
  }

  #withinMinute(routes: readonly string[]): readonly string[] {
    const used = new Map<string, number>();
    const ranked: { readonly route: string; readonly rank: number }[] = [];
    for (const route of routes) {
      const name = this.#frontOf(route);
      const rank = used.get(name) ?? 0;
      used.set(name, rank + 1);
      const started = THIS_MACHINE.test(name) ? 0 : (this.#front(route)?.startedAtMs.length ?? 0);
      if (rank + started < HANDSHAKES_PER_MINUTE) ranked.push({ route, rank });
    }
    return ranked.toSorted((a, b) => a.rank - b.rank).map(({ route }) => route);
  }

  #forget(nowMs: number): void {
    for (const [name, front] of this.#fronts) {
      // A clock that jumped back must not lock a front for longer than was meant.
      front.silentUntilMs = Math.min(front.silentUntilMs, nowMs + SILENT_FRONT_MS);
      const recent = front.startedAtMs.filter((atMs) => atMs > nowMs - MINUTE_MS && atMs <= nowMs);
      front.startedAtMs.splice(0, front.startedAtMs.length, ...recent);
      if (recent.length === 0 && front.silentUntilMs <= nowMs) this.#fronts.delete(name);
    }
  }
}
