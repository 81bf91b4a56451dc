/*
 * A link that stands still when it is told to, over one that cannot: a browser's WebSocket reads whatever comes. What comes meanwhile waits
 * here, up to a bound; who sends more than that is not waiting for anybody's word, and is let go (protocol/8-road.md P-115).
 */
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";

/** More than an honest session has under way: 4 MiB for a stream, 8 of growth for all (P-5). */
const MAX_HELD_BYTES: number = 16 * 1024 * 1024;

class HeldLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #link: Link;
  readonly #incoming = new Incoming();
  readonly #maxBytes: number;
  readonly #resolve: (end: LinkEnd) => void;
  /** how the link below ended, while what came before waits to be read */
  #how: LinkEnd | undefined;

  constructor(link: Link, maxBytes: number) {
    this.#link = link;
    this.#maxBytes = maxBytes;
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    void link.ended.then((how) => {
      this.#how = how;
      return this.#readEnd();
    });
    link.receive((chunk) => {
      this.#incoming.push(chunk);
      if (this.#incoming.waitingBytes > this.#maxBytes) this.close();
    });
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    this.#readEnd();
  }

  pause(): void {
    this.#incoming.pause();
    this.#link.pause();
  }

  resume(): void {
    this.#incoming.resume();
    if (!this.#incoming.paused) this.#link.resume();
    this.#readEnd();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#link.drained(belowBytes);
  }

  close(): void {
    this.#incoming.close();
    this.#link.close();
    this.#readEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  #readEnd(): void {
    if (this.#how !== undefined && this.#incoming.waitingBytes === 0) this.#resolve(this.#how);
  }
}

/** Holds back what a link's platform cannot. The link must have no receiver yet. @param maxBytes 16 MiB */
export function heldLink(link: Link, maxBytes: number = MAX_HELD_BYTES): Link {
  return new HeldLink(link, maxBytes);
}
