/*
 * Joins a session's state machine to the link it has at the moment: moves frames, lets time pass, presents streams. How
 * another link comes about is its owner's business, the dialer's or the acceptor's.
 */
import type { Clock, Link, LinkEnd, Rng } from "../port.ts";
import { SessionEngine, type Priority, type Role } from "./engine.ts";
import type { StreamState } from "./frames.ts";
import type { FlightShape } from "./flight-shape.ts";
import type { FramedLink } from "./framed-link.ts";
import type { SessionLimits } from "./limits.ts";
import { SessionStream } from "./session-stream.ts";
import type { StateFault } from "./stream-out.ts";
import type { SessionCrypto } from "./crypto.ts";

/** A link that holds more than this is full; frames that have not left can still be overtaken by text. */
const LINK_FULL_BYTES: number = 64 * 1024;
const OVERDUE_MS = 1_000;
const NOTHING = new Uint8Array(0);

/** What both ends need to run sessions. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly crypto: SessionCrypto;
  /** how much padding a segment of so many bytes gets, at most 8 KiB; none by default */
  readonly padding?: (payloadBytes: number) => number;
}

/** Why a session wants another link. */
export type LinkNeed = "first" | "lost" | "quiet" | "spent";

/** What a driver tells its owner. */
export interface DriverOwner {
  /** the link is gone (`lost`), silent (`quiet`) or has carried enough (`spent`) */
  needsLink(need: LinkNeed): void;
  /** a quiet link speaks again */
  recovered(): void;
  ended(how: LinkEnd): void;
}

/** How a link is to be used. */
export interface Adoption {
  /** it is proved until it has carried so much (P-43) */
  readonly proveBytes?: number | undefined;
  /** when it counts as spent; the session's own by default */
  readonly retireMs?: number | undefined;
  /** of its flights (P-142) */
  readonly shape?: FlightShape | undefined;
}

/** Runs one end of one session. */
export class SessionDriver {
  readonly primary: SessionStream;
  readonly ended: Promise<LinkEnd>;
  /** why the session ended, when the other end's signed state contradicted ours */
  fault: StateFault | undefined;
  readonly #engine: SessionEngine;
  readonly #ports: SessionPorts;
  readonly #limits: SessionLimits;
  readonly #owner: DriverOwner;
  readonly #streams = new Map<number, SessionStream>();
  readonly #life = new AbortController();
  readonly #resolve: (how: LinkEnd) => void;
  #framed: FramedLink | undefined;
  #opened: ((stream: SessionStream) => void) | undefined;
  #notTaken: SessionStream[] = [];
  #pumping = false;
  #retireMs: number | undefined;
  #waitsForRoom = false;
  #told: LinkNeed | undefined;
  #bell: { readonly atMs: number; readonly abort: AbortController } | undefined;
  #closeByMs: number | undefined;
  #usedAtMs: number;
  #isWarm = false;

  constructor(role: Role, ports: SessionPorts, limits: SessionLimits, owner: DriverOwner) {
    this.#ports = ports;
    this.#limits = limits;
    this.#owner = owner;
    this.#usedAtMs = ports.clock.nowMs();
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    const sink = {
      opened: (id: number, priority: Priority, label: Uint8Array): void => this.#accept(id, priority, label),
      arrived: (id: number, bytes: Uint8Array): void => {
        this.#usedAtMs = ports.clock.nowMs();
        this.#streams.get(id)?.arrived(bytes);
      },
      finished: (id: number, reset: boolean): void => this.#streams.get(id)?.finished(reset),
      progressed: (id: number): void => this.#progressed(id),
      settled: (id: number): void => this.#settled(id),
    };
    const { crypto, rng, padding } = ports;
    this.#engine = new SessionEngine({ role, sha256: crypto.sha256, limits, sink, random: () => rng.next(), padding });
    this.primary = this.#add(0, "text", NOTHING, false);
  }

  get isOver(): boolean {
    return this.#life.signal.aborted;
  }

  /** Whether the other end has closed: then losing the link loses nothing. */
  get isClosedByPeer(): boolean {
    return this.primary.hasReadFinish;
  }

  get isAttached(): boolean {
    return this.#framed !== undefined;
  }

  get heldBytes(): number {
    return this.#engine.heldBytes;
  }

  get roundTripMs(): number | undefined {
    return this.#engine.watch?.pace.roundTripMs;
  }

  get linkBytes(): number {
    return this.#engine.watch?.carriedBytes ?? 0;
  }

  /** When somebody last sent or was sent anything. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /** Whether the present link carries what nobody asked for without holding anybody up. */
  get isRoomy(): boolean {
    return this.#engine.watch?.isRoomy === true;
  }

