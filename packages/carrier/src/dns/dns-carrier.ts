/*
 * Dials links over DNS: the engine (dns-dial-engine.ts) joined to a clock and to datagrams, which are a port. What comes out is an ordinary
 * link, and a slow one: it says how little it may be given before it is known how much it carries.
 */
import type { Sha256 } from "@chapar/wire/bytes";
import { DrainWaiters } from "../drain.ts";
import { CarrierError } from "../errors.ts";
import { Incoming } from "../incoming.ts";
import type { Carrier, Clock, Link, LinkEnd } from "../port.ts";
import { MAX_UNREAD_BYTES } from "./dns-accepted.ts";
import { DnsDialEngine } from "./dns-dial-engine.ts";
import { dnsRoute, requireDnsRoute, type DnsRoute, type ResolverAddress } from "./dns-route.ts";
import type { ResolverLimits } from "./dns-resolver.ts";

/** Sockets of one link. */
export interface Datagrams {
  send(to: ResolverAddress, bytes: Uint8Array): void;
  close(): void;
}

/**
 * Opens sockets from which messages go to resolvers, and tells what comes back from them: only from an address that was asked, and named by the
 * same object.
 */
export type OpenDatagrams = (
  resolvers: readonly ResolverAddress[],
  came: (from: ResolverAddress, bytes: Uint8Array) => void,
) => Promise<Datagrams>;

/** What the dns carrier needs, and its bounds. */
export interface DnsCarrierOptions {
  readonly open: OpenDatagrams;
  /** resolvers of the network that the device is in, best first */
  readonly systemResolvers: () => readonly ResolverAddress[];
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly randomBytes: (sizeBytes: number) => Uint8Array;
  readonly limits?: Partial<ResolverLimits>;
  /** until a dialed link is open; 20 s */
  readonly dialLimitMs?: number;
  /** without any answer of the station's, until a link is lost; 45 s */
  readonly loseAfterMs?: number;
  /** for a close to be answered; 12 s */
  readonly closeLimitMs?: number;
}

type Settings = Required<Omit<DnsCarrierOptions, "limits">> & Pick<DnsCarrierOptions, "limits">;

/** Resolvers that are asked at once: more would only say to more places who is asking. */
const MAX_ASKED = 6;
/** After our end was read nobody waits; the station still hears that its own has arrived. */
const FAREWELL_MS = 3_000;

