/*
 * Two ends of a link in memory, over a clock: with a FakeClock a test of slow, lossy or dying networks takes no time and
 * runs the same every time.
 */
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Clock, Link, LinkEnd } from "../port.ts";
import { after, Wire, type LineOptions } from "./wire.ts";

/** How both directions behave, and when the link breaks by itself. */
export interface LinkPairOptions extends LineOptions {
  /** the link breaks once so many bytes have arrived, both directions together */
  readonly cutAfterBytes?: number;
  /** how long the other end may take to answer a close; 5 s */
  readonly closeLimitMs?: number;
}

/** Both ends, and what can be done to the network between them. */
export interface LinkPair {
  readonly dialer: Link;
  readonly acceptor: Link;
  /** Breaks it: both ends are `lost` at once, what was under way is gone. */
  cut(): void;
  /** The network swallows everything and tells nobody, as a phone in a tunnel; bytes wait for `thaw`. */
  freeze(): void;
  thaw(): void;
}

class MemoryLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #resolve: (end: LinkEnd) => void;
  readonly #onClose: () => void;
  #out: Wire | undefined;
  #in: Wire | undefined;
  #over = false;
  #closing = false;
  /** the other end's close, which is read in its turn: not while this end is paused */
  #unreadFinish: (() => void) | undefined;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  attach(out: Wire, into: Wire): void {
    this.#out = out;
    this.#in = into;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get unsentBytes(): number {
    return this.#over ? 0 : (this.#out?.unsentBytes ?? 0);
  }

  /** Bytes have left the queue. */
  left(): void {
    this.#drain.check();
  }

  /** The other end closed, and everything before it has arrived. */
  finished(act: () => void): void {
    if (this.incoming.paused && !this.#closing) this.#unreadFinish = act;
    else act();
  }

  #readFinish(): void {
    const act = this.#unreadFinish;
    if (act === undefined || this.incoming.paused) return;
    this.#unreadFinish = undefined;
    act();
  }

  end(end: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    // What arrived before the end is still delivered, as a socket's buffer is.
    this.incoming.resume();
    this.#drain.release();
    this.#resolve(end);
  }

  send(bytes: Uint8Array): void {
    if (!this.#over) this.#out?.send(bytes);
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.incoming.receive(receiver);
    this.#in?.pump();
  }

  pause(): void {
    if (!this.#over) this.incoming.pause();
  }

  resume(): void {
    this.incoming.resume();
    this.#in?.pump();
    this.#readFinish();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    this.incoming.close();
    this.incoming.resume();
    this.#readFinish();
    this.#in?.pump();
    this.#out?.finish();
    this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

/** Two ends joined by two lines of the same kind. */
export function linkPair(options: LinkPairOptions, clock: Clock): LinkPair {
  const { cutAfterBytes = Number.POSITIVE_INFINITY, closeLimitMs = 5_000, latencyMs = 0 } = options;
  const life = new AbortController();
  let leftBytes = cutAfterBytes;

  const cut = (): void => {
    for (const end of [dialer, acceptor]) end.end("lost");
    life.abort();
  };
  const finish = (end: MemoryLink, how: LinkEnd): void => {
    end.end(how);
    if (dialer.isOver && acceptor.isOver) life.abort();
  };
  const closing = (end: () => MemoryLink) => (): void =>
    after(clock, closeLimitMs, life.signal, () => finish(end(), "lost"));
  const dialer = new MemoryLink(closing(() => dialer));
  const acceptor = new MemoryLink(closing(() => acceptor));

  const line = (from: MemoryLink, to: MemoryLink): Wire =>
    new Wire(
      clock,
      life.signal,
      options,
      {
        waitingBytes: () => to.incoming.waitingBytes,
        arrived(piece) {
          const part = piece.subarray(0, leftBytes);
          leftBytes -= part.byteLength;
          to.incoming.push(part);
          if (leftBytes <= 0) cut();
        },
        finished() {
          to.finished(() => {
            finish(to, "closed");
            after(clock, latencyMs, life.signal, () => finish(from, "closed"));
          });
        },
      },
      () => from.left(),
    );
  const there = line(dialer, acceptor);
  const back = line(acceptor, dialer);
  dialer.attach(there, back);
  acceptor.attach(back, there);
  const freeze = (frozen: boolean): void => {
    there.freeze(frozen);
    back.freeze(frozen);
  };
  return { dialer, acceptor, cut, freeze: () => freeze(true), thaw: () => freeze(false) };
}
