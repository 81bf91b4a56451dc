/*
 * The dialer's end of a session: finds the first link, and another whenever the one it has is lost, silent or spent. The
 * search goes on beside a silent link, which may come back; the session moves only when another link is open and its
 * other end speaks.
 */
import type { Signer } from "@chapar/wire/bytes";
import { backoffMs } from "../backoff.ts";
import { CarrierError } from "../errors.ts";
import type { Link, LinkEnd } from "../port.ts";
import { prepareLink, requestAttach, requestHold, type PreparedLink } from "./attach.ts";
import { SessionDriver, type LinkNeed, type Session, type SessionPorts } from "./driver.ts";
import type { Priority } from "./engine.ts";
import { REFUSAL } from "./frames.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./limits.ts";
import { FlightShape } from "./flight-shape.ts";
import type { SessionStream } from "./session-stream.ts";
import type { FramedLink } from "./framed-link.ts";
import { loadPage } from "./preamble.ts";
import { Spare } from "./spare.ts";
import type { StateFault } from "./stream-out.ts";

/** One search for a link. */
export interface LinkSearch {
  /** why: the first, the last was lost, is silent (prefer another route), or has carried enough (prefer a fresh link) */
  readonly need: LinkNeed;
  /** the route of the link that the session has or had last */
  readonly route: string | undefined;
  /**
   * Tells whether a link leads to the acceptor; to be handed to `raceRoutes`. `probeBytes` must come back first, by default as
   * many as for every link. @throws CarrierError `carrier/unusable`
   */
  readonly usable: (link: Link, probeBytes?: number) => Promise<PreparedLink>;
  readonly signal: AbortSignal;
}

/** A search for a link beside the one that a session has. */
export type SpareSearch = Omit<LinkSearch, "need">;

/** A link that was found. */
export interface FoundLink {
  readonly route: string;
  readonly value: PreparedLink;
  /** carries so much before it is believed: until then it is proved while it is idle (P-43); 0 */
  readonly proveBytes?: number;
  /** replaced after so long, or up to three times as long, where that is sooner than usual (P-11) */
  readonly retireMs?: number | undefined;
}

/** What a session's dialer needs. */
export interface DialSessionOptions extends SessionPorts {
  /** Finds a usable link; typically `raceRoutes` over all routes. It may reject, and is asked again after a back-off. */
  readonly findLink: (search: LinkSearch) => Promise<FoundLink>;
  /** Finds one more over another front than the route's, to be held beside it (P-140). @throws when there is none; none are held by default */
  readonly findSpare?: (search: SpareSearch) => Promise<FoundLink>;
  /** the station's Ed25519 key; without it, whoever answers first is held to the key it showed */
  readonly acceptorKey?: Uint8Array;
  /** bytes that a link must give back before it is believed, at most 128 KiB; 0 */
  readonly probeBytes?: number;
  /** pages that a link over one long flow seems to load before it carries anything, for sessions that carry other people's TLS (P-143); 0 */
  readonly pages?: number;
  readonly limits?: Partial<SessionLimits>;
  /** a link was found, and the session could not be attached over it: whatever froze it may freeze the next one there */
  readonly onUnusable?: ((route: string) => void) | undefined;
  /** the session moved to another link; `from` is the route of the one before */
  readonly onSwitch?: ((need: LinkNeed, route: string, from: string | undefined) => void) | undefined;
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
  #searchNeed: LinkNeed | undefined;
  readonly #spare: Spare | undefined;
  readonly #life = new AbortController();