class DialedDns implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #settings: Settings;
  readonly #engine: DnsDialEngine<ResolverAddress>;
  readonly #incoming = new Incoming();
  readonly #drain: DrainWaiters;
  readonly #life = new AbortController();
  readonly #resolve: (end: LinkEnd) => void;
  readonly #opened = Promise.withResolvers<void>();
  #datagrams: Datagrams | undefined;
  #bell: AbortController | undefined;
  #isPumping = false;
  #isClosing = false;
  #isOver = false;

  constructor(route: DnsRoute, resolvers: readonly ResolverAddress[], settings: Settings) {
    this.#settings = settings;
    const { clock, sha256, randomBytes, limits } = settings;
    this.#engine = new DnsDialEngine<ResolverAddress>(
      {
        domain: route.domain,
        station: route.station,
        resolvers,
        sha256,
        randomBytes,
        limits,
        arrived: (bytes) => this.#incoming.push(bytes.slice()),
        isFull: () => this.#incoming.waitingBytes >= MAX_UNREAD_BYTES,
      },
      clock.nowMs(),
    );
    this.#drain = new DrainWaiters(() => this.unsentBytes);
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#opened.promise.catch(() => undefined);
  }

  get fullBytes(): number {
    return this.#engine.fill.fullBytes;
  }

  get unsentBytes(): number {
    return this.#isOver ? 0 : this.#engine.out.waitingBytes;
  }

  /** Asks until the station answers. @throws CarrierError; the signal's reason when aborted */
  async open(resolvers: readonly ResolverAddress[], signal: AbortSignal): Promise<void> {
    const { clock, dialLimitMs, open } = this.#settings;
    const bell = new AbortController();
    const abort = (): void => this.#opened.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    clock.sleep(dialLimitMs, bell.signal).then(
      () => this.#opened.reject(new CarrierError("carrier/timed-out")),
      () => undefined,
    );
    try {
      this.#datagrams = await open(resolvers, (from, bytes) => {
        this.#engine.take(from, bytes, clock.nowMs());
        this.#pumpSoon();
      });
      this.#pump();
      await this.#opened.promise;
    } catch (error) {
      this.#end("lost");
      this.#stop();
      throw error;
    } finally {
      bell.abort();
      signal.removeEventListener("abort", abort);
    }
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosing || this.#isOver) return;
    this.#engine.out.push(bytes);
    this.#pumpSoon();
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#incoming.receive(receiver);
    this.#pumpSoon();
  }

  pause(): void {
    if (!this.#isClosing && !this.#isOver) this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
    this.#pumpSoon();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  close(): void {
    if (this.#isClosing || this.#isOver) return;
    this.#isClosing = true;
    this.#incoming.close();
    this.#incoming.resume();
    this.#engine.out.end();
    const { clock, closeLimitMs } = this.#settings;
    clock.sleep(closeLimitMs, this.#life.signal).then(
      () => this.#finish("lost"),
      () => undefined,
    );
    this.#pumpSoon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  /** Several sends, or answers, of one turn are looked at together. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#isPumping = false;
    if (this.#datagrams === undefined) return;
    const { clock, loseAfterMs } = this.#settings;
    const nowMs = clock.nowMs();
    if (nowMs - this.#engine.heardAtMs >= loseAfterMs) this.#engine.state = "lost";
    for (let query = this.#engine.next(nowMs); query !== undefined; query = this.#engine.next(nowMs)) {
      this.#datagrams.send(query.to, query.bytes);
    }
    this.#look();
    if (this.#datagrams === undefined) return;
    this.#bell?.abort();
    const bell = new AbortController();
    this.#bell = bell;
    const dueAtMs = Math.min(this.#engine.dueAtMs(nowMs), this.#engine.heardAtMs + loseAfterMs);
    clock.sleep(Math.max(1, dueAtMs - nowMs), bell.signal).then(
      () => this.#pump(),
      () => undefined,
    );
  }

  /** What the engine's state means for whoever uses the link. */
  #look(): void {
    const { state, out } = this.#engine;
    if (state === "refused") this.#opened.reject(new CarrierError("carrier/unreachable", "refused"));
    else if (state !== "opening") this.#opened.resolve();
    this.#drain.check();
    if (state === "lost" || state === "refused") return this.#finish("lost");
    if (state === "ended") return this.#finish(out.ends ? "closed" : "lost");
    this.#readEnd();
  }

  #readEnd(): void {
    if (!this.#engine.into.hasEnded || this.#incoming.paused || this.#incoming.waitingBytes > 0) return;
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#engine.out.end(true);
    this.#pumpSoon();
    // The station is to hear that its end has been read, and may forget the link; nobody here waits for it.
    this.#settings.clock.sleep(FAREWELL_MS, this.#life.signal).then(
      () => this.#stop(),
      () => undefined,
    );
    this.#end("closed");
  }

  #finish(how: LinkEnd): void {
    this.#end(how);
    this.#stop();
  }

  #end(how: LinkEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isClosing = true;
    this.#incoming.resume();
    this.#drain.release();
    this.#resolve(how);
  }

  #stop(): void {
    this.#life.abort();
    this.#bell?.abort();
    this.#datagrams?.close();
    this.#datagrams = undefined;
  }
}

function resolversOf({ via, asksSystem }: DnsRoute, system: () => readonly ResolverAddress[]): ResolverAddress[] {
  const all = [...via, ...(asksSystem ? system() : [])];
  const isFirst = ({ host, port }: ResolverAddress, at: number): boolean =>
    all.findIndex((other) => other.host === host && other.port === port) === at;
  return all.filter(isFirst).slice(0, MAX_ASKED);
}

/**
 * Drives `dns://` routes to a bare link: the resolvers see everything in it. People's programs seal it (node/dns-carrier.ts).
 *
 * A link is `lost` after 65,536 queries, when the station says several times that there is none, or when nothing of the
 * station's came for `loseAfterMs`.
 */
export function bareDnsCarrier(options: DnsCarrierOptions): Carrier {
  const settings = { dialLimitMs: 20_000, loseAfterMs: 45_000, closeLimitMs: 12_000, ...options };
  return {
    kind: "dns",
    handles: (route) => dnsRoute(route) !== undefined,
    async dial(route, { signal }): Promise<Link> {
      signal.throwIfAborted();
      const read = requireDnsRoute(route);
      const resolvers = resolversOf(read, settings.systemResolvers);
      if (resolvers.length === 0) throw new CarrierError("carrier/unreachable", "no resolver");
      const link = new DialedDns(read, resolvers, settings);
      await link.open(resolvers, signal);
      return link;
    },
  };
}
