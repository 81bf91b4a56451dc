/*
 * A `ws` WebSocket as a Link, for both ends: the carrier wraps the sockets it dialed, a station those it accepted.
 *
 * `ws` hands out Buffers, whose `slice` shares memory where Uint8Array's copies; they are rewrapped so that code above
 * this line sees plain Uint8Arrays only. A chunk that `ws` had parsed before `pause` took effect waits in Incoming.
 */
import type { RawData, ServerOptions, WebSocket } from "ws";
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Link, LinkEnd } from "../port.ts";
import { CLOSE_LIMIT_MS, endOfCloseCode, MAX_MESSAGE_BYTES, pieces } from "../web-socket-route.ts";

/** What a `ws` server needs to accept links: no compression, bounded messages, no list of clients of its own. */
export const WEB_SOCKET_SERVER_OPTIONS: Readonly<ServerOptions> = {
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: MAX_MESSAGE_BYTES,
  skipUTF8Validation: true,
};

/** So many messages of a new link leave one by one, each in a TLS record of its own; given at once they would share one (P-142). */
const ONE_BY_ONE = 64;

const BINARY = { binary: true, compress: false } as const;

function plainBytes(data: RawData): Uint8Array {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : data;
  return bytes instanceof ArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class WebSocketLink implements Link {
  readonly isOneFlow = true;
  readonly ended: Promise<LinkEnd>;
  readonly #socket: WebSocket;
  readonly #incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #sent: () => void;
  readonly #closeLimitMs: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isLeaving = false;
  #leftOver = ONE_BY_ONE;
  #closing = false;

  constructor(socket: WebSocket, closeLimitMs: number) {
    this.#socket = socket;
    this.#closeLimitMs = closeLimitMs;
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    // One function for every send: a closure for each would cost more than the send's own bookkeeping.
    this.#sent = () => this.#drain.check();
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.#incoming.push(plainBytes(data));
      else socket.close(1003);
    });
    // An error is always followed by `close`, which tells how the link ended.
    socket.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      socket.once("close", (code: number) => {
        this.#incoming.resume();
        this.#drain.release();
        resolve(endOfCloseCode(code));
      });
    });
  }

  get unsentBytes(): number {
    return this.#socket.readyState === this.#socket.CLOSED ? 0 : this.#socket.bufferedAmount + this.#waitingBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    for (const piece of pieces(bytes)) {
      if (this.#leftOver === 0 && this.#waiting.length === 0) {
        this.#socket.send(piece, BINARY, this.#sent);
      } else {
        this.#waiting.push(piece);
        this.#waitingBytes += piece.byteLength;
      }
    }
    this.#sendNext();
  }

  #sendNext(): void {
    const piece = this.#isLeaving ? undefined : this.#waiting.shift();
    if (piece === undefined) return;
    this.#waitingBytes -= piece.byteLength;
    this.#leftOver = Math.max(0, this.#leftOver - 1);
    this.#isLeaving = true;
    this.#socket.send(piece, BINARY, () => {
      this.#isLeaving = false;
      this.#sent();
      this.#sendNext();
    });
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
  }

  pause(): void {
    if (this.#closing) return;
    this.#incoming.pause();
    this.#socket.pause();
  }

  resume(): void {
    if (this.#closing) return;
    this.#incoming.resume();
    if (!this.#incoming.paused) this.#socket.resume();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    // The answer to our close has to be read, whatever comes before it.
    this.#incoming.close();
    this.#socket.resume();
    for (const piece of this.#waiting.splice(0)) this.#socket.send(piece, BINARY, this.#sent);
    this.#waitingBytes = 0;
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), this.#closeLimitMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

/**
 * Drives an open `ws` WebSocket as a link. Call it before the first await after the socket was handed out: messages are
 * taken from then on and wait for `receive`.
 *
 * @param options.closeLimitMs how long the other end may take to answer `close`; then the link is `lost`
 */
export function webSocketLink(socket: WebSocket, options: { readonly closeLimitMs?: number } = {}): Link {
  return new WebSocketLink(socket, options.closeLimitMs ?? CLOSE_LIMIT_MS);
}
