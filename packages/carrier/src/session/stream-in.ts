/*
 * The receiving half of a stream: takes segments in their order and once, keeps the chain over them, and grants credit
 * as the reader takes bytes. The window doubles whenever half of it was read within two round trips, because then the
 * window and not the reader is what holds the stream back; all windows of a session share what they may grow by.
 */
import type { Sha256 } from "@chapar/wire/bytes";
import { CHAIN_START, nextChain } from "./crypto.ts";
import { SEGMENT_KIND, type SegmentKind, type StreamState } from "./frames.ts";
import { SEGMENT_COST_BYTES } from "./limits.ts";

/** What windows may still grow by, shared by the streams of a session. */
export interface GrowthBudget {
  leftBytes: number;
  readonly maxWindowBytes: number;
}

/** Receives one direction of one stream. */
export class StreamIn {
  readonly #sha256: Sha256;
  readonly #growth: GrowthBudget;
  readonly #startBytes: number;
  #windowBytes: number;
  #expected = 0;
  #chain = CHAIN_START;
  #credit: number;
  #spent = 0;
  #read = 0;
  #grantedAtMs = 0;
  #ended = false;

  constructor(sha256: Sha256, windowBytes: number, growth: GrowthBudget) {
    this.#sha256 = sha256;
    this.#growth = growth;
    this.#windowBytes = windowBytes;
    this.#startBytes = windowBytes;
    this.#credit = windowBytes;
  }

  get isDone(): boolean {
    return this.#ended;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** @returns `fault` for a gap, for what comes after the end, and for more than the credit allows */
  take(seq: number, kind: SegmentKind, payload: Uint8Array): "taken" | "repeated" | "fault" {
    if (seq < this.#expected) return "repeated";
    if (seq > this.#expected || this.#ended) return "fault";
    if (kind === SEGMENT_KIND.data) {
      const spent = this.#spent + payload.byteLength + SEGMENT_COST_BYTES;
      if (spent > this.#credit) return "fault";
      this.#spent = spent;
    }
    this.#expected++;
    this.#chain = nextChain(this.#sha256, this.#chain, kind, payload);
    this.#ended = kind === SEGMENT_KIND.finish || kind === SEGMENT_KIND.reset;
    return "taken";
  }

  /** The reader has taken the bytes of some segments. @returns whether that is worth telling the other end */
  consumed(payloadBytes: number, segments: number, nowMs: number, roundTripMs: number): boolean {
    this.#read += payloadBytes + segments * SEGMENT_COST_BYTES;
    if (this.#ended || this.#read + this.#windowBytes - this.#credit < this.#windowBytes / 2) return false;
    if (nowMs - this.#grantedAtMs <= 2 * roundTripMs) this.#grow();
    this.#grantedAtMs = nowMs;
    this.#credit = this.#read + this.#windowBytes;
    return true;
  }

  state(stream: number): StreamState {
    return { stream, received: this.#expected, credit: this.#credit, chain: this.#chain };
  }

  /** Gives back what its window had grown by. */
  release(): void {
    this.#growth.leftBytes += this.#windowBytes - this.#startBytes;
    this.#windowBytes = this.#startBytes;
  }

  #grow(): void {
    const moreBytes = Math.min(
      this.#windowBytes,
      this.#growth.maxWindowBytes - this.#windowBytes,
      this.#growth.leftBytes,
    );
    if (moreBytes <= 0) return;
    this.#growth.leftBytes -= moreBytes;
    this.#windowBytes += moreBytes;
  }
}
