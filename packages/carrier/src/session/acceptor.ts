/*
 * The acceptor's end: a bounded table of sessions. A link belongs to nobody until a key has proved itself on it; a session
 * that has no link waits for one for a while, and is the first to go when there is no room.
 */
import type { Signer } from "@chapar/wire/bytes";
import { toHex } from "@chapar/wire/bytes";
import type { Link, LinkEnd } from "../port.ts";
import { awaitAttach, type ProvedAttach } from "./attach.ts";
import { SessionDriver, type Session, type SessionPorts } from "./driver.ts";
import type { Priority } from "./engine.ts";
import { REFUSAL } from "./frames.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./limits.ts";
import type { SessionStream } from "./session-stream.ts";
import type { StateFault } from "./stream-out.ts";

/** Bounds of an acceptor, over all sessions. */
export interface AcceptorBounds {
  /** sessions, with or without a link; 10,000 */
  readonly maxSessions: number;
  /** links that nothing was proved on yet; the oldest goes first; 1,024 */
  readonly maxPending: number;
  /** what sessions without a link may keep to be sent again, together; 256 MiB */
  readonly maxHeldBytes: number;
}

/** What an acceptor needs. */
export interface SessionAcceptorOptions extends SessionPorts {
  /** the station's key, which dialers know it by */
  readonly signer: Signer;
  /** a session has begun; `source` is what its first link came with */
  readonly accept: (session: Session, source: string) => void;
  /** answers a sealed question for a volunteer (P-111); undefined: it gets no answer */
  readonly find?: (message: Uint8Array, source: string) => Promise<Uint8Array | undefined>;
  readonly limits?: Partial<SessionLimits>;
  readonly bounds?: Partial<AcceptorBounds>;
  /** told when a bound was reached (P-16, P-17); for counting */
  readonly onBound?: (bound: AcceptorBound) => void;
}

/** `busy`: a session was refused; `evicted`: a session without a link was ended; `crowded`: an unproved link was closed. */
export type AcceptorBound = "busy" | "evicted" | "crowded";

const DEFAULT_BOUNDS: AcceptorBounds = { maxSessions: 10_000, maxPending: 1_024, maxHeldBytes: 256 * 1024 * 1024 };

class AcceptedSession implements Session {
  readonly driver: SessionDriver;
  readonly source: string;
  readonly route: undefined;
  /** the last attach that was begun */
  number = 0;
  detachedAtMs: number | undefined;
  /** waits to be attached when the present one fails (P-140) */
  spare: Link | undefined;
  /** ends the wait for another link */
  bell: AbortController | undefined;

  constructor(driver: SessionDriver, source: string) {
    this.driver = driver;
    this.source = source;
  }

  get link(): Link {
    return this.driver.primary;
  }

  get ended(): Promise<LinkEnd> {
    return this.driver.ended;
  }

  get roundTripMs(): number | undefined {
    return this.driver.roundTripMs;
  }

  get linkBytes(): number {
    return this.driver.linkBytes;
  }

  get fault(): StateFault | undefined {
    return this.driver.fault;
  }

  open(priority: Priority, label: Uint8Array): SessionStream | undefined {
    return this.driver.open(priority, label);
  }

  onStream(opened: (stream: SessionStream) => void): void {
    this.driver.onStream(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.close();
    await this.ended;
  }
}

/** Takes links and gives out sessions. */
export class SessionAcceptor implements AsyncDisposable {
  readonly #options: SessionAcceptorOptions;
  readonly #limits: SessionLimits;
  readonly #bounds: AcceptorBounds;
  readonly #sessions = new Map<string, AcceptedSession>();
  readonly #pending = new Set<Link>();

  constructor(options: SessionAcceptorOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...options.limits };
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  }

