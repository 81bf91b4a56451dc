/*
 * A link that begins with a few bytes of a handshake and goes on as something else. A link has one receiver for life; this
 * is it, and hands on what comes behind the head.
 */
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";

/** The rest of a link whose first bytes were taken off. */
class HeadedLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly head: Promise<Uint8Array | undefined>;
  readonly #link: Link;
  readonly #incoming = new Incoming();

  constructor(link: Link, headBytes: number, keepsHead: boolean) {
    this.#link = link;
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    this.head = promise;
    const head = new Uint8Array(headBytes);
    let filledBytes = 0;
    link.receive((chunk) => {
      if (filledBytes === headBytes) return this.#incoming.push(chunk);
      const part = chunk.subarray(0, headBytes - filledBytes);
      head.set(part, filledBytes);
      filledBytes += part.byteLength;
      if (keepsHead) this.#incoming.push(part);
      this.#incoming.push(chunk.subarray(part.byteLength));
      if (filledBytes < headBytes) return undefined;
      // What comes before anybody has decided what to do with it waits in the network, not here.
      this.pause();
      resolve(head);
    });
    this.ended = link.ended.then((how) => {
      resolve(undefined);
      this.#incoming.resume();
      return how;
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
    this.resume();
  }

  pause(): void {
    this.#incoming.pause();
    this.#link.pause();
  }

  resume(): void {
    this.#incoming.resume();
    if (!this.#incoming.paused) this.#link.resume();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#link.drained(belowBytes);
  }

  close(): void {
    this.#incoming.close();
    this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

/**
 * Takes the first bytes off a link that has just been handed out.
 *
 * @param keepsHead the rest begins with the head all the same
 * @returns `head`: so many bytes, or undefined when the link ended before they were there; `rest`: the link behind them,
 * which stands still until its receiver is set
 */
export function takeHead(
  link: Link,
  headBytes: number,
  keepsHead = false,
): { readonly head: Promise<Uint8Array | undefined>; readonly rest: Link } {
  const rest = new HeadedLink(link, headBytes, keepsHead);
  return { head: rest.head, rest };
}
