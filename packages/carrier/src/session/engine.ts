/*
 * The session as a state machine without clock, network or randomness of its own (after Fifield, "Turbo Tunnel", FOCI
 * 2020): streams that outlive links. One link at a time is attached; when another takes its place, each end says how far
 * it has come in each stream, and what the other lacks leaves again. Streams of text go strictly before streams of bulk.
 *
 * Two kinds of fault are kept apart. What breaks the rules *on a link* ends that link, because a relay could have done
 * it. What contradicts our own record *in a state that the other end signed* ends the session: somebody altered bytes on
 * an earlier link, and going on would hide it.
 */
import { concatBytes, type Sha256 } from "@chapar/wire/bytes";
import { encodeFrame, SEGMENT_KIND, type SessionFrame, type StreamState } from "./frames.ts";
import {
  MAX_LABEL_BYTES,
  PRIMARY_WINDOW_BYTES,
  STREAM_WINDOW_BYTES,
  MAX_STREAMS,
  type SessionLimits,
} from "./limits.ts";
import type { FlightShape } from "./flight-shape.ts";
import { LinkWatch } from "./link-watch.ts";
import { StreamIn, type GrowthBudget } from "./stream-in.ts";
import { StreamOut, type Segment, type StateFault } from "./stream-out.ts";

/** Which streams go first. */
export type Priority = "text" | "bulk";
/** Which end this is: the dialer opens odd streams, the acceptor even ones; 0 is there from the start. */
export type Role = "dialer" | "acceptor";

/** What happens in a session, told at once and in order. */
export interface SessionSink {
  opened(stream: number, priority: Priority, label: Uint8Array): void;
  arrived(stream: number, bytes: Uint8Array): void;
  /** the other end sends nothing more; `reset`: it gave the stream up */
  finished(stream: number, reset: boolean): void;
  /** bytes left or were acknowledged */
  progressed(stream: number): void;
  /** both directions are done with */
  settled(stream: number): void;
}

interface Stream {
  readonly id: number;
  readonly priority: Priority;
  readonly out: StreamOut;
  readonly into: StreamIn;
}

/** What an engine needs. */
export interface EngineOptions {
  readonly role: Role;
  readonly sha256: Sha256;
  readonly limits: SessionLimits;
  readonly sink: SessionSink;
  /** uniform in [0, 1), for keep-alives */
  readonly random: () => number;
  /** padding for a segment that carries so many bytes; none by default */
  readonly padding?: ((payloadBytes: number) => number) | undefined;
}

