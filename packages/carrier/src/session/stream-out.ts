/*
 * The sending half of a stream: bytes wait in a queue, are cut into numbered segments when they may leave, and stay
 * until the other end has them. A segment that was cut is never cut again, so that number and hash chain mean the same
 * on every link.
 */
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import { CHAIN_START, nextChain } from "./crypto.ts";
import { SEGMENT_KIND, type SegmentKind } from "./frames.ts";
import { SEGMENT_COST_BYTES } from "./limits.ts";

/** A numbered piece of a stream, kept until it is acknowledged. */
export interface Segment {
  readonly seq: number;
  readonly kind: SegmentKind;
  readonly payload: Uint8Array;
  /** the chain up to and including this segment */
  readonly chain: Uint8Array;
  /** when it left over the present link, and what had been delivered then */
  sentAtMs: number;
  deliveredBytes: number;
}

/** Why a state that the other end signed cannot be true. */
export type StateFault = "ahead" | "behind" | "altered";

/** Payload and overhead, as the resend window counts them. */
export function weightOf(segment: { readonly payload: Uint8Array }): number {
  return segment.payload.byteLength + SEGMENT_COST_BYTES;
}

/** Sends one direction of one stream. */
export class StreamOut {
  readonly #sha256: Sha256;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #segments: Segment[] = [];
  #acked = 0;
  #ackedChain = CHAIN_START;
  #chain = CHAIN_START;
  /** how many of #segments have left over the present link */
  #sent = 0;
  #heldBytes = 0;
  /** payload of segments that were cut and have not left over the present link */
  #waitingBytes = 0;
  #inFlightBytes = 0;
  #credit: number;
  #spent = 0;
  #ending: SegmentKind | undefined;
  #ended = false;

  constructor(sha256: Sha256, creditBytes: number) {
    this.#sha256 = sha256;
    this.#credit = creditBytes;
  }

  /** Bytes that have not left over the present link. */
  get unsentBytes(): number {
    return this.#queuedBytes + this.#waitingBytes;
  }

