/*
 * A link that speaks session frames: first a few, one after the other, while both ends prove who they are; then all of
 * them to the session it is attached to. A link has one receiver for life, and this is it.
 */
import type { Link } from "../port.ts";
import { FrameReader, type SessionFrame } from "./frames.ts";

// Between two awaits of a handshake an honest end sends at most what the pace of an unknown link allows.
const MAX_WAITING_BYTES: number = 512 * 1024;

/** Who takes the frames of an attached link. */
export interface FrameTaker {
  /** bytes came, of whatever */
  heard(sizeBytes: number): void;
  /** @returns false when the frame breaks the rules of a link */
  take(frame: SessionFrame): boolean;
  /** everything that came with one chunk was taken */
  taken(): void;
}

/** Reads frames off a link; ends the link when something does not decode. */
export class FramedLink {
  readonly link: Link;
  readonly #reader = new FrameReader();
  #waiting: SessionFrame[] = [];
  #waitingBytes = 0;
  #asked: ((frame: SessionFrame | undefined) => void) | undefined;
  #taker: FrameTaker | undefined;
  #over = false;
  #failed = false;

  constructor(link: Link) {
    this.link = link;
    link.receive((chunk) => this.#received(chunk));
    void link.ended.then(() => this.#end());
  }

  /** Whether this end gave it up: nothing that it brought counts. One that ended by itself may have brought an answer before. */
  get isFailed(): boolean {
    return this.#failed;
  }

  /** The next frame of a handshake; undefined when the link ended before it. One caller at a time. */
  next(): Promise<SessionFrame | undefined> {
    const frame = this.#waiting.shift();
    if (frame !== undefined || this.#over) return Promise.resolve(frame);
    return new Promise((resolve) => (this.#asked = resolve));
  }

  /** Hands all frames to a taker from now on; undefined drops them. */
  attach(taker: FrameTaker | undefined): void {
    this.#taker = taker;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (taker === undefined || waiting.length === 0) return;
    taker.heard(this.#waitingBytes);
    for (const frame of waiting) {
      if (!taker.take(frame)) return this.fail();
    }
    taker.taken();
  }

  /** Closes the link, because what came over it cannot be. */
  fail(): void {
    this.#failed = true;
    this.#end();
    this.link.close();
  }

  #received(chunk: Uint8Array): void {
    if (this.#over) return;
    const taker = this.#taker;
    if (taker === undefined) this.#waitingBytes += chunk.byteLength;
    else taker.heard(chunk.byteLength);
    const whole = this.#reader.push(chunk, (frame) => this.#take(frame));
    if (!whole || (this.#taker === undefined && this.#waitingBytes > MAX_WAITING_BYTES)) return this.fail();
    taker?.taken();
  }

  #take(frame: SessionFrame): boolean {
    if (this.#over) return false;
    if (this.#taker !== undefined) return this.#taker.take(frame);
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) this.#waiting.push(frame);
    else asked(frame);
    return true;
  }

  #end(): void {
    this.#over = true;
    this.#asked?.(undefined);
    this.#asked = undefined;
  }
}
