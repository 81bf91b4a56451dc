/*
 * Reliable delivery of numbered chunks, one direction at each end. A chunk keeps its bytes for life; its number travels as its lowest sixteen
 * bits, and what is acknowledged in the scarce direction as its lowest eight. What is missing is found as QUIC finds it (RFC 9002 §6.1): a chunk that left clearly
 * before one that has arrived is lost; else it is lost when its own time is over.
 */
import { concatBytes } from "@chapar/wire/bytes";
import { CHUNK_MASK } from "./dns-frames.ts";

/** Chunks under way, at most: small ones from the dialer, large ones from the station, which eight bits acknowledge. */
export const WINDOW_CHUNKS = { dialer: 128, station: 64 } as const;
/** Of a full window, the chunks that hold it up. */
const HOLDING_UP = 16;
const NOTHING = new Uint8Array(0);

/** A chunk that was sent and is not known to have arrived. */
export interface SentChunk {
  /** from 0, over the life of the direction */
  readonly number: number;
  readonly data: Uint8Array;
  sentAtMs: number;
  /** after which it counts as lost */
  deadlineMs: number;
  sends: number;
  /** which way it went: chunks are overtaken only by those that went the same */
  lane: unknown;
  hasArrived: boolean;
  isLost: boolean;
}

/** What one end sends. */
export class SendWindow {
  #parts: Uint8Array[] = [];
  #queuedBytes = 0;
  #flyingBytes = 0;
  #flying: SentChunk[] = [];
  #base: number;
  #next: number;
  #ends = false;
  #endCut = false;
  /** when the last sent of those that have arrived was sent, by lane */
  readonly #arrivedSentAtMs = new Map<unknown, number>();

  readonly #most: number;

  /** @param most chunks under way @param first the number of the first one */
  constructor(most: number, first = 0) {
    this.#most = most;
    this.#base = this.#next = first;
  }

  /** Bytes that are not known to have arrived. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#flyingBytes;
  }

  /** Whether everything, the end too, has arrived. */
  get isDone(): boolean {
    return this.#endCut && this.#flying.length === 0;
  }

  get ends(): boolean {
    return this.#ends;
  }

