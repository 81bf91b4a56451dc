/*
 * The dialer's end of a session: finds the first link, and another whenever the one it has is lost, silent or spent. The
 * search goes on beside a silent link, which may come back; the session moves only when another link is open and its
 * other end speaks.
 */
import type { Signer } from "@chapar/wire/bytes";
import { backoffMs } from "../backoff.ts";
import { CarrierError } from "../errors.ts";
import type { Link, LinkEnd } from "../port.ts";
import { prepareLink, requestAttach, type PreparedLink } from "./attach.ts";
import { SessionDriver, type LinkNeed, type Session, type SessionPorts } from "./driver.ts";
import type { Priority } from "./engine.ts";
import { REFUSAL } from "./frames.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./limits.ts";
import type { SessionStream } from "./session-stream.ts";
import type { StateFault } from "./stream-out.ts";

/** One search for a link. */
export interface LinkSearch {
  /** why: the first, the last was lost, is silent (prefer another route), or has carried enough (prefer a fresh link) */
  readonly need: LinkNeed;
  /** the route of the link that the session has or had last */
  readonly route: string | undefined;
  /** Tells whether a link leads to the acceptor; to be handed to `raceRoutes`. @throws CarrierError `carrier/unusable` */
  readonly usable: (link: Link) => Promise<PreparedLink>;
  readonly signal: AbortSignal;
}

/** What a session's dialer needs. */
export interface DialSessionOptions extends SessionPorts {
  /** Finds a usable link; typically `raceRoutes` over all routes. It may reject, and is asked again after a back-off. */
  readonly findLink: (search: LinkSearch) => Promise<{ readonly route: string; readonly value: PreparedLink }>;
  /** the station's Ed25519 key; without it, whoever answers first is held to the key it showed */
  readonly acceptorKey?: Uint8Array;
  /** bytes that a link must give back before it is believed, at most 128 KiB; 0 */
  readonly probeBytes?: number;
  readonly limits?: Partial<SessionLimits>;
  /** the session moved to another link */
  readonly onSwitch?: ((need: LinkNeed, route: string) => void) | undefined;
}

/** The two ways an attach may fail: this link is of no use, or the session is over. */
type Attached = "attached" | "over";

class DialedSession implements Session {
  readonly #options: DialSessionOptions;
  readonly #limits: SessionLimits;
  readonly #signer: Signer;
  readonly #driver: SessionDriver;
  #acceptorKey: Uint8Array | undefined;
  #attaches = 0;
  #isKnown = false;
  #route: string | undefined;
  #search: AbortController | undefined;