  /** Whether another link waits, which makes this one silent sooner. */
  warm(isWarm: boolean): void {
    this.#isWarm = isWarm;
    const { watch } = this.#engine;
    if (watch !== undefined) watch.isWarm = isWarm;
    this.#wake();
  }

  /** Opens a stream. @returns undefined when too many are open or the session is over */
  open(priority: Priority, label: Uint8Array): SessionStream | undefined {
    if (this.isOver) return undefined;
    const id = this.#engine.open(priority, label);
    if (id === undefined) return undefined;
    this.#wake();
    return this.#add(id, priority, label, true);
  }

  /** Takes the streams that the other end opens, also those it has opened before. */
  onStream(opened: (stream: SessionStream) => void): void {
    this.#opened = opened;
    for (const stream of this.#notTaken.splice(0)) opened(stream);
  }

  /** Lets go of the present link; what was under way will leave again over the next. */
  release(): void {
    const framed = this.#framed;
    this.#framed = undefined;
    this.#told = undefined;
    this.#engine.detach();
    if (framed === undefined) return;
    framed.attach(undefined);
    framed.link.close();
  }

  states(spokenOf?: readonly StreamState[]): readonly StreamState[] {
    return this.#engine.states(spokenOf);
  }

  /** Believes the other end's state. @returns false when it cannot be true: the session has ended */
  resume(states: readonly StreamState[]): boolean {
    this.fault = this.#engine.attach(states, this.#ports.clock.nowMs());
    if (this.fault !== undefined) this.end("lost");
    return this.fault === undefined;
  }

  /** Sends and takes frames over a link from now on. */
  adopt(framed: FramedLink, { proveBytes = 0, retireMs, shape }: Adoption = {}): void {
    this.#framed = framed;
    const { watch } = this.#engine;
    watch?.prove(proveBytes);
    if (framed.link.fullBytes !== undefined) watch?.pace.leave();
    if (shape !== undefined) this.#engine.shapeWith(shape);
    this.#retireMs = retireMs;
    if (retireMs !== undefined) watch?.retire(retireMs, this.#ports.rng.next(), this.#ports.clock.nowMs());
    if (watch !== undefined) watch.isWarm = this.#isWarm;
    this.#waitsForRoom = false;
    const { clock } = this.#ports;
    void framed.link.ended.then(() => this.#lost(framed));
    framed.attach({
      heard: (sizeBytes) => this.#heard(sizeBytes),
      take: (frame) => this.#framed !== framed || this.#engine.take(frame, clock.nowMs()),
      taken: () => this.#pump(),
    });
    this.#pump();
  }

  /** A spent link stays, and is spent again after another while. */
  keep(): void {
    this.#told = undefined;
    const { clock, rng } = this.#ports;
    this.#engine.watch?.retire(this.#retireMs ?? this.#limits.retireMs, rng.next(), clock.nowMs(), true);
    this.#wake();
  }

  /** The session is over. Idempotent. */
  end(how: LinkEnd): void {
    if (this.isOver) return;
    this.#life.abort();
    this.#bell?.abort.abort();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#notTaken = [];
    this.release();
    this.#engine.clear();
    for (const stream of streams) stream.end(stream === this.primary ? how : "lost");
    this.#resolve(how);
    this.#owner.ended(how);
  }

  #add(id: number, priority: Priority, label: Uint8Array, halfOpen: boolean): SessionStream {
    const stream = new SessionStream(id, priority, label, halfOpen, {
      send: (of, bytes) => {
        this.#usedAtMs = this.#ports.clock.nowMs();
        this.#engine.send(of, bytes);
        this.#wake();
      },
      unsentBytes: (of) => this.#engine.unsentBytes(of),
      consumed: (of, payloadBytes, segments) => {
        this.#engine.consumed(of, payloadBytes, this.#ports.clock.nowMs(), segments);
        this.#wake();
      },
      finish: (of, dropping) => {
        this.#engine.finish(of, dropping);
        this.#wake();
      },
      reset: (of) => {
        this.#engine.reset(of);
        this.#wake();
      },
      closing: (of) => {
        if (of === 0) this.#closeBy();
      },
    });
    this.#streams.set(id, stream);
    return stream;
  }

  #accept(id: number, priority: Priority, label: Uint8Array): void {
    const stream = this.#add(id, priority, label, true);
    if (this.#opened === undefined) this.#notTaken.push(stream);
    else this.#opened(stream);
  }

  #progressed(id: number): void {
    this.#streams.get(id)?.progressed();
    if (this.#closeByMs !== undefined) this.#closeBy();
  }

  #settled(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (id !== 0) {
      this.#streams.delete(id);
      stream.end();
      return;
    }
    // The last acknowledgement still leaves; then the link is closed, which sends what it holds.
    this.#flush();
    this.end("closed");
  }

