/*
 * One stream of a session as a Link. Stream 0 behaves as any link does: when one end closes, both have ended. Further
 * streams may be half open, as the TCP connections that a tunnel carries are.
 */
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";
import type { Priority } from "./engine.ts";

/** What a stream asks of the session it belongs to. */
export interface StreamOwner {
  send(stream: number, bytes: Uint8Array): void;
  unsentBytes(stream: number): number;
  consumed(stream: number, payloadBytes: number, segments: number): void;
  /** ends our direction */
  finish(stream: number, dropping: boolean): void;
  reset(stream: number): void;
  closing(stream: number): void;
}

/** A stream of a session. */
export class SessionStream implements Link {
  /** what its opener said it is for, at most 512 bytes */
  readonly label: Uint8Array;
  readonly priority: Priority;
  /** As of any link; `refused` when the other end gave the stream up. */
  readonly ended: Promise<LinkEnd>;
  /** Resolves when the other end sends nothing more and everything before was delivered; also when the stream ended. */
  readonly peerFinished: Promise<void>;
  readonly #id: number;
  readonly #owner: StreamOwner;
  readonly #halfOpen: boolean;
  readonly #incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #resolveEnded: (end: LinkEnd) => void;
  readonly #resolveFinished: () => void;
  #waitingSegments = 0;
  #finish: "no" | "came" | "read" = "no";
  #how: LinkEnd = "closed";
  #closing = false;
  #over = false;

  constructor(id: number, priority: Priority, label: Uint8Array, halfOpen: boolean, owner: StreamOwner) {
    this.#id = id;
    this.priority = priority;
    this.label = label;
    this.#halfOpen = halfOpen;
    this.#owner = owner;
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    const ended = Promise.withResolvers<LinkEnd>();
    const finished = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.peerFinished = finished.promise;
    this.#resolveEnded = ended.resolve;
    this.#resolveFinished = finished.resolve;
  }

  get unsentBytes(): number {
    return this.#over ? 0 : this.#owner.unsentBytes(this.#id);
  }

  /** Whether `close` or `finish` was called, or the other end closed. */
  get isClosing(): boolean {
    return this.#closing;
  }

  send(bytes: Uint8Array): void {
    if (!this.#closing && !this.#over) this.#owner.send(this.#id, bytes);
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive((chunk) => {
      this.#waitingSegments--;
      receiver(chunk);
      this.#owner.consumed(this.#id, chunk.byteLength, 1);
    });
    this.#readFinish();
  }

  pause(): void {
    if (!this.#over) this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
    this.#readFinish();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  /** Ends our direction after what is queued, and goes on receiving; only of streams other than 0. */
  finish(): void {
    if (this.#over) return;
    if (!this.#halfOpen) return this.close();
    this.#closing = true;
    this.#owner.finish(this.#id, false);
  }

  /** Gives the stream up: what is queued or comes is dropped, and the other end is told. */
  reset(): void {
    if (this.#over) return;
    this.#closing = true;
    this.#dropIncoming();
    this.#owner.reset(this.#id);
  }

  close(): void {
    if (this.#over) return;
    if (!this.#closing) {
      this.#closing = true;
      this.#owner.finish(this.#id, false);
      this.#owner.closing(this.#id);
    }
    this.#dropIncoming();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  /** Bytes came. For the session. */
  arrived(bytes: Uint8Array): void {
    if (this.#dropping) return this.#owner.consumed(this.#id, bytes.byteLength, 1);
    this.#waitingSegments++;
    this.#incoming.push(bytes);
  }

  /** The other end sends no more. For the session. */
  finished(reset: boolean): void {
    if (this.#finish === "no") this.#finish = "came";
    if (reset) this.#how = "refused";
    this.#readFinish();
  }

  /** Bytes left. For the session. */
  progressed(): void {
    this.#drain.check();
  }

  /** Both directions are done with, or the session is over. For the session. */
  end(how?: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    // What arrived before the end is still delivered.
    this.#incoming.resume();
    this.#drain.release();
    this.#resolveFinished();
    this.#resolveEnded(how ?? this.#how);
  }

  /** Whether the other end's end has been read; a reader that holds back has not come to it. */
  get hasReadFinish(): boolean {
    return this.#finish === "read";
  }

  #dropping = false;

  #dropIncoming(): void {
    if (this.#dropping) return;
    this.#dropping = true;
    const [bytes, segments] = [this.#incoming.waitingBytes, this.#waitingSegments];
    this.#waitingSegments = 0;
    const wasPaused = this.#incoming.paused;
    this.#incoming.close();
    this.#incoming.resume();
    if (segments > 0) this.#owner.consumed(this.#id, bytes, segments);
    // An end that had come and waited behind unread bytes counts: a close in order reads on.
    if (wasPaused) this.#readFinish();
  }

  #readFinish(): void {
    if (this.#finish !== "came" || this.#incoming.paused || this.#incoming.waitingBytes > 0) return;
    this.#finish = "read";
    this.#resolveFinished();
    if (!this.#halfOpen && !this.#closing) {
      // The other end takes nothing any more.
      this.#closing = true;
      this.#owner.finish(this.#id, true);
    } else if (!this.#halfOpen) this.#owner.finish(this.#id, true);
  }
}
