/*
 * Blind tokens (protocol/18-unlinkability.md §3, RFC 9576 to 9578): an account gets some, each good for one thing made on a link that shows no
 * account. Who got a token and who spends it are joined by nothing: the station has signed what it could not see.
 */
import type { IdentityId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { TokenBucket } from "../session/token-bucket.ts";

/** Why a token is not taken: the `detail` of `station/token-refused`. */
export const TOKEN_FAULT = { malformed: 1, otherKey: 2, badSignature: 3, spent: 4 } as const;

/** The key, as links are told of it. */
export interface ShownTokenKey {
  /** as RFC 9578 §6.5 encodes it */
  readonly bytes: Uint8Array;
  /** of the leaf in the station's log that has its id, once there is one */
  readonly index: number | undefined;
}

/** What signs and checks; the platform's. */
export interface TokenIssuer {
  key(): Promise<ShownTokenKey>;
  /** Signs a blinded message. @throws StationError `station/token-refused` */
  sign(request: Uint8Array): Promise<Uint8Array>;
  /** Checks a token. @returns what names it among those that were spent @throws StationError `station/token-refused` */
  open(token: Uint8Array): Promise<Uint8Array>;
  /** Takes note, durably, that a token was spent; false when it was before. */
  spend(name: Uint8Array): Promise<boolean>;
}

/** How many tokens an account is given: a stock for a new device, and so many a day. */
const BURST = 32;
const DAILY = 64;
const DAY_S = 86_400;
/** Accounts that are counted; of more the one that asked longest ago is forgotten. */
const MAX_COUNTED = 100_000;

/** Gives and takes tokens. */
export class TokenDesk {
  readonly issuer: TokenIssuer;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(issuer: TokenIssuer) {
    this.issuer = issuer;
  }

  /** @throws StationError `station/rate-limited` (`detail`: ms to wait) · `station/token-refused` */
  async issue(identity: IdentityId, request: Uint8Array, nowMs: number): Promise<Uint8Array> {
    const waitMs = this.#bucket(identity, nowMs).take(nowMs);
    if (waitMs > 0) throw stationError("station/rate-limited", waitMs);
    return await this.issuer.sign(request);
  }

  /** @throws StationError `station/token-refused` */
  async spend(token: Uint8Array): Promise<void> {
    const name = await this.issuer.open(token);
    if (!(await this.issuer.spend(name))) throw stationError("station/token-refused", TOKEN_FAULT.spent);
  }

  #bucket(identity: IdentityId, nowMs: number): TokenBucket {
    const name = bytesKey(identity);
    const bucket = this.#buckets.get(name) ?? new TokenBucket({ ratePerSecond: DAILY / DAY_S, burst: BURST }, nowMs);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > MAX_COUNTED) this.#buckets.delete(oldest);
    return bucket;
  }
}
