/*
 * The station's end of bursts: a pure handler from request to response, to be mounted in any server. A request that is not
 * one of ours gets no answer of ours: the server gives what it gives to everybody, so that a prober learns nothing
 * (3-road.md §3.3).
 */
import { toHex } from "@chapar/wire/bytes";
import { DrainWaiters } from "../drain.ts";
import { Incoming } from "../incoming.ts";
import type { Clock, Link, LinkEnd } from "../port.ts";
import {
  burstRequestOfPath,
  decodeBurstRequest,
  encodeBurstResponse,
  MAX_BURST_PAYLOAD_BYTES,
  type BurstRequest,
} from "./burst-messages.ts";
import { BurstIn, BurstOut } from "./burst-stream.ts";

/** What a web server hands over. */
export interface BurstHttpRequest {
  readonly method: string;
  /** what follows the place where bursts are mounted, without a slash; empty for a POST */
  readonly path: string;
  /** of a POST; read at most MAX_BURST_BODY_BYTES */
  readonly body: Uint8Array;
  /** whose links are counted together: an address, or its network */
  readonly source?: string;
}

/** What it answers with; undefined: as if bursts did not exist. */
export interface BurstHttpResponse {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The longest body of a POST worth reading. */
export const MAX_BURST_BODY_BYTES: number = MAX_BURST_PAYLOAD_BYTES + 64;

const HEADERS = {
  "content-type": "application/octet-stream",
  "cache-control": "no-store",
  // A page of another origin may have fetched it: fronts are other hosts than the app's own.
  "access-control-allow-origin": "*",
  // The next exchange is to be another flow.
  connection: "close",
} as const;

/** What an acceptor of bursts needs. */
export interface BurstAcceptorOptions {
  readonly clock: Clock;
  readonly accept: (link: Link, source: string) => void;
  /** links at once; 4,096 */
  readonly maxLinks?: number;
  /** links of one source; 64 */
  readonly maxLinksOfSource?: number;
  /** how long a response is held while there is nothing to say; 10 s: a held response that a censor froze shows no sooner */
  readonly holdMs?: number;
  /** without any request, until a link is lost; 60 s */
  readonly idleMs?: number;
  /** told when a link was not opened because there are too many (P-22); for counting */
  readonly onBound?: () => void;
}

/** Unread bytes of a link, beyond which nothing more is taken. */
const MAX_UNREAD_BYTES: number = 256 * 1024;
/** More may be just behind the first bytes: an exchange is worth waiting for it. */
const GATHER_MS = 15;

class AcceptedBurst implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly source: string;
  readonly #out = new BurstOut();
  readonly #in = new BurstIn();
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.#out.waitingBytes);
  readonly #resolve: (end: LinkEnd) => void;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #closing = new AbortController();
  #idle = new AbortController();
  #waker = Promise.withResolvers<void>();
  #over = false;
  #turn = 0;
  #holding = 0;

  constructor(clock: Clock, idleMs: number, source: string) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.source = source;
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  get unsentBytes(): number {
    return this.#over ? 0 : this.#out.waitingBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#out.push(bytes);
    this.#waker.resolve();
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    this.#readEnd();
  }