  push(bytes: Uint8Array): void {
    if (this.#ends || bytes.byteLength === 0) return;
    this.#parts.push(bytes);
    this.#queuedBytes += bytes.byteLength;
  }

  /** Nothing follows; with `dropping` what was not cut yet does not leave either. */
  end(dropping = false): void {
    if (dropping) {
      this.#parts = [];
      this.#queuedBytes = 0;
    }
    this.#ends = true;
  }

  /** Chunks of so many bytes that could leave at once. */
  waitingChunks(roomBytes: number): number {
    const fresh = Math.ceil(this.#queuedBytes / roomBytes) + (this.#ends && !this.#endCut ? 1 : 0);
    const room = this.#most - this.#flying.length;
    return Math.min(fresh, room) + this.#flying.filter(({ isLost }) => isLost).length;
  }

  /** The next chunk that should leave, at most so long when it is cut anew: first what was lost. Tell `sent` when it left. */
  next(roomBytes: number, nowMs: number, reorderMs: (lane: unknown) => number): SentChunk | undefined {
    this.#findLost(nowMs, reorderMs);
    const first = this.#flying.find(({ isLost, sends }) => isLost || sends === 0);
    if (first !== undefined) return first;
    if (this.#flying.length >= this.#most) return undefined;
    if (this.#queuedBytes === 0 && (!this.#ends || this.#endCut)) return undefined;
    const data = this.#cut(roomBytes);
    if (data.byteLength === 0) this.#endCut = true;
    const times = { sentAtMs: 0, deadlineMs: 0, sends: 0, lane: undefined };
    const chunk: SentChunk = { number: this.#next++, data, ...times, hasArrived: false, isLost: false };
    this.#flying.push(chunk);
    this.#flyingBytes += data.byteLength;
    return chunk;
  }

  /**
   * While the window is full, what holds it up is sent once more before anybody knows that it was lost: queries are to be had that would
   * carry nothing. @returns the oldest chunk that left so long ago and has not arrived
   */
  again(nowMs: number, afterMs: number): SentChunk | undefined {
    if (this.#flying.length < this.#most) return undefined;
    return this.#holdingUp.find(({ sentAtMs }) => sentAtMs + afterMs <= nowMs);
  }

  /** When `again` may have something. */
  againAtMs(afterMs: number): number {
    if (this.#flying.length < this.#most) return Number.POSITIVE_INFINITY;
    return Math.min(...this.#holdingUp.map(({ sentAtMs }) => sentAtMs + afterMs));
  }

  get #holdingUp(): readonly SentChunk[] {
    return this.#flying.slice(0, HOLDING_UP).filter(({ hasArrived }) => !hasArrived);
  }

  sent(chunk: SentChunk, nowMs: number, deadlineMs: number, lane?: unknown): void {
    chunk.lane = lane;
    chunk.sentAtMs = nowMs;
    chunk.deadlineMs = deadlineMs;
    chunk.sends++;
    chunk.isLost = false;
  }

  /**
   * The other end has everything before a number, and of the following those whose bits are set. What cannot be, or is older than what is
   * known, changes nothing.
   *
   * @param mask the bits of numbers that are named
   * @returns chunks that have newly arrived
   */
  acknowledge(received: number, have: bigint, bits: number, mask: number): readonly SentChunk[] {
    const count = (received - this.#base) & mask;
    if (count > this.#flying.length) return [];
    const fresh = this.#flying.slice(0, count).filter(({ hasArrived }) => !hasArrived);
    for (let bit = 0; bit < bits; bit++) {
      const chunk = this.#flying[count + 1 + bit];
      if (chunk !== undefined && !chunk.hasArrived && ((have >> BigInt(bit)) & 1n) === 1n) fresh.push(chunk);
    }
    for (const chunk of fresh) {
      chunk.hasArrived = true;
      chunk.isLost = false;
      this.#flyingBytes -= chunk.data.byteLength;
      // Of one that was sent twice nobody knows which arrived.
      if (chunk.sends !== 1) continue;
      const before = this.#arrivedSentAtMs.get(chunk.lane) ?? Number.NEGATIVE_INFINITY;
      this.#arrivedSentAtMs.set(chunk.lane, Math.max(before, chunk.sentAtMs));
    }
    this.#flying.splice(0, count);
    this.#base += count;
    return fresh;
  }

  /** When a chunk will count as lost for want of an answer. */
  get dueAtMs(): number {
    let dueAtMs = Number.POSITIVE_INFINITY;
    for (const { hasArrived, isLost, deadlineMs } of this.#flying)
      if (!hasArrived && !isLost) dueAtMs = Math.min(dueAtMs, deadlineMs);
    return dueAtMs;
  }

  #findLost(nowMs: number, reorderMs: (lane: unknown) => number): void {
    for (const chunk of this.#flying) {
      if (chunk.hasArrived || chunk.isLost || chunk.sends === 0) continue;
      const { lane } = chunk;
      const wasOvertaken = chunk.sentAtMs + reorderMs(lane) < (this.#arrivedSentAtMs.get(lane) ?? 0);
      if (wasOvertaken || chunk.deadlineMs <= nowMs) chunk.isLost = true;
    }
  }

  #cut(roomBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let leftBytes = Math.min(roomBytes, this.#queuedBytes);
    this.#queuedBytes -= leftBytes;
    while (leftBytes > 0) {
      const head = this.#parts[0] ?? NOTHING;
      parts.push(head.subarray(0, leftBytes));
      if (head.byteLength > leftBytes) this.#parts[0] = head.subarray(leftBytes);
      else this.#parts.shift();
      leftBytes -= Math.min(leftBytes, head.byteLength);
    }
    return parts.length === 0 ? NOTHING : concatBytes(...parts);
  }
}

/** What one end receives. */
export class ReceiveWindow {
  readonly #early = new Map<number, Uint8Array>();
  readonly #most: number;
  #next = 0;
  #hasEnded = false;

  /** @param most chunks that the other end has under way */
  constructor(most: number) {
    this.#most = most;
  }

  /** The number of the next chunk expected. */
  get received(): number {
    return this.#next;
  }

  /** Whether the end has come, and everything before it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Which of the numbers after the next one are here: bit i stands for `received + 1 + i`. */
  have(bits: number): bigint {
    let have = 0n;
    for (let bit = 0; bit < bits; bit++) if (this.#early.has(this.#next + 1 + bit)) have |= 1n << BigInt(bit);
    return have;
  }

  /**
   * Takes a chunk; what is known, or far from what is expected, changes nothing.
   *
   * @param seq the lowest sixteen bits of its number
   * @returns what can be read now, in order; undefined when the chunk was not new
   */
  take(seq: number, data: Uint8Array): readonly Uint8Array[] | undefined {
    const ahead = (seq - this.#next) & CHUNK_MASK;
    const number = this.#next + ahead;
    if (this.#hasEnded || ahead >= this.#most || this.#early.has(number)) return undefined;
    this.#early.set(number, data);
    const readable: Uint8Array[] = [];
    for (let part = this.#early.get(this.#next); part !== undefined; part = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      if (part.byteLength > 0) readable.push(part);
      else {
        this.#hasEnded = true;
        this.#early.clear();
        break;
      }
    }
    return readable;
  }
}
