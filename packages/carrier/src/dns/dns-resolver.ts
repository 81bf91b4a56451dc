/*
 * What one resolver lets through, measured by what comes back. Resolvers limit how often one client may ask (and then answer SERVFAIL, REFUSED
 * or nothing) and lose some anyway; so a rate falls only when far more is lost than a bad line loses, and a resolver that
 * answers nothing at all is left alone for a while.
 */
/** How often resolvers are asked. */
export interface ResolverLimits {
  /** queries a second of one resolver at first; 60 */
  readonly startPerSecond: number;
  /** … and at most; 300: what public resolvers give one address lies between 100 and 1,500 */
  readonly mostPerSecond: number;
  /** queries under way at one resolver; 96: dnsmasq forwards 150 for everybody */
  readonly mostUnderWay: number;
}

/** For resolvers of which nothing is known. */
export const RESOLVER_LIMITS: ResolverLimits = { startPerSecond: 60, mostPerSecond: 300, mostUnderWay: 96 };

/** Queries that may leave in one moment after a pause. */
const BURST = 16;
const LEAST_PER_SECOND = 5;
/** What a round trip is taken to be until one was seen. */
const UNKNOWN_MS = 500;
const LEAST_LIMIT_MS = 150;
/** What a machine's own scheduling takes, and is no loss. */
const LEAST_SPARE_MS = 50;
const LEAST_REORDER_MS = 20;
const MOST_LIMIT_MS = 4_000;
/** A tenth is a bad line; more than this is a limit. */
const LIMITED_SHARE = 0.35;
const SHARE_MEMORY = 1 / 24;
const SLOWER = 0.7;
const SLOWER_EVERY_MS = 1_000;
/** Until a limit was met; afterwards by a tenth in each second. */
const FASTER_PER_ANSWER = 1;
const FASTER_SHARE_PER_S = 0.1;
/** Unanswered in a row, after which a resolver rests. */
const SILENT_AFTER = 12;
const REST_MS = 2_000;
const MOST_REST_MS = 60_000;

/** One resolver. */
export class DnsResolver<Address = unknown> {
  readonly address: Address;
  readonly #limits: ResolverLimits;
  #perSecond: number;
  #tokens = BURST;
  #tokensAtMs: number;
  #underWay = 0;
  #smoothMs: number | undefined;
  #variationMs = 0;
  #lostShare = 0;
  #slowedAtMs = Number.NEGATIVE_INFINITY;
  #unanswered = 0;
  #rests = 0;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(address: Address, limits: ResolverLimits, nowMs: number) {
    this.address = address;
    this.#limits = limits;
    this.#perSecond = limits.startPerSecond;
    this.#tokensAtMs = nowMs;
  }

  /** Smoothed round trip (RFC 6298 §2). */
  get roundTripMs(): number {
    return this.#smoothMs ?? UNKNOWN_MS;
  }

  /** After how long a query that is answered at once counts as lost. */
  get limitMs(): number {
    const spareMs = Math.max(4 * this.#variationMs, this.roundTripMs / 4, LEAST_SPARE_MS);
    const limitMs = this.#smoothMs === undefined ? 2 * UNKNOWN_MS : this.#smoothMs + spareMs;
    return Math.min(MOST_LIMIT_MS, Math.max(LEAST_LIMIT_MS, limitMs));
  }

  /** By how much answers may come out of their order without anything being lost. */
  get reorderMs(): number {
    return Math.max(LEAST_REORDER_MS, this.#smoothMs === undefined ? UNKNOWN_MS : 2 * this.#variationMs);
  }

  /** What asking here costs, for comparison: slow, lossy and busy resolvers cost more. */
  get costMs(): number {
    return this.roundTripMs * (1 + this.#underWay / 8) * (1 + 3 * this.#lostShare);
  }

  /** When the next query may leave; infinite while as many are under way as may be. */
  readyAtMs(nowMs: number): number {
    if (this.#underWay >= this.#limits.mostUnderWay) return Number.POSITIVE_INFINITY;
    this.#refill(nowMs);
    // Up to a millisecond, clocks tell no difference.
    const waitMs = this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#perSecond);
    return Math.max(this.#restsUntilMs, nowMs + waitMs);
  }

  sent(nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens -= 1;
    this.#underWay++;
  }

  /** An answer of the station's came. @param tookMs undefined when the station held it */
  answered(tookMs: number | undefined): void {
    this.#underWay--;
    this.#unanswered = 0;
    this.#rests = 0;
    this.#lostShare -= this.#lostShare * SHARE_MEMORY;
    const hasMetLimit = this.#slowedAtMs !== Number.NEGATIVE_INFINITY;
    this.#perSecond = Math.min(
      this.#limits.mostPerSecond,
      this.#perSecond + (hasMetLimit ? FASTER_SHARE_PER_S : FASTER_PER_ANSWER),
    );
    this.#measure(tookMs);
  }

  /** One that counted as lost was answered after all: the resolver is slower than was thought, or this machine was busy. */
  late(tookMs: number | undefined): void {
    this.#unanswered = 0;
    this.#rests = 0;
    this.#lostShare = Math.max(0, this.#lostShare - SHARE_MEMORY);
    this.#measure(tookMs);
  }

  #measure(tookMs: number | undefined): void {
    if (tookMs === undefined) return;
    if (this.#smoothMs === undefined) {
      this.#smoothMs = tookMs;
      this.#variationMs = tookMs / 2;
    } else {
      this.#variationMs += (Math.abs(tookMs - this.#smoothMs) - this.#variationMs) / 4;
      this.#smoothMs += (tookMs - this.#smoothMs) / 8;
    }
  }

  /** A query came back that says nothing of the resolver. */
  released(): void {
    this.#underWay--;
  }

  /** A query was not answered in its time, or with an error. */
  failed(nowMs: number): void {
    this.#underWay--;
    this.#lostShare += (1 - this.#lostShare) * SHARE_MEMORY;
    if (this.#lostShare > LIMITED_SHARE && nowMs - this.#slowedAtMs >= SLOWER_EVERY_MS) {
      this.#perSecond = Math.max(LEAST_PER_SECOND, this.#perSecond * SLOWER);
      this.#slowedAtMs = nowMs;
    }
    if (++this.#unanswered < SILENT_AFTER || nowMs < this.#restsUntilMs) return;
    this.#unanswered = SILENT_AFTER - 1;
    this.#restsUntilMs = nowMs + Math.min(MOST_REST_MS, REST_MS * 2 ** this.#rests++);
  }

  #refill(nowMs: number): void {
    // A clock that jumped back gives nothing and takes nothing.
    const passedMs = Math.max(0, nowMs - this.#tokensAtMs);
    this.#tokensAtMs = nowMs;
    const most = Math.max(BURST, this.#perSecond / 50);
    this.#tokens = Math.min(most, this.#tokens + (passedMs * this.#perSecond) / 1000);
  }
}
