/*
 * The station's end of one link over DNS. It can speak only in answers: what it has to say goes with the next query, or with the oldest of
 * those that wait here. A query that comes twice, because a resolver asked again, is answered with the same chunk as long as that
 * matters, and changes nothing.
 */
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Clock, Link, LinkEnd } from "../port.ts";
import { HOLD_MS } from "./dns-dial-engine.ts";
import {
  ANSWER_HAVE_BITS,
  ANSWER_HEAD_BYTES,
  CHUNK_MASK,
  encodeAnswerFrame,
  QUERY_HAVE_BITS,
  QUERY_MASK,
  type DnsQueryFrame,
} from "./dns-frames.ts";
import { DnsFill } from "./dns-fill.ts";
import { ANSWER_ROOM_BYTES, type CarryingType } from "./dns-names.ts";
import { ReceiveWindow, SendWindow, WINDOW_CHUNKS, type SentChunk } from "./dns-window.ts";

/** Unread bytes of a link, beyond which no chunk is taken. */
export const MAX_UNREAD_BYTES: number = 64 * 1024;
/** Queries that wait here at once; of more the oldest is answered. */
const MOST_HELD = 64;
/** One query that is asked again and again is answered so often. */
const MOST_REPEATS = 4;
/** Answers that are remembered for queries that come again. */
const MOST_ANSWERED = 64;
/**
 * What a query acknowledges that is this far behind the newest is not believed: it is of eight bits, and since that query left the window may have moved by so many
 * and by the 64 that wait here. With the window's own 64 that stays below 256.
 */
const STALE_COUNTS = 96;
const FIRST_LIMIT_MS = 1_000;
const LEAST_LIMIT_MS = 300;
const MOST_LIMIT_MS = 5_000;
const LEAST_REORDER_MS = 30;

/** Gives an answer's bytes to whoever asked. */
export type AnswerReply = (bytes: Uint8Array) => void;

interface Held {
  readonly count: number;
  readonly type: CarryingType;
  readonly untilMs: number;
  readonly replies: AnswerReply[];
}

/** What was answered to a query. */
interface Answered {
  readonly chunk: SentChunk | undefined;
  repeats: number;
}

