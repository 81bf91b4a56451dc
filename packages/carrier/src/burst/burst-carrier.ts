/*
 * Dials bursts: a link made of short exchanges. One request waits at the station for whatever it may have to say; when
 * there is something to send, another goes with it at once. How a request travels is a port: `fetch` in a browser, a
 * connection of its own for each in Node.
 */
import { backoffMs } from "../backoff.ts";
import { DrainWaiters } from "../drain.ts";
import { CarrierError, isCarrierError } from "../errors.ts";
import { Incoming } from "../incoming.ts";
import type { Carrier, Clock, Link, LinkEnd, Rng } from "../port.ts";
import { BurstPacer, PLAIN_BUDGET, planBurst, TLS_BUDGET, type BurstBudget } from "./burst-budget.ts";
import {
  BURST_ID_BYTES,
  burstRequestPath,
  decodeBurstResponse,
  encodeBurstRequest,
  type BurstRequest,
  type BurstResponse,
} from "./burst-messages.ts";
import { burstRoute, requireBurstRoute, type BurstRoute } from "./burst-route.ts";
import { BurstIn, BurstOut } from "./burst-stream.ts";

/**
 * Makes one request over a connection of its own.
 *
 * @returns the body of a 200 @throws CarrierError `carrier/unreachable`, with the status as reason when there is one; the
 *   signal's reason when aborted
 */
