/*
 * How much may be stored (W-71). Each account has a day's allowance that comes back evenly over a day; it is counted in memory
 * only, so that no row says who stored what and a restart forgets it. The disk's reserve is the operator's: what is left of
 * it belongs to letters.
 */
import type { IdentityId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { TokenBucket } from "../session/token-bucket.ts";

const DAY_S = 86_400;
/** Accounts that are counted; of more the one that stored longest ago is forgotten. */
const MAX_COUNTED = 100_000;

/** What an operator allows. */
export interface BlobLimits {
  /** bytes of the largest file */
  readonly fileBytes: number;
  /** bytes of chunks that an account may store in a day */
  readonly dailyBytes: number;
  /** bytes of free disk below which no chunk is taken */
  readonly reserveBytes: number;
}

/** What a station starts with: files to 4 GiB, 32 GiB a day, 1 GiB of disk kept free. */
export const DEFAULT_BLOB_LIMITS: BlobLimits = {
  fileBytes: 2 ** 32,
  dailyBytes: 32 * 2 ** 30,
  reserveBytes: 2 ** 30,
};

/** Counts what accounts store. */
export class BlobRoom {
  readonly limits: BlobLimits;
  readonly #freeBytes: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param freeBytes  of the disk that chunks rest on; asked for every chunk */
  constructor(limits: BlobLimits, freeBytes: () => number) {
    this.limits = limits;
    this.#freeBytes = freeBytes;
  }

  #bucket(identity: IdentityId, nowMs: number): TokenBucket {
    const { dailyBytes } = this.limits;
    const name = bytesKey(identity);
    const bucket =
      this.#buckets.get(name) ?? new TokenBucket({ ratePerSecond: dailyBytes / DAY_S, burst: dailyBytes }, nowMs);
    // The one that stored last is last.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > MAX_COUNTED) this.#buckets.delete(oldest);
    return bucket;
  }

  /** Bytes that an account may still store now. */
  leftBytes(identity: IdentityId, nowMs: number): number {
    const left = Math.min(this.#bucket(identity, nowMs).left(nowMs), this.#freeBytes() - this.limits.reserveBytes);
    return Math.max(0, Math.floor(left));
  }

  /** Takes room for a chunk. @throws StationError `station/quota` · `station/storage-full`; nothing is counted then */
  take(identity: IdentityId, sizeBytes: number, nowMs: number): void {
    const { dailyBytes, reserveBytes } = this.limits;
    if (this.#freeBytes() - sizeBytes < reserveBytes) throw stationError("station/storage-full");
    if (this.#bucket(identity, nowMs).take(nowMs, sizeBytes) > 0) throw stationError("station/quota", dailyBytes);
  }
}