/** A link that somebody opened by asking. */
export class AcceptedDns implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly source: string;
  readonly #clock: Clock;
  readonly #closeLimitMs: number;
  readonly #out = new SendWindow(WINDOW_CHUNKS.station);
  readonly #into = new ReceiveWindow(WINDOW_CHUNKS.dialer);
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.#out.waitingBytes);
  readonly #resolve: (end: LinkEnd) => void;
  readonly #life = new AbortController();
  readonly #held: Held[] = [];
  readonly #answered = new Map<number, Answered>();
  readonly #fill: DnsFill;
  #isOpened = false;
  #isFlushing = false;
  #isClosing = false;
  #isOver = false;
  #newest = 0;
  #heardAtMs: number;
  #smoothMs: number | undefined;
  #bell: AbortController | undefined;

  constructor(clock: Clock, source: string, closeLimitMs: number) {
    this.#clock = clock;
    this.source = source;
    this.#closeLimitMs = closeLimitMs;
    this.#heardAtMs = clock.nowMs();
    this.#fill = new DnsFill(this.#heardAtMs);
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  /** When a query came last. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get fullBytes(): number {
    return this.#fill.fullBytes;
  }

  get unsentBytes(): number {
    return this.#isOver ? 0 : this.#out.waitingBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#isOver || this.#isClosing) return;
    this.#out.push(bytes);
    this.#flushSoon();
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    this.#readEnd();
  }

  pause(): void {
    if (!this.#isOver && !this.#isClosing) this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
    this.#readEnd();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#isOver || this.#isClosing) return;
    this.#isClosing = true;
    this.#incoming.close();
    this.#incoming.resume();
    this.#out.end();
    this.#clock.sleep(this.#closeLimitMs, this.#life.signal).then(
      () => this.end("lost"),
      () => undefined,
    );
    this.#readEnd();
    this.#flushSoon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  /** One query of this link; `reply` is called once, now or within HOLD_MS, or never. */
  take(frame: DnsQueryFrame, type: CarryingType, reply: AnswerReply): void {
    const nowMs = this.#clock.nowMs();
    this.#heardAtMs = nowMs;
    const { count, chunk } = frame;
    if (this.#repeated(count, reply, type)) return;
    if (count + STALE_COUNTS >= this.#newest) this.#learn(frame, nowMs);
    this.#newest = Math.max(this.#newest, count);
    if (chunk !== undefined && this.#incoming.waitingBytes < MAX_UNREAD_BYTES) {
      // A copy: the message's memory is the socket's.
      for (const part of this.#into.take(chunk.seq, chunk.data.slice()) ?? []) {
        // The first chunk opened the link and is none of its bytes.
        if (this.#isOpened) this.#incoming.push(part);
        this.#isOpened = true;
      }
      this.#readEnd();
    }
    const held = { count, type, untilMs: nowMs + HOLD_MS, replies: [reply] };
    if (chunk !== undefined || this.#isOver) return this.#answer(held, true);
    this.#held.push(held);
    this.#flush();
    this.#ringSoon();
    return undefined;
  }

  /** The link is over; nothing more is said but that. */
  end(how: LinkEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#life.abort();
    this.#bell?.abort();
    this.#out.end(true);
    for (const held of this.#held.splice(0)) this.#answer(held, false);
    this.#incoming.resume();
    this.#drain.release();
    this.#resolve(how);
  }

  /** A query that came before: with it comes nothing new. @returns whether it was one */
  #repeated(count: number, reply: AnswerReply, type: CarryingType): boolean {
    const held = this.#held.find((each) => each.count === count);
    if (held !== undefined) {
      if (held.replies.length < MOST_REPEATS) held.replies.push(reply);
      return true;
    }
    const answered = this.#answered.get(count);
    if (answered === undefined) return false;
    if (++answered.repeats > MOST_REPEATS) return true;
    const { chunk } = answered;
    reply(this.#encode(chunk?.hasArrived === true ? undefined : chunk, type));
    return true;
  }

  #learn({ received, have }: DnsQueryFrame, nowMs: number): void {
    const arrived = this.#out.acknowledge(received, have, QUERY_HAVE_BITS, QUERY_MASK);
    if (arrived.length === 0) return;
    for (const { sends, sentAtMs, data } of arrived) {
      this.#fill.arrived(data.byteLength, nowMs);
      if (sends !== 1) continue;
      const tookMs = nowMs - sentAtMs;
      this.#smoothMs = this.#smoothMs === undefined ? tookMs : this.#smoothMs + (tookMs - this.#smoothMs) / 8;
    }
    this.#drain.check();
  }

  /** Answers what waits here, oldest first, while there is something to say; and those whose time is over. */
  #flush(): void {
    const nowMs = this.#clock.nowMs();
    for (let held = this.#held[0]; held !== undefined; held = this.#held[0]) {
      const isDue = held.untilMs <= nowMs || this.#held.length > MOST_HELD;
      const hasChunk = this.#out.next(room(held.type), nowMs, () => this.#reorderMs) !== undefined;
      if (!isDue && !hasChunk) return;
      this.#held.shift();
      this.#answer(held, hasChunk);
    }
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Several sends in one turn travel together.
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#isOver) return;
      this.#flush();
      this.#ringSoon();
    });
  }

  #answer(held: Held, mayCarry: boolean): void {
    const nowMs = this.#clock.nowMs();
    const chunk = mayCarry ? this.#out.next(room(held.type), nowMs, () => this.#reorderMs) : undefined;
    if (chunk !== undefined) this.#out.sent(chunk, nowMs, nowMs + this.#limitMs);
    this.#answered.set(held.count, { chunk, repeats: 0 });
    for (const old of this.#answered.keys()) {
      if (this.#answered.size <= MOST_ANSWERED) break;
      this.#answered.delete(old);
    }
    const bytes = this.#encode(chunk, held.type);
    for (const reply of held.replies) reply(bytes);
  }

  #encode(chunk: SentChunk | undefined, type: CarryingType): Uint8Array {
    return encodeAnswerFrame({
      hasEnded: this.#isOver,
      received: this.#into.received & CHUNK_MASK,
      have: this.#into.have(ANSWER_HAVE_BITS),
      waiting: Math.min(255, this.#out.waitingChunks(room(type))),
      chunk: chunk === undefined ? undefined : { seq: chunk.number & CHUNK_MASK, data: chunk.data },
    });
  }

  get #limitMs(): number {
    const limitMs = this.#smoothMs === undefined ? FIRST_LIMIT_MS : 2 * this.#smoothMs;
    return Math.min(MOST_LIMIT_MS, Math.max(LEAST_LIMIT_MS, limitMs));
  }

  get #reorderMs(): number {
    return Math.max(LEAST_REORDER_MS, (this.#smoothMs ?? FIRST_LIMIT_MS) / 4);
  }

  /** Looks again when a query has waited long enough, or a chunk counts as lost while one waits. */
  #ringSoon(): void {
    this.#bell?.abort();
    const first = this.#held[0];
    if (first === undefined || this.#isOver) return;
    const bell = new AbortController();
    this.#bell = bell;
    const nowMs = this.#clock.nowMs();
    const atMs = Math.min(first.untilMs, this.#out.dueAtMs);
    const ring = (): void => {
      this.#flush();
      this.#ringSoon();
    };
    this.#clock.sleep(Math.max(0, atMs - nowMs), bell.signal).then(ring, () => undefined);
  }

  #readEnd(): void {
    if (!this.#into.hasEnded || this.#incoming.paused || this.#incoming.waitingBytes > 0) return;
    this.end("closed");
  }
}

const room = (type: CarryingType): number => ANSWER_ROOM_BYTES[type] - ANSWER_HEAD_BYTES;