  /** What is kept to be sent again, with overhead. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Whether its end has been cut, and acknowledged. */
  get isDone(): boolean {
    return this.#ended && this.#segments.length === 0;
  }

  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  push(bytes: Uint8Array): void {
    if (this.#ending !== undefined || bytes.byteLength === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
  }

  /** Cuts the first segment of a stream that this end opens. */
  open(payload: Uint8Array): void {
    this.#cut(SEGMENT_KIND.open, payload);
  }

  /** Ends after what is queued, or (`dropping`) after what is already cut. */
  end(kind: typeof SEGMENT_KIND.finish | typeof SEGMENT_KIND.reset, dropping: boolean): void {
    if (dropping) {
      this.#queue = [];
      this.#queuedBytes = 0;
    }
    this.#ending ??= kind;
  }

  /** Whether an opening segment waits to leave; those go before all else, so that streams appear in order. */
  get opens(): boolean {
    return this.#sent < this.#segments.length && this.#segments[this.#sent]?.kind === SEGMENT_KIND.open;
  }

  /**
   * The next segment for the present link: one that is to be sent again, or a new one.
   *
   * @param maxBytes of a new segment @param roomBytes left in the session's resend window
   */
  next(maxBytes: number, roomBytes: number): Segment | undefined {
    const segment = this.#segments[this.#sent] ?? this.#cutNext(maxBytes, roomBytes);
    if (segment === undefined) return undefined;
    this.#sent++;
    this.#waitingBytes -= segment.payload.byteLength;
    this.#inFlightBytes += weightOf(segment);
    return segment;
  }

  /**
   * The other end has all segments before a number, and grants credit.
   *
   * @returns the segments that are done with, or undefined when it claims what there is not
   */
  acknowledge(received: number, credit: number): readonly Segment[] | undefined {
    const count = received - this.#acked;
    if (count > this.#segments.length) return undefined;
    this.#credit = Math.max(this.#credit, credit);
    return count > 0 ? this.#drop(count) : [];
  }

  /** A new link: everything that the other end lacks will leave again. @returns a fault when its state cannot be true */
  resume(received: number, chain: Uint8Array, credit: number): StateFault | undefined {
    const count = received - this.#acked;
    if (count < 0) return "behind";
    if (count > this.#segments.length) return "ahead";
    const held = count === 0 ? this.#ackedChain : this.#segments[count - 1]?.chain;
    if (held === undefined || !equalBytes(held, chain)) return "altered";
    this.#credit = Math.max(this.#credit, credit);
    this.#drop(count);
    return undefined;
  }

  /** The link is gone; nothing is under way. */
  detach(): void {
    this.#sent = 0;
    this.#inFlightBytes = 0;
    this.#waitingBytes = this.#heldBytes - this.#segments.length * SEGMENT_COST_BYTES;
  }

  /** Forgets everything: the session is over. */
  clear(): void {
    this.#queue = [];
    this.#segments = [];
    this.#queuedBytes = this.#heldBytes = this.#waitingBytes = this.#inFlightBytes = this.#sent = 0;
  }

  #drop(count: number): readonly Segment[] {
    const done = this.#segments.splice(0, count);
    for (const [index, segment] of done.entries()) {
      this.#heldBytes -= weightOf(segment);
      if (index < this.#sent) this.#inFlightBytes -= weightOf(segment);
      else this.#waitingBytes -= segment.payload.byteLength;
    }
    this.#sent = Math.max(0, this.#sent - count);
    this.#acked += count;
    this.#ackedChain = done.at(-1)?.chain ?? this.#ackedChain;
    return done;
  }

  #cutNext(maxBytes: number, roomBytes: number): Segment | undefined {
    if (this.#ended) return undefined;
    if (this.#queuedBytes === 0) {
      // The end costs no credit: there is one, and a stalled reader must not keep a stream from ending.
      if (this.#ending === undefined) return undefined;
      this.#ended = true;
      return this.#cut(this.#ending, new Uint8Array(0));
    }
    const allowedBytes = Math.min(
      maxBytes,
      roomBytes - SEGMENT_COST_BYTES,
      this.#credit - this.#spent - SEGMENT_COST_BYTES,
    );
    // A sliver of credit is not worth a segment, unless it is all there is to send.
    if (allowedBytes <= 0 || (allowedBytes < Math.min(this.#queuedBytes, 256) && maxBytes >= 256)) return undefined;
    const payload = this.#takeQueued(Math.min(allowedBytes, this.#queuedBytes));
    this.#spent += payload.byteLength + SEGMENT_COST_BYTES;
    return this.#cut(SEGMENT_KIND.data, payload);
  }

  #cut(kind: SegmentKind, payload: Uint8Array): Segment {
    this.#chain = nextChain(this.#sha256, this.#chain, kind, payload);
    const seq = this.#acked + this.#segments.length;
    const segment = { seq, kind, payload, chain: this.#chain, sentAtMs: 0, deliveredBytes: 0 };
    this.#segments.push(segment);
    this.#heldBytes += weightOf(segment);
    this.#waitingBytes += payload.byteLength;
    return segment;
  }

  #takeQueued(sizeBytes: number): Uint8Array {
    const first = this.#queue[0];
    this.#queuedBytes -= sizeBytes;
    if (first !== undefined && first.byteLength > sizeBytes) {
      this.#queue[0] = first.subarray(sizeBytes);
      return first.subarray(0, sizeBytes);
    }
    const payload = new Uint8Array(sizeBytes);
    let filled = 0;
    let whole = 0;
    for (const part of this.#queue) {
      const used = part.subarray(0, sizeBytes - filled);
      payload.set(used, filled);
      filled += used.byteLength;
      if (used.byteLength < part.byteLength) {
        this.#queue[whole] = part.subarray(used.byteLength);
        break;
      }
      whole++;
      if (filled === sizeBytes) break;
    }
    this.#queue.splice(0, whole);
    return payload;
  }
}