  /** A close must be answered within the limit, counted from the last progress. */
  #closeBy(): void {
    this.#closeByMs = this.#ports.clock.nowMs() + this.#limits.closeLimitMs;
    this.#wake();
  }

  #heard(sizeBytes: number): void {
    const nowMs = this.#ports.clock.nowMs();
    this.#engine.heard(sizeBytes, nowMs);
    if (this.#told !== "quiet") return;
    this.#told = undefined;
    this.#owner.recovered();
  }

  #lost(framed: FramedLink): void {
    if (this.#framed !== framed) return;
    this.release();
    if (this.isOver) return;
    this.#wake();
    this.#owner.needsLink("lost");
  }

  /** Pumps soon: several sends become one segment. */
  #wake(): void {
    if (this.#pumping || this.isOver) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #flush(): void {
    const link = this.#framed?.link;
    if (link === undefined) return;
    const { clock } = this.#ports;
    if (this.#engine.shape?.isActive === true) this.#flushFlight(link, this.#engine.shape);
    while (link.unsentBytes < (link.fullBytes ?? LINK_FULL_BYTES)) {
      const frame = this.#engine.next(clock.nowMs());
      if (frame === undefined) return;
      link.send(frame);
    }
    if (this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    void link.drained((link.fullBytes ?? LINK_FULL_BYTES) / 2).then(() => this.#hasRoom(link));
  }

  /** A flight that is looked at leaves as a whole, so that a request is one packet. */
  #flushFlight(link: Link, shape: FlightShape): void {
    const frames: Uint8Array[] = [];
    for (let sizeBytes = 0; sizeBytes < LINK_FULL_BYTES;) {
      const frame = this.#engine.next(this.#ports.clock.nowMs());
      if (frame === undefined) break;
      frames.push(frame);
      sizeBytes += frame.byteLength;
    }
    for (const piece of shape.pieces(frames)) link.send(piece);
  }

  #hasRoom(link: Link): void {
    if (this.#framed?.link !== link) return;
    this.#waitsForRoom = false;
    this.#pump();
  }

  #pump(): void {
    if (this.isOver) return;
    this.#flush();
    const nowMs = this.#ports.clock.nowMs();
    const dueAtMs = Math.min(
      this.#engine.watch?.dueAtMs(nowMs) ?? Number.POSITIVE_INFINITY,
      this.#closeByMs ?? Number.POSITIVE_INFINITY,
    );
    // A bell that rings too early is harmless; only an earlier time needs a new one.
    if (dueAtMs === Number.POSITIVE_INFINITY || (this.#bell !== undefined && this.#bell.atMs <= dueAtMs)) return;
    this.#bell?.abort.abort();
    const bell = { atMs: dueAtMs, abort: new AbortController() };
    this.#bell = bell;
    // What is overdue waits for room on the link, which wakes by itself.
    this.#ports.clock.sleep(dueAtMs > nowMs ? dueAtMs - nowMs : OVERDUE_MS, bell.abort.signal).then(
      () => this.#ring(bell),
      () => undefined,
    );
  }

  #ring(bell: { readonly atMs: number }): void {
    if (this.#bell === bell) this.#bell = undefined;
    if (this.isOver) return;
    const nowMs = this.#ports.clock.nowMs();
    if (this.#closeByMs !== undefined && nowMs >= this.#closeByMs) {
      return this.end(this.isClosedByPeer ? "closed" : "lost");
    }
    const state = this.#engine.watch?.state(nowMs) ?? "well";
    if (state === "dead") {
      this.release();
      this.#owner.needsLink("lost");
    } else if (state !== "well" && this.#told !== state) {
      this.#told = state;
      this.#owner.needsLink(state);
    }
    this.#pump();
  }
}

/** A session, as those who use it see it. */
export interface Session extends AsyncDisposable {
  /** Stream 0: an ordinary link that outlives the links below it. Closing it closes the session. */
  readonly link: Link;
  /** Resolves once, when the session has ended; never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** what leads there now; undefined while there is no link, and at the acceptor */
  readonly route: string | undefined;
  /** a smoothed round trip over the present link */
  readonly roundTripMs: number | undefined;
  /** what the present link has carried, both ways; 0 while there is none */
  readonly linkBytes: number;
  /** set when the session ended because the other end's signed account of it contradicted ours (8-road.md P-10) */
  readonly fault: StateFault | undefined;
  /** Opens a stream; `label` is for the other end, at most 512 bytes. @returns undefined when 128 are open or it is over */
  open(priority: Priority, label: Uint8Array): SessionStream | undefined;
  /** Takes the streams that the other end opens, also those it has opened before. */
  onStream(opened: (stream: SessionStream) => void): void;
}
