/* A Node stream (TCP, or whatever behaves as TCP) as a Link. A link has no half-open state: either end closes both. */
import type { Duplex } from "node:stream";
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";
import { CLOSE_LIMIT_MS } from "../web-socket-route.ts";

class StreamLink implements Link {
  readonly isOneFlow = true;
  readonly ended: Promise<LinkEnd>;
  readonly #stream: Duplex;
  readonly #incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #sent: () => void;
  readonly #closeLimitMs: number;
  readonly #readEnd: () => void;
  #endCame = false;
  #closing = false;
  #over = false;
  #unsentBytes = 0;

  constructor(stream: Duplex, closeLimitMs: number) {
    this.#stream = stream;
    this.#closeLimitMs = closeLimitMs;
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    this.#sent = () => this.#drain.check();
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    const end = (how: LinkEnd): void => {
      if (this.#over) return;
      this.#over = true;
      this.#incoming.resume();
      this.#drain.release();
      resolve(how);
    };
    stream.on("data", (bytes: Uint8Array) => {
      this.#incoming.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
    this.#readEnd = () => {
      // An empty stream says that it ended even while it is paused; a reader that holds back has not come to it.
      if (!this.#endCame || (this.#incoming.paused && !this.#closing)) return;
      stream.end();
      // Our own end may have nobody left to take it.
      const timer = setTimeout(() => stream.destroy(), closeLimitMs);
      stream.once("close", () => clearTimeout(timer));
      end("closed");
    };
    stream.once("end", () => {
      this.#endCame = true;
      this.#readEnd();
    });
    stream.on("error", () => undefined);
    stream.once("close", () => end(this.#endCame ? "closed" : "lost"));
  }

  get unsentBytes(): number {
    return this.#over ? 0 : this.#unsentBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#closing || this.#over || bytes.byteLength === 0) return;
    this.#unsentBytes += bytes.byteLength;
    this.#stream.write(bytes, () => {
      this.#unsentBytes -= bytes.byteLength;
      this.#sent();
    });
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
  }

  pause(): void {
    if (this.#closing || this.#over) return;
    this.#incoming.pause();
    this.#stream.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#incoming.resume();
    if (this.#incoming.paused) return;
    this.#stream.resume();
    this.#readEnd();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    this.#incoming.close();
    this.#stream.resume();
    this.#stream.end();
    this.#readEnd();
    const timer = setTimeout(() => this.#stream.destroy(), this.#closeLimitMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

/**
 * Drives an open stream as a link. Call it before the first await after the stream was handed out.
 *
 * @param options.closeLimitMs how long the other end may take to answer `close`; then the link is `lost`
 */
export function streamLink(stream: Duplex, options: { readonly closeLimitMs?: number } = {}): Link {
  return new StreamLink(stream, options.closeLimitMs ?? CLOSE_LIMIT_MS);
}