  constructor(options: DialSessionOptions, signer: Signer) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...options.limits };
    this.#signer = signer;
    this.#acceptorKey = options.acceptorKey;
    this.#driver = new SessionDriver("dialer", options, this.#limits, {
      needsLink: (need) => void this.#find(need),
      recovered: () => this.#recovered(),
      ended: () => this.#search?.abort(),
    });
  }

  get link(): Link {
    return this.#driver.primary;
  }

  get ended(): Promise<LinkEnd> {
    return this.#driver.ended;
  }

  get route(): string | undefined {
    return this.#driver.isAttached ? this.#route : undefined;
  }

  get roundTripMs(): number | undefined {
    return this.#driver.roundTripMs;
  }

  get fault(): StateFault | undefined {
    return this.#driver.fault;
  }

  open(priority: Priority, label: Uint8Array): SessionStream | undefined {
    return this.#driver.open(priority, label);
  }

  onStream(opened: (stream: SessionStream) => void): void {
    this.#driver.onStream(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.close();
    await this.ended;
  }

  /** Opens the first link. @throws CarrierError; the signal's reason when aborted */
  async start(signal: AbortSignal): Promise<void> {
    try {
      if ((await this.#attempt("first", signal)) === "over") throw new CarrierError("carrier/unusable", "refused");
    } catch (error) {
      this.#driver.end("lost");
      throw error;
    }
  }

  /** A silent link that speaks again needs no replacement, one that is lost does. */
  #recovered(): void {
    if (this.#driver.isAttached) this.#search?.abort();
  }

  async #find(need: LinkNeed): Promise<void> {
    // A search that runs already serves: what is lost now was silent or spent before.
    if (this.#search !== undefined && !this.#search.signal.aborted) return;
    const search = new AbortController();
    this.#search = search;
    const { clock, rng } = this.#options;
    const limitMs = this.#driver.isClosedByPeer ? this.#limits.closeLimitMs : this.#limits.resumeLimitMs;
    const giveUpAtMs = clock.nowMs() + limitMs;
    const bell = new AbortController();
    clock.sleep(limitMs, bell.signal).then(
      () => search.abort(),
      () => undefined,
    );
    for (let failures = 1; !search.signal.aborted; failures++) {
      const found = await this.#attempt(need, search.signal).catch(() => undefined);
      if (found !== undefined) break;
      if (clock.nowMs() < giveUpAtMs) await clock.sleep(backoffMs(failures, rng), search.signal).catch(() => undefined);
    }
    bell.abort();
    if (this.#search === search) this.#search = undefined;
    if (this.#driver.isOver || this.#driver.isAttached) return;
    if (clock.nowMs() >= giveUpAtMs) this.#driver.end(this.#driver.isClosedByPeer ? "closed" : "lost");
    // The link that came back, or the one just found, broke while this search was ending.
    else void this.#find("lost");
  }

  /** Finds one link and attaches the session to it. @throws when the link was of no use */
  async #attempt(need: LinkNeed, signal: AbortSignal): Promise<Attached> {
    const { findLink, probeBytes } = this.#options;
    const usable = (link: Link): Promise<PreparedLink> =>
      this.#timed(link, signal, () => prepareLink(link, { acceptorKey: this.#acceptorKey, probeBytes }));
    const { route, value } = await findLink({ need, route: this.#route, usable, signal });
    try {
      signal.throwIfAborted();
      const attached = await this.#timed(value.framed.link, signal, () => this.#attach(value));
      if (attached === "attached") {
        this.#route = route;
        this.#driver.adopt(value.framed);
        this.#options.onSwitch?.(need, route);
      }
      return attached;
    } catch (error) {
      value.framed.link.close();
      throw error;
    }
  }

  async #attach(prepared: PreparedLink): Promise<Attached> {
    const driver = this.#driver;
    // From here on nothing that the old link brings may count: the state that is signed has to stay true.
    driver.release();
    const { crypto } = this.#options;
    const request = {
      signer: this.#signer,
      crypto,
      number: ++this.#attaches,
      mayCreate: !this.#isKnown,
      states: driver.states(),
    };
    const answer = await requestAttach(prepared, request);
    if (driver.isOver) return "over";
    if (answer.type === "attached") {
      this.#isKnown = true;
      this.#acceptorKey ??= prepared.acceptorKey;
      return driver.resume(answer.states) ? "attached" : "over";
    }
    if (answer.code === REFUSAL.busy || answer.code === REFUSAL.stale)
      throw new CarrierError("carrier/unusable", "busy");
    if (answer.code === REFUSAL.altered) driver.fault = "altered";
    driver.end(driver.isClosedByPeer ? "closed" : "lost");
    return "over";
  }

  /** Runs a part of the handshake; closing the link ends it, when it takes too long or is not wanted any more. */
  async #timed<T>(link: Link, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const bell = new AbortController();
    const close = (): void => link.close();
    this.#options.clock.sleep(this.#limits.attachLimitMs, bell.signal).then(close, () => undefined);
    signal.addEventListener("abort", close, { once: true });
    try {
      return await run();
    } finally {
      bell.abort();
      signal.removeEventListener("abort", close);
    }
  }
}

/**
 * Opens a session with an acceptor and keeps it over as many links as it takes.
 *
 * The session's identity is a fresh Ed25519 key. Until it is closed, or no link was found for `resumeLimitMs`, its streams
 * neither lose nor repeat a byte, whatever happens to the links below.
 *
 * @throws CarrierError what `findLink` throws · `carrier/unusable` the acceptor refused or proved nothing; the signal's
 *   reason when aborted
 * Cost: one signature and one verification for each link. @see protocol/8-road.md
 */
export async function dialSession(
  options: DialSessionOptions,
  { signal }: { readonly signal: AbortSignal },
): Promise<Session> {
  signal.throwIfAborted();
  const session = new DialedSession(options, await options.crypto.newSigner());
  await session.start(signal);
  return session;
}
