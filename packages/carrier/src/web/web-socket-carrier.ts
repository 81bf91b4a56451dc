/*
 * Dials WebSocket routes from a browser. Two things a browser cannot do: stop reading (`pause` changes nothing) and tell
 * when its buffer has drained (it is polled, and only while somebody waits).
 */
import { DrainWaiters } from "../drain.ts";
import { CarrierError } from "../errors.ts";
import { Incoming } from "../incoming.ts";
import type { Carrier, Link, LinkEnd } from "../port.ts";
import {
  CLOSE_LIMIT_MS,
  DIAL_LIMIT_MS,
  endOfCloseCode,
  pieces,
  requireWebSocketUrl,
  webSocketUrl,
} from "../web-socket-route.ts";

const POLL_MS = 20;

type WebSocketLimits = Required<Omit<WebSocketCarrierOptions, "linkPath">>;

/** Time limits of a WebSocket carrier, and where it dials. */
export interface WebSocketCarrierOptions {
  /** until a dialed route is open; 20 s */
  readonly dialLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** where links are taken below a station's URL; LINK_PATH, or SESSION_PATH for those that carry sessions */
  readonly linkPath?: string;
}

class WebSocketLink implements Link {
  readonly isOneFlow = true;
  readonly ended: Promise<LinkEnd>;
  readonly #socket: WebSocket;
  readonly #incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #closeLimitMs: number;
  readonly #end: (end: LinkEnd) => void;
  #closing = false;
  #polling: ReturnType<typeof setInterval> | undefined;

  constructor(socket: WebSocket, closeLimitMs: number) {
    this.#socket = socket;
    this.#closeLimitMs = closeLimitMs;
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#end = (end) => {
      clearInterval(this.#polling);
      this.#drain.release();
      resolve(end);
    };
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#incoming.push(new Uint8Array(data));
      // A browser may close with 1000 or 3000-4999 only; text has no meaning here, so the link is simply over.
      else socket.close();
    });
    socket.addEventListener("close", ({ code }) => this.#end(endOfCloseCode(code)));
  }

  get unsentBytes(): number {
    return this.#socket.readyState === WebSocket.CLOSED ? 0 : this.#socket.bufferedAmount;
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const piece of pieces(bytes)) this.#socket.send(piece as Uint8Array<ArrayBuffer>);
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
  }

  pause(): void {
    // The port allows it: a browser's WebSocket reads whatever comes.
  }

  resume(): void {
    // As pause.
  }

  drained(belowBytes: number): Promise<void> {
    const drained = this.#drain.wait(belowBytes);
    if (this.#drain.any) {
      this.#polling ??= setInterval(() => {
        this.#drain.check();
        if (this.#drain.any) return;
        clearInterval(this.#polling);
        this.#polling = undefined;
      }, POLL_MS);
    }
    return drained;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#incoming.close();
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#end("lost"), this.#closeLimitMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

function open(url: string, options: WebSocketLimits, signal: AbortSignal): Promise<Link> {
  return new Promise((resolve, reject) => {
    let socket: WebSocket;
    try {
      socket = new WebSocket(url);
    } catch (error) {
      // A page loaded over https may not open ws:// at all.
      const reason = error instanceof DOMException ? error.name : undefined;
      reject(new CarrierError("carrier/unreachable", reason, { cause: error }));
      return;
    }
    const link = new WebSocketLink(socket, options.closeLimitMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const fail = (error: unknown): void => {
      settle();
      link.close();
      // oxlint-disable-next-line promise/prefer-reject-errors -- a signal's reason is whatever its owner gave
      reject(error);
    };
    const abort = (): void => fail(signal.reason);
    const timer = setTimeout(() => fail(new CarrierError("carrier/timed-out")), options.dialLimitMs);
    signal.addEventListener("abort", abort, { once: true });
    socket.addEventListener("open", () => {
      settle();
      resolve(link);
    });
    // A page is never told why; refused, unreachable and not a station are one event.
    socket.addEventListener("error", () => fail(new CarrierError("carrier/unreachable")), { once: true });
  });
}

/** Drives `http(s)://` station URLs and `ws(s)://` endpoints over the browser's WebSocket. */
export function webSocketCarrier(options: WebSocketCarrierOptions = {}): Carrier {
  const { linkPath, ...chosen } = options;
  const limits = { dialLimitMs: DIAL_LIMIT_MS, closeLimitMs: CLOSE_LIMIT_MS, ...chosen };
  return {
    kind: "web",
    handles: (route) => webSocketUrl(route) !== undefined,
    async dial(route, { signal }) {
      signal.throwIfAborted();
      return await open(requireWebSocketUrl(route, linkPath), limits, signal);
    },
  };
}