  pause(): void {
    if (!this.#over && !this.#closing.signal.aborted) this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
    this.#readEnd();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#over || this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#incoming.close();
    this.#incoming.resume();
    this.#out.end();
    this.#waker.resolve();
    this.#readEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  /** Breaks the link. */
  drop(): void {
    this.#end("lost");
  }

  /** One exchange. @returns undefined when the request cannot be of this link */
  async exchange(request: BurstRequest, holdMs: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#touch();
    if (!this.#out.acknowledge(request.received)) return undefined;
    this.#drain.check();
    if (this.#incoming.waitingBytes < MAX_UNREAD_BYTES) {
      const fresh = this.#in.put(request.offset, request.payload, request.ends);
      // A copy: the server's buffer is not ours.
      if (fresh.byteLength > 0) this.#incoming.push(fresh.slice());
      this.#readEnd();
    }
    if (request.holds && this.#isQuiet()) await this.#hold(holdMs);
    // What comes goes to the request that waits for it; both would carry the same.
    const roomBytes = !request.holds && this.#holding > 0 ? 0 : Math.min(request.roomBytes, MAX_BURST_PAYLOAD_BYTES);
    const { payload, ends } = this.#out.take(roomBytes);
    const { received } = this.#in;
    // Our end is known to have arrived when the dialer says so after everything else has.
    if (this.#out.ends && request.ends && this.#out.waitingBytes === 0) this.#end("closed");
    return encodeBurstResponse({ ends, hasEnded: this.#over, offset: this.#out.start, received, payload });
  }

  #isQuiet(): boolean {
    return !this.#over && this.#out.waitingBytes === 0 && !this.#out.ends;
  }

  async #hold(holdMs: number): Promise<void> {
    // Of several held requests only the last is answered with what comes; a dialer makes another when it gave one up.
    const turn = ++this.#turn;
    this.#holding++;
    this.#waker.resolve();
    this.#waker = Promise.withResolvers();
    const bell = new AbortController();
    const slept = this.#clock.sleep(holdMs, bell.signal).catch(() => undefined);
    await Promise.race([slept, this.#waker.promise]);
    bell.abort();
    this.#touch();
    if (turn === this.#turn && !this.#isQuiet() && !this.#over) {
      await this.#clock.sleep(GATHER_MS, new AbortController().signal);
    }
    this.#holding--;
  }

  /** The link lives for another while. */
  #touch(): void {
    this.#idle.abort();
    if (this.#over) return;
    this.#idle = new AbortController();
    this.#clock.sleep(this.#idleMs, this.#idle.signal).then(
      () => this.#end(this.#out.ends && this.#in.hasEnded ? "closed" : "lost"),
      () => undefined,
    );
  }

  #readEnd(): void {
    if (!this.#in.hasEnded || this.#incoming.paused || this.#incoming.waitingBytes > 0) return;
    this.#out.end(true);
    this.#end("closed");
  }

  #end(how: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#idle.abort();
    this.#waker.resolve();
    this.#incoming.resume();
    this.#drain.release();
    this.#resolve(how);
  }
}

/** Takes bursts and gives out links. */
export class BurstAcceptor {
  readonly #options: BurstAcceptorOptions;
  readonly #links = new Map<string, AcceptedBurst>();
  readonly #counts = new Map<string, number>();

  constructor(options: BurstAcceptorOptions) {
    this.#options = options;
  }

  /** Links that are open, or ended a moment ago. */
  get size(): number {
    return this.#links.size;
  }

  /**
   * Answers one request. Never throws.
   *
   * @returns undefined for whatever is not a burst of an open link: the server answers as it does to strangers
   * Cost: O(payload); may take `holdMs`
   */
  async handle(request: BurstHttpRequest): Promise<BurstHttpResponse | undefined> {
    const read =
      request.method === "POST" && request.path === ""
        ? decodeBurstRequest(request.body)
        : request.method === "GET"
          ? burstRequestOfPath(request.path)
          : undefined;
    if (read?.ok !== true) return undefined;
    const id = toHex(read.value.id);
    const link = this.#links.get(id) ?? this.#open(id, read.value, request.source ?? "");
    const body = await link?.exchange(read.value, this.#options.holdMs ?? 10_000);
    return body === undefined ? undefined : { status: 200, headers: HEADERS, body };
  }

  /** Breaks every link. */
  drop(): void {
    for (const link of this.#links.values()) link.drop();
  }

  #open(id: string, { opens, offset }: BurstRequest, source: string): AcceptedBurst | undefined {
    const { clock, accept, maxLinks = 4_096, maxLinksOfSource = 64, idleMs = 60_000 } = this.#options;
    const count = this.#counts.get(source) ?? 0;
    if (!opens || offset !== 0) return undefined;
    if (this.#links.size >= maxLinks || count >= maxLinksOfSource) {
      this.#options.onBound?.();
      return undefined;
    }
    const link = new AcceptedBurst(clock, idleMs, source);
    this.#links.set(id, link);
    this.#counts.set(source, count + 1);
    void this.#forget(id, link, idleMs);
    accept(link, source);
    return link;
  }

  /** An ended link still answers for a while, because its dialer may not have heard of the end. */
  async #forget(id: string, link: AcceptedBurst, idleMs: number): Promise<void> {
    const end = await link.ended;
    if (end === "closed") await this.#options.clock.sleep(idleMs, new AbortController().signal);
    this.#links.delete(id);
    const count = (this.#counts.get(link.source) ?? 1) - 1;
    if (count > 0) this.#counts.set(link.source, count);
    else this.#counts.delete(link.source);
  }
}