export type BurstExchange = (
  request: {
    readonly method: "GET" | "POST";
    readonly url: string;
    readonly body: Uint8Array<ArrayBuffer> | undefined;
  },
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** What bursts need, and their bounds. */
export interface BurstCarrierOptions {
  readonly exchange: BurstExchange;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly randomBytes: (sizeBytes: number) => Uint8Array;
  /** what a connection may cost; by default PLAIN_BUDGET or TLS_BUDGET */
  readonly budget?: BurstBudget;
  /** until a first exchange has worked; 20 s */
  readonly dialLimitMs?: number;
  /** for an exchange that is not held; a frozen flow shows by its silence; 8 s */
  readonly exchangeLimitMs?: number;
  /** for one that is held at the station: longer than it holds; 15 s */
  readonly holdLimitMs?: number;
  /** without any exchange that worked, until the link is lost; 45 s */
  readonly loseAfterMs?: number;
  /** for a close to be answered, longer than for an exchange; 12 s */
  readonly closeLimitMs?: number;
}

type Settings = Required<Omit<BurstCarrierOptions, "budget">> & { readonly budget: BurstBudget };

const NOTHING = new Uint8Array(0);
const REFUSED_AGAIN_MS = 300;

class DialedBurst implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #settings: Settings;
  readonly #route: BurstRoute;
  readonly #pacer: BurstPacer;
  readonly #id: Uint8Array;
  readonly #out = new BurstOut();
  readonly #in = new BurstIn();
  readonly #incoming = new Incoming();
  readonly #drain = new DrainWaiters(() => this.#out.waitingBytes);
  readonly #life = new AbortController();
  readonly #resolve: (end: LinkEnd) => void;
  #count = 0;
  #workedAtMs: number;
  #sending = false;
  #asking = false;
  #closing = false;
  #endSent = false;

  constructor(route: BurstRoute, settings: Settings) {
    this.#route = route;
    this.#settings = settings;
    this.#pacer = new BurstPacer(settings.clock, settings.rng, settings.budget.gapMs);
    this.#id = settings.randomBytes(BURST_ID_BYTES);
    this.#workedAtMs = settings.clock.nowMs();
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  get #isOver(): boolean {
    return this.#life.signal.aborted;
  }

  get unsentBytes(): number {
    return this.#isOver ? 0 : this.#out.waitingBytes;
  }

  /** The first exchange. @throws CarrierError */
  async open(signal: AbortSignal): Promise<void> {
    const { clock, dialLimitMs } = this.#settings;
    const limit = new AbortController();
    const stop = (): void => limit.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const bell = new AbortController();
    clock.sleep(dialLimitMs, bell.signal).then(
      () => limit.abort(new CarrierError("carrier/timed-out")),
      () => undefined,
    );
    try {
      await this.#exchange("POST", false, limit.signal);
    } catch (error) {
      this.#end("lost");
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      bell.abort();
      signal.removeEventListener("abort", stop);
    }
    this.#work();
  }

  send(bytes: Uint8Array): void {
    if (this.#closing || this.#isOver) return;
    this.#out.push(bytes);
    // Several sends in one turn travel together.
    queueMicrotask(() => this.#work());
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    this.#readEnd();
  }

  pause(): void {
    if (!this.#closing && !this.#isOver) this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
    this.#readEnd();
    this.#work();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#closing || this.#isOver) return;
    this.#closing = true;
    this.#incoming.close();
    this.#incoming.resume();
    this.#out.end();
    const { clock, closeLimitMs } = this.#settings;
    clock.sleep(closeLimitMs, this.#life.signal).then(
      () => this.#end("lost"),
      () => undefined,
    );
    this.#work();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  /** Keeps one request at the station, and one on its way while there is something to send. */
  #work(): void {
    if (this.#isOver) return;
    if (!this.#sending && (this.#out.waitingBytes > 0 || this.#out.ends)) {
      this.#sending = true;
      void this.#repeat("POST", () => (this.#sending = false));
    }
    if (!this.#asking && !this.#incoming.paused && !this.#closing) {
      this.#asking = true;
      void this.#repeat("GET", () => (this.#asking = false));
    }
  }

  /** Makes one exchange, again and again until it works; then looks for the next. */
  async #repeat(method: "GET" | "POST", done: () => void): Promise<void> {
    const { clock, rng, exchangeLimitMs, holdLimitMs, loseAfterMs } = this.#settings;
    for (let failures = 0; !this.#isOver; failures++) {
      if (failures > 0) await clock.sleep(backoffMs(failures, rng), this.#life.signal).catch(() => undefined);
      const beforeBytes = this.#out.start;
      const limit = new AbortController();
      const stop = (): void => limit.abort();
      this.#life.signal.addEventListener("abort", stop, { once: true });
      const bell = new AbortController();
      const limitMs = method === "GET" ? holdLimitMs : exchangeLimitMs;
      clock.sleep(limitMs, bell.signal).then(stop, () => undefined);
      try {
        await this.#exchange(method, method === "GET", limit.signal);
        const isRefused = method === "POST" && this.#out.start === beforeBytes;
        // The station's reader holds back; asking again at once would only cost connections.
        if (isRefused) await clock.sleep(REFUSED_AGAIN_MS, this.#life.signal).catch(() => undefined);
        break;
      } catch (error) {
        if (isGone(error)) return this.#end(this.#endSent ? "closed" : "lost");
        if (clock.nowMs() - this.#workedAtMs >= loseAfterMs) return this.#end("lost");
      } finally {
        bell.abort();
        this.#life.signal.removeEventListener("abort", stop);
      }
    }
    done();
    this.#work();
  }

  async #exchange(method: "GET" | "POST", holds: boolean, signal: AbortSignal): Promise<void> {
    const { budget, exchange, clock } = this.#settings;
    const front = await this.#pacer.turn(this.#route.fronts, signal);
    const plan = planBurst(method === "POST" ? this.#out.waitingBytes : 0, this.#route.isTls, budget);
    const { payload, ends } = method === "POST" ? this.#out.take(plan.upBytes) : { payload: NOTHING, ends: false };
    const request: BurstRequest = {
      id: this.#id,
      opens: this.#count === 0,
      holds,
      ends,
      count: this.#count++,
      offset: this.#out.start,
      received: this.#in.received,
      roomBytes: this.#incoming.paused ? 0 : plan.downBytes,
      payload,
    };
    const isPost = method === "POST";
    this.#endSent ||= ends;
    const url = isPost ? front : `${front}/${burstRequestPath(request)}`;
    const body = await exchange({ method, url, body: isPost ? encodeBurstRequest(request) : undefined }, signal);
    const response = decodeBurstResponse(body);
    if (!response.ok) throw new CarrierError("carrier/unreachable", "no burst");
    this.#workedAtMs = clock.nowMs();
    this.#take(response.value);
  }

  #take(response: BurstResponse): void {
    if (this.#isOver) return;
    if (!this.#out.acknowledge(response.received)) return this.#end("lost");
    this.#drain.check();
    this.#incoming.push(this.#in.put(response.offset, response.payload, response.ends));
    if (response.hasEnded && this.#endSent) return this.#end("closed");
    this.#readEnd();
  }

  #readEnd(): void {
    if (!this.#in.hasEnded || this.#incoming.paused || this.#incoming.waitingBytes > 0) return;
    if (this.#closing) return;
    this.#closing = true;
    this.#out.end(true);
    // The station hears that its end has arrived, and may forget the link.
    void this.#exchange("POST", false, this.#life.signal)
      .catch(() => undefined)
      .then(() => this.#end("closed"));
  }

  #end(how: LinkEnd): void {
    if (this.#isOver) return;
    this.#life.abort();
    this.#incoming.resume();
    this.#drain.release();
    this.#resolve(how);
  }
}

/** Whether the station answered that it knows no such link. */
function isGone(error: unknown): boolean {
  return isCarrierError(error, "carrier/unreachable") && error.reason === "http 404";
}

/**
 * Drives `burst+https://` and `burst+http://` routes.
 *
 * Its links are reliable: an exchange that failed is made again, over another front when the route names several. A
 * link is `lost` when none worked for `loseAfterMs`.
 */
export function burstCarrier(options: BurstCarrierOptions): Carrier {
  const limits = {
    dialLimitMs: 20_000,
    exchangeLimitMs: 8_000,
    holdLimitMs: 15_000,
    loseAfterMs: 45_000,
    closeLimitMs: 12_000,
  };
  return {
    kind: "burst",
    handles: (route) => burstRoute(route) !== undefined,
    async dial(route, { signal }): Promise<Link> {
      signal.throwIfAborted();
      const read = requireBurstRoute(route);
      const budget = options.budget ?? (read.isTls ? TLS_BUDGET : PLAIN_BUDGET);
      const link = new DialedBurst(read, { ...limits, ...options, budget });
      await link.open(signal);
      return link;
    },
  };
}
