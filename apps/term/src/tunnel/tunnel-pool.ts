/* Several sessions to one exit: an end may have 128 streams open in one (P-7), and a whole machine opens more. */
import type { Session } from "@chapar/carrier";
import type { TunnelSession } from "./tunnel-session.ts";

const MAX_SESSIONS = 4;
const OPEN_LIMIT_MS = 10_000;

/** The first session, and those that were opened because it was full. They are kept until the signal aborts. */
export class TunnelPool {
  readonly #roads: TunnelSession[];
  readonly #first: TunnelSession;
  readonly #signal: AbortSignal;
  #growing: Promise<void> | undefined;

  constructor(first: TunnelSession, signal: AbortSignal) {
    this.#roads = [first];
    this.#first = first;
    this.#signal = signal;
  }

  /** Those that are open, the first one first. */
  sessions(): readonly Session[] {
    return this.#roads.flatMap(({ session }) => session ?? []);
  }

  /** Opens one more, unless there are four. Never rejects. */
  grow(): Promise<void> {
    if (this.#roads.length >= MAX_SESSIONS) return Promise.resolve();
    this.#growing ??= this.#open().finally(() => (this.#growing = undefined));
    return this.#growing;
  }

  async #open(): Promise<void> {
    const road = this.#first.sibling();
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(OPEN_LIMIT_MS)]);
    const session = await road.open(limit).catch(() => undefined);
    if (session === undefined) return;
    this.#roads.push(road);
    void road.keep(this.#signal);
  }
}