  /** Sessions, with or without a link. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Links on which nothing was proved yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** What sessions keep to be sent again. Cost: O(sessions). */
  get heldBytes(): number {
    let sumBytes = 0;
    for (const { driver } of this.#sessions.values()) sumBytes += driver.heldBytes;
    return sumBytes;
  }

  /**
   * Takes a link that has just opened. Never throws; a link that proves nothing in time is closed.
   *
   * @param source whose sessions are to be counted together when room is short: an address, or its network
   */
  accept(link: Link, source = ""): void {
    for (const oldest of this.#pending) {
      if (this.#pending.size < this.#bounds.maxPending) break;
      this.#pending.delete(oldest);
      oldest.close();
      this.#options.onBound?.("crowded");
    }
    this.#pending.add(link);
    const bell = new AbortController();
    const { clock, crypto, signer, find } = this.#options;
    clock.sleep(this.#limits.attachLimitMs, bell.signal).then(
      () => link.close(),
      () => undefined,
    );
    const mayHold = (key: Uint8Array): boolean => {
      if (!this.#hold(link, key)) return false;
      bell.abort();
      this.#pending.delete(link);
      return true;
    };
    const attach = async (): Promise<void> => {
      try {
        const asked = find && ((message: Uint8Array) => find(message, source));
        const proved = await awaitAttach(link, signer, crypto, { mayHold, find: asked });
        bell.abort();
        if (proved !== undefined) await this.#attach(proved, source);
      } catch {
        // Only a primitive that failed comes here; the dialer tries again over another link.
        link.close();
      } finally {
        bell.abort();
        this.#pending.delete(link);
      }
    };
    void attach();
  }

  /** Ends the sessions that have no link now: nobody there would hear a farewell. */
  endWaiting(): void {
    for (const session of this.#sessions.values()) if (!session.driver.isAttached) session.driver.end("lost");
  }

  /** Ends every session, as lost, and every link. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#pending) link.close();
    for (const session of this.#sessions.values()) session.driver.end("lost");
    await Promise.resolve();
  }

  /** Holds one link for a session that it knows: the newest. */
  #hold(link: Link, key: Uint8Array): boolean {
    const session = this.#sessions.get(toHex(key));
    if (session === undefined || session.driver.isOver) return false;
    session.spare?.close();
    session.spare = link;
    const forget = async (): Promise<void> => {
      await link.ended;
      if (session.spare === link) session.spare = undefined;
    };
    void forget();
    return true;
  }

  async #attach(proved: ProvedAttach, source: string): Promise<void> {
    const { frame, framed } = proved;
    const id = toHex(frame.key);
    const session = this.#sessions.get(id) ?? (frame.mayCreate ? this.#create(id, source) : undefined);
    if (session === undefined) return await proved.refused(frame.mayCreate ? REFUSAL.busy : REFUSAL.gone);
    if (frame.number <= session.number) return await proved.refused(REFUSAL.stale);
    session.number = frame.number;
    if (session.spare === framed.link) session.spare = undefined;
    session.driver.release();
    session.detachedAtMs ??= this.#options.clock.nowMs();
    if (!session.driver.resume(frame.streams)) return await proved.refused(REFUSAL.altered);
    await proved.attached(session.driver.states(frame.streams));
    // While the answer was signed another link may have come, or the session may have ended.
    if (session.driver.isOver || session.number !== frame.number) return framed.link.close();
    session.detachedAtMs = undefined;
    session.bell?.abort();
    session.driver.adopt(framed);
  }

  #create(id: string, source: string): AcceptedSession | undefined {
    if (this.#sessions.size >= this.#bounds.maxSessions && !this.#evict()) {
      this.#options.onBound?.("busy");
      return undefined;
    }
    const session: AcceptedSession = new AcceptedSession(
      new SessionDriver("acceptor", this.#options, this.#limits, {
        needsLink: (need) => {
          if (need === "lost") this.#detached(session);
        },
        recovered: () => undefined,
        ended: () => {
          session.bell?.abort();
          session.spare?.close();
          this.#sessions.delete(id);
        },
      }),
      source,
    );
    this.#sessions.set(id, session);
    this.#options.accept(session, source);
    return session;
  }

  #detached(session: AcceptedSession): void {
    const { clock } = this.#options;
    const { driver } = session;
    session.detachedAtMs = clock.nowMs();
    session.bell?.abort();
    session.bell = new AbortController();
    const limitMs = driver.isClosedByPeer ? this.#limits.closeLimitMs : this.#limits.resumeLimitMs;
    clock.sleep(limitMs, session.bell.signal).then(
      () => driver.end(driver.isClosedByPeer ? "closed" : "lost"),
      () => undefined,
    );
    while (this.heldBytes > this.#bounds.maxHeldBytes && this.#evict());
  }

  /** Ends the session that has waited longest for a link, of the source that has most such sessions. */
  #evict(): boolean {
    const counts = new Map<string, number>();
    for (const { source, detachedAtMs } of this.#sessions.values()) {
      if (detachedAtMs !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1);
    }
    let chosen: AcceptedSession | undefined;
    let chosenCount = 0;
    for (const session of this.#sessions.values()) {
      const count = counts.get(session.source) ?? 0;
      const sinceMs = session.detachedAtMs;
      if (sinceMs === undefined || count < chosenCount) continue;
      if (count === chosenCount && sinceMs >= (chosen?.detachedAtMs ?? Number.POSITIVE_INFINITY)) continue;
      chosen = session;
      chosenCount = count;
    }
    if (chosen === undefined) return false;
    this.#options.onBound?.("evicted");
    chosen.driver.end("lost");
    return true;
  }
}