/** One end of a session. */
export class SessionEngine {
  readonly #options: EngineOptions;
  readonly #streams = new Map<number, Stream>();
  /** streams that are over, and how far they had come: the other end may not know yet. Oldest first */
  readonly #settled = new Map<number, StreamState>();
  readonly #growth: GrowthBudget;
  readonly #acks = new Set<number>();
  readonly #echoes: Uint8Array[] = [];
  readonly #turn: Record<Priority, number> = { text: 0, bulk: 0 };
  #watch: LinkWatch | undefined;
  #shape: FlightShape | undefined;
  #nextOwn: number;
  #highestPeer: number;
  #heldBytes = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#growth = { leftBytes: options.limits.growthBytes, maxWindowBytes: options.limits.windowBytes };
    this.#nextOwn = options.role === "dialer" ? 1 : 2;
    this.#highestPeer = options.role === "dialer" ? 0 : -1;
    this.#add(0, "text", PRIMARY_WINDOW_BYTES);
  }

  /** Bytes kept to be sent again, over all streams, with overhead. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that may arrive and wait unread, over all streams. */
  get windowBytes(): number {
    let sumBytes = 0;
    for (const { into } of this.#streams.values()) sumBytes += into.windowBytes;
    return sumBytes;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** What is known of the present link. */
  get watch(): LinkWatch | undefined {
    return this.#watch;
  }

  unsentBytes(stream: number): number {
    return this.#streams.get(stream)?.out.unsentBytes ?? 0;
  }

  /** Whether this end's end of a stream has been acknowledged, and the other's received. */
  progress(stream: number): { readonly outDone: boolean; readonly inDone: boolean } {
    const { out, into } = this.#streams.get(stream) ?? {};
    return { outDone: out?.isDone ?? true, inDone: into?.isDone ?? true };
  }

  /** @returns the new stream's number, or undefined when as many are open as may be */
  open(priority: Priority, label: Uint8Array): number | undefined {
    if (label.byteLength > MAX_LABEL_BYTES) throw new RangeError("label too long");
    if (this.#countOf(this.#nextOwn) >= MAX_STREAMS) return undefined;
    const id = this.#nextOwn;
    this.#nextOwn += 2;
    const { out } = this.#add(id, priority, STREAM_WINDOW_BYTES);
    this.#tracked(out, () => out.open(concatBytes(Uint8Array.of(priority === "text" ? 0 : 1), label)));
    return id;
  }

  send(stream: number, bytes: Uint8Array): void {
    this.#streams.get(stream)?.out.push(bytes);
  }

  /** Ends our direction after what is queued; or at once, dropping the queue. */
  finish(stream: number, dropping = false): void {
    this.#streams.get(stream)?.out.end(SEGMENT_KIND.finish, dropping);
  }

  /** Gives a stream up: the queue is dropped and the other end is told. */
  reset(stream: number): void {
    this.#streams.get(stream)?.out.end(SEGMENT_KIND.reset, true);
  }

  /** The reader has taken the bytes of one `arrived`, or of several. */
  consumed(stream: number, payloadBytes: number, nowMs: number, segments = 1): void {
    const into = this.#streams.get(stream)?.into;
    const roundTripMs = this.#watch?.pace.roundTripMs ?? 0;
    if (into?.consumed(payloadBytes, segments, nowMs, roundTripMs) === true) this.#acks.add(stream);
  }

  /** How far this end has come, to be signed; with those streams that are over of which the other end still speaks. */
  states(spokenOf: readonly StreamState[] = []): readonly StreamState[] {
    const states = [...this.#streams].map(([id, { into }]) => into.state(id));
    for (const { stream } of spokenOf) {
      const settled = this.#settled.get(stream);
      if (settled !== undefined) states.push(settled);
    }
    return states;
  }

  /** The present link is no more; nothing else changes. */
  detach(): void {
    this.#watch = this.#shape = undefined;
    this.#acks.clear();
    this.#echoes.length = 0;
    for (const { out } of this.#streams.values()) out.detach();
  }

  /**
   * Another link takes over, on which the other end has proved how far it has come.
   *
   * @returns a fault that ends the session
   */
  attach(states: readonly StreamState[], nowMs: number): StateFault | undefined {
    this.detach();
    const known = new Map(states.map((state) => [state.stream, state]));
    for (const { id, out } of this.#streams.values()) {
      // A stream that the other end does not name is new to it, or over: then its acknowledgement comes as a frame.
      const state = known.get(id);
      if (state === undefined) continue;
      const fault = this.#tracked(out, () => out.resume(state.received, state.chain, state.credit));
      if (fault !== undefined) return fault;
    }
    this.#watch = new LinkWatch(this.#options.limits, this.#options.random, nowMs);
    for (const stream of this.#streams.keys()) this.#settle(stream);
    return undefined;
  }

  /** A frame of the attached link. @returns false when it ends the link */
  take(frame: SessionFrame, nowMs: number): boolean {
    switch (frame.type) {
      case "segment":
        return this.#takeSegment(frame);
      case "ack":
        return frame.streams.every(({ stream, received, credit }) => this.#takeAck(stream, received, credit, nowMs));
      case "echo":
        // An honest end has one keep-alive under way.
        if (this.#echoes.length >= 8) return false;
        this.#echoes.push(frame.bytes.slice());
        return true;
      case "echoed":
        return this.#watch?.echoed(nowMs) ?? false;
      case "padding":
        return true;
      case "challenge":
      case "attach":
      case "attached":
      case "refused":
      case "find":
      case "found":
      case "hold":
      case "held":
      case "ask":
        break;
    }
    // One of a handshake that is over.
    return false;
  }

  /** The first flights over the present link are made to look like requests (P-142). */
  shapeWith(shape: FlightShape): void {
    this.#shape = shape;
  }

  /** Of the flights over the present link, if they have one. */
  get shape(): FlightShape | undefined {
    return this.#shape;
  }

  /** Bytes came over the link, whatever they are. */
  heard(sizeBytes: number, nowMs: number): void {
    this.#shape?.heard();
    this.#watch?.heard(sizeBytes, nowMs);
  }

  /** The next frame for the link, most urgent first; undefined when nothing may leave now. */
  next(nowMs: number): Uint8Array | undefined {
    const watch = this.#watch;
    if (watch === undefined) return undefined;
    const said = this.#control(watch, nowMs) ?? this.#segment(watch, nowMs);
    if (said !== undefined) this.#shape?.sent(said.byteLength);
    const frame = said ?? this.#shape?.topUp();
    if (frame !== undefined) watch.sent(frame.byteLength, nowMs);
    return frame;
  }

  /** The session is over: nothing is kept. */
  clear(): void {
    this.detach();
    for (const { out } of this.#streams.values()) out.clear();
    this.#streams.clear();
    this.#heldBytes = 0;
  }

  #control(watch: LinkWatch, nowMs: number): Uint8Array | undefined {
    if (this.#acks.size > 0) {
      const acks = [...this.#acks].map((id) => this.#streams.get(id)?.into.state(id) ?? this.#settled.get(id));
      this.#acks.clear();
      const known = acks.filter((ack) => ack !== undefined);
      if (known.length > 0) return encodeFrame.ack(known);
    }
    const echo = this.#echoes.shift();
    if (echo !== undefined) return encodeFrame.echo("echoed", echo);
    const pingBytes = watch.pingBytes(nowMs);
    return pingBytes === undefined ? undefined : encodeFrame.echo("echo", new Uint8Array(pingBytes));
  }

  #segment(watch: LinkWatch, nowMs: number): Uint8Array | undefined {
    for (const stream of this.#streams.values()) {
      if (stream.out.opens) return this.#leave(stream, stream.out.next(0, 0), watch, nowMs);
    }
    const { resendBytes } = this.#options.limits;
    let inFlightBytes = 0;
    let textInFlightBytes = 0;
    for (const { priority, out } of this.#streams.values()) {
      inFlightBytes += out.inFlightBytes;
      if (priority === "text") textInFlightBytes += out.inFlightBytes;
    }
    // Text sees only text before it; a quarter of the resend window is its own.
    return (
      this.#segmentOf("text", resendBytes, textInFlightBytes, watch, nowMs) ??
      this.#segmentOf("bulk", (resendBytes * 3) / 4, inFlightBytes, watch, nowMs)
    );
  }

  #segmentOf(
    priority: Priority,
    resendBytes: number,
    inFlightBytes: number,
    watch: LinkWatch,
    nowMs: number,
  ): Uint8Array | undefined {
    if (inFlightBytes >= watch.pace.windowBytes) return undefined;
    const streams = [...this.#streams.values()].filter((stream) => stream.priority === priority);
    // Streams of one priority take turns, beginning after the one that went last.
    const after = streams.findIndex(({ id }) => id > this.#turn[priority]);
    const order = after <= 0 ? streams : [...streams.slice(after), ...streams.slice(0, after)];
    for (const stream of order) {
      const roomBytes = resendBytes - this.#heldBytes;
      const segment = this.#tracked(stream.out, () => stream.out.next(watch.pace.segmentBytes, roomBytes));
      if (segment === undefined) continue;
      this.#turn[priority] = stream.id;
      return this.#leave(stream, segment, watch, nowMs);
    }
    return undefined;
  }

  #leave(stream: Stream, segment: Segment | undefined, watch: LinkWatch, nowMs: number): Uint8Array | undefined {
    if (segment === undefined) return undefined;
    watch.pace.sent(segment, nowMs);
    watch.outstanding(nowMs);
    this.#options.sink.progressed(stream.id);
    const padBytes = this.#options.padding?.(segment.payload.byteLength) ?? 0;
    return encodeFrame.segment(stream.id, segment.seq, segment.kind, segment.payload, padBytes);
  }

  #takeSegment({ stream: id, seq, kind, payload }: SessionFrame & { readonly type: "segment" }): boolean {
    const stream = this.#streams.get(id) ?? this.#opened(id, seq, kind, payload);
    if (stream === undefined) {
      if (!this.#settled.has(id)) return false;
      this.#acks.add(id);
      return true;
    }
    if (kind === SEGMENT_KIND.open && (seq !== 0 || !this.#isPeers(id))) return false;
    const taken = stream.into.take(seq, kind, payload);
    if (taken === "fault") return false;
    this.#acks.add(id);
    if (taken === "repeated") return true;
    const { sink } = this.#options;
    if (kind === SEGMENT_KIND.open) sink.opened(id, stream.priority, payload.slice(1));
    // A copy, so that a few bytes that wait for a slow reader do not hold the chunk they came in.
    else if (kind === SEGMENT_KIND.data) sink.arrived(id, payload.slice());
    else {
      if (kind === SEGMENT_KIND.reset) stream.out.end(SEGMENT_KIND.reset, true);
      sink.finished(id, kind === SEGMENT_KIND.reset);
      this.#settle(id);
    }
    return true;
  }

  #opened(id: number, seq: number, kind: number, payload: Uint8Array): Stream | undefined {
    if (!this.#isPeers(id) || id <= this.#highestPeer || seq !== 0 || kind !== SEGMENT_KIND.open) return undefined;
    const priority = payload[0] === 0 ? "text" : payload[0] === 1 ? "bulk" : undefined;
    if (priority === undefined || this.#countOf(id) >= MAX_STREAMS) return undefined;
    this.#highestPeer = id;
    return this.#add(id, priority, STREAM_WINDOW_BYTES);
  }

  /** Whether a stream is one that the other end opens. */
  #isPeers(id: number): boolean {
    return id !== 0 && id % 2 === (this.#options.role === "dialer" ? 0 : 1);
  }

  #takeAck(id: number, received: number, credit: number, nowMs: number): boolean {
    const stream = this.#streams.get(id);
    // An acknowledgement may cross the end of its stream.
    if (stream === undefined) return true;
    const done = this.#tracked(stream.out, () => stream.out.acknowledge(received, credit));
    if (done === undefined) return false;
    this.#watch?.pace.delivered(done, nowMs);
    if (this.#heldBytes === 0) this.#watch?.nothingOutstanding();
    if (done.length > 0) this.#options.sink.progressed(id);
    this.#settle(id);
    return true;
  }

  #settle(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || !stream.out.isDone || !stream.into.isDone) return;
    this.#streams.delete(id);
    stream.into.release();
    this.#settled.set(id, stream.into.state(id));
    this.#acks.add(id);
    // The other end can still speak only of streams that are open there; older ones are known to be over.
    for (const old of this.#settled.keys()) {
      if (this.#settled.size <= 2 * MAX_STREAMS + 1) break;
      this.#settled.delete(old);
    }
    this.#options.sink.settled(id);
  }

  #add(id: number, priority: Priority, windowBytes: number): Stream {
    const { sha256 } = this.#options;
    const into = new StreamIn(sha256, windowBytes, this.#growth);
    const stream = { id, priority, into, out: new StreamOut(sha256, windowBytes) };
    this.#streams.set(id, stream);
    return stream;
  }

  #countOf(id: number): number {
    let count = 0;
    for (const other of this.#streams.keys()) if (other !== 0 && other % 2 === id % 2) count++;
    return count;
  }

  /** Runs something that may change what a stream holds, and keeps the sum. */
  #tracked<T>(out: StreamOut, run: () => T): T {
    const before = out.heldBytes;
    const result = run();
    this.#heldBytes += out.heldBytes - before;
    return result;
  }
}