  constructor(options: DialSessionOptions, signer: Signer) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...options.limits };
    this.#signer = signer;
    this.#acceptorKey = options.acceptorKey;
    this.#driver = new SessionDriver("dialer", options, this.#limits, {
      needsLink: (need) => void this.#find(need),
      recovered: () => this.#recovered(),
      ended: () => {
        this.#life.abort();
        this.#search?.abort();
      },
    });
    const { findSpare } = options;
    if (findSpare === undefined || this.#limits.spareMs === 0) return;
    this.#spare = new Spare(options.clock, this.#limits, {
      find: (signal) => findSpare({ route: this.#route, usable: this.#usable(signal), signal }),
      hold: (prepared) => requestHold(prepared, this.#signer, options.crypto),
      isWanted: () => this.#isUsed(),
      changed: (isWarm) => this.#driver.warm(isWarm),
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

  get linkBytes(): number {
    return this.#driver.linkBytes;
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
      void this.#spare?.run(this.#life.signal);
    } catch (error) {
      this.#driver.end("lost");
      throw error;
    }
  }

  #isUsed(): boolean {
    const { isAttached, isRoomy, isClosedByPeer, usedAtMs } = this.#driver;
    const isLate = this.#options.clock.nowMs() - usedAtMs > this.#limits.spareMs;
    return isAttached && isRoomy && !isClosedByPeer && !isLate;
  }

  #usable(signal: AbortSignal): LinkSearch["usable"] {
    const { probeBytes } = this.#options;
    return (link, bytes = probeBytes) =>
      this.#timed(link, signal, () => prepareLink(link, { acceptorKey: this.#acceptorKey, probeBytes: bytes }));
  }

  /** A silent link that speaks again needs no replacement, one that is lost does. */
  #recovered(): void {
    if (this.#driver.isAttached) this.#search?.abort();
  }

  async #find(need: LinkNeed): Promise<void> {
    // A search that runs already serves: what is lost now was silent or spent before.
    if (this.#search !== undefined && !this.#search.signal.aborted) {
      // … but one for a better link than a good one looks in other places, and takes its time.
      if (need === "spent" || this.#searchNeed !== "spent") return;
      this.#search.abort();
    }
    const search = new AbortController();
    this.#search = search;
    this.#searchNeed = need;
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
    if (this.#driver.isOver) return;
    if (this.#driver.isAttached) {
      // Nothing was found that could take a spent link's place: it is kept for another while.
      if (need === "spent" && clock.nowMs() >= giveUpAtMs) this.#driver.keep();
      return;
    }
    if (clock.nowMs() >= giveUpAtMs) this.#driver.end(this.#driver.isClosedByPeer ? "closed" : "lost");
    // The link that came back, or the one just found, broke while this search was ending.
    else void this.#find("lost");
  }

  /** Finds one link, the one that is held for instance, and attaches the session to it. @throws when the link was of no use */
  async #attempt(need: LinkNeed, signal: AbortSignal): Promise<Attached> {
    const held = need === "quiet" || need === "lost" ? await this.#spare?.claim() : undefined;
    if (held !== undefined) {
      const attached = await this.#use(held, need, signal).catch(() => undefined);
      if (attached !== undefined) return attached;
      signal.throwIfAborted();
    }
    const found = await this.#options.findLink({ need, route: this.#route, usable: this.#usable(signal), signal });
    return await this.#use(found, need, signal);
  }

  async #use(
    { route, value, proveBytes, retireMs }: FoundLink,
    need: LinkNeed,
    signal: AbortSignal,
  ): Promise<Attached> {
    const shape = value.framed.link.isOneFlow === true ? new FlightShape(() => this.#options.rng.next()) : undefined;
    try {
      signal.throwIfAborted();
      const { link } = value.framed;
      const { pages = 0 } = this.#options;
      const { attachLimitMs, answerLimitMs } = this.#limits;
      const limitMs = link.fullBytes === undefined ? answerLimitMs : attachLimitMs;
      if (shape !== undefined) await this.#loadPages(value.framed, pages, signal);
      const attached = await this.#timed(link, signal, () => this.#attach(value, shape), limitMs);
      if (attached === "attached") {
        const from = this.#route;
        this.#route = route;
        this.#driver.adopt(value.framed, { proveBytes, retireMs, shape });
        this.#options.onSwitch?.(need, route, from);
      }
      return attached;
    } catch (error) {
      // An answer that comes after all must not move the session any more.
      value.framed.fail();
      if (!signal.aborted) this.#options.onUnusable?.(route);
      throw error;
    }
  }

  async #loadPages(framed: FramedLink, pages: number, signal: AbortSignal): Promise<void> {
    const { answerLimitMs } = this.#limits;
    const load = (): Promise<void> => loadPage(framed, () => this.#options.rng.next());
    for (let page = 0; page < pages; page++) await this.#timed(framed.link, signal, load, answerLimitMs);
  }

  async #attach(prepared: PreparedLink, shape: FlightShape | undefined): Promise<Attached> {
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
      shape,
    };
    const answer = await requestAttach(prepared, request);
    if (prepared.framed.isFailed) throw new CarrierError("carrier/unusable", "late");
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
  async #timed<T>(
    link: Link,
    signal: AbortSignal,
    run: () => Promise<T>,
    limitMs: number = this.#limits.attachLimitMs,
  ): Promise<T> {
    const bell = new AbortController();
    const over = Promise.withResolvers<never>();
    // A link that froze takes its time to close; nobody has to wait for that.
    const close = (): void => {
      link.close();
      over.reject(new CarrierError("carrier/unusable", "late"));
    };
    over.promise.catch(() => undefined);
    this.#options.clock.sleep(limitMs, bell.signal).then(close, () => undefined);
    signal.addEventListener("abort", close, { once: true });
    try {
      return await Promise.race([run(), over.promise]);
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
