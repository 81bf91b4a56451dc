/*
 * Identities of a whole log, folded once at its end (S-4, S-16). Ops stay where they are in the log and only their places are kept, four bytes
 * each: a million accounts are no million objects. They are sorted bucket by bucket, whatever keys somebody chose.
 */
import { type MapEntry, type MapHasher, MerkleMap } from "@chapar/log";
import { IDENTITY_OP } from "@chapar/wire";

const { identityAt, seqAt, commitmentAt, sizeBytes } = IDENTITY_OP;
/** Identities of one bucket, about. */
const BUCKET_ROWS = 16;
const MAX_BITS = 16;
const FIRST_PLACES = 1024;
/** Buckets whose entries are objects at once. */
const BUCKETS_AT_ONCE = 256;
/** The count of ops and the commitment, as the map has them. */
const VALUE_BYTES = 4 + sizeBytes - commitmentAt;

/** Ops of identities in the order of their log. */
export class FoldedIdentities {
  readonly #log: Uint8Array;
  readonly #view: DataView;
  #places = new Uint32Array(FIRST_PLACES);
  #ops = 0;
  #count = 0;

  /** @param log  in which all ops are */
  constructor(log: Uint8Array) {
    this.#log = log;
    this.#view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  }

  /** How many there are, as long as `root` does not say that their ops are out of order. */
  get count(): number {
    return this.#count;
  }

  /** The next op of the log, at a place of it; `isIdentityOp` there. */
  take(at: number): void {
    if (this.#ops === this.#places.length) {
      const grown = new Uint32Array(2 * this.#ops);
      grown.set(this.#places);
      this.#places = grown;
    }
    this.#places[this.#ops++] = at;
    if (this.#seq(at) === 0) this.#count++;
  }

  #seq(at: number): number {
    return this.#view.getUint32(at + seqAt);
  }

  /** Order of identities, and of ops of one as in the log. */
  #compare(a: number, b: number): number {
    const log = this.#log;
    for (let i = identityAt; i < seqAt; i++) {
      const difference = (log[a + i] ?? 0) - (log[b + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a - b;
  }

  #isSameIdentity(a: number, b: number): boolean {
    for (let i = identityAt; i < seqAt; i++) if (this.#log[a + i] !== this.#log[b + i]) return false;
    return true;
  }

  /** Places by bucket, and where each bucket begins; sorted within. */
  #byBucket(bits: number): { readonly places: Uint32Array; readonly starts: Uint32Array } {
    const bucketOf = (at: number): number => this.#view.getUint32(at + identityAt) >>> (32 - bits);
    const bucket = bits === 0 ? (): number => 0 : bucketOf;
    const starts = new Uint32Array(2 ** bits + 1);
    const next = new Uint32Array(2 ** bits);
    for (let i = 0; i < this.#ops; i++) {
      const after = bucket(this.#places[i] ?? 0) + 1;
      starts[after] = (starts[after] ?? 0) + 1;
    }
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    next.set(starts.subarray(0, next.length));
    const places = new Uint32Array(this.#ops);
    for (let i = 0; i < this.#ops; i++) {
      const at = this.#places[i] ?? 0;
      const of = bucket(at);
      places[next[of] ?? 0] = at;
      next[of] = (next[of] ?? 0) + 1;
    }
    for (let i = 0; i < next.length; i++) places.subarray(starts[i], starts[i + 1]).sort((a, b) => this.#compare(a, b));
    return { places, starts };
  }

  /** Entries of the map for one bucket; undefined when an identity's ops are not 0, 1, 2 … (S-4). */
  #entries(places: Uint32Array): readonly MapEntry[] | undefined {
    const entries: MapEntry[] = [];
    for (let i = 0; i < places.length; i++) {
      const at = places[i] ?? 0;
      const before = places[i - 1];
      const isNext = before !== undefined && this.#isSameIdentity(before, at);
      const seq = this.#seq(at);
      if (seq !== (isNext ? this.#seq(before) + 1 : 0)) return undefined;
      if (isNext) entries.pop();
      const value = new Uint8Array(VALUE_BYTES);
      new DataView(value.buffer).setUint32(0, seq + 1);
      value.set(this.#log.subarray(at + commitmentAt, at + sizeBytes), 4);
      entries.push({ key: this.#log.subarray(at + identityAt, at + seqAt), value });
    }
    return entries;
  }

  /** Root of the map of all; undefined when the ops of one do not come as 0, 1, 2 … Cost: every identity hashed twice */
  root(hasher: MapHasher): Uint8Array | undefined {
    const bits = Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(this.#count / BUCKET_ROWS + 1))));
    const map = new MerkleMap(hasher, bits);
    const { places, starts } = this.#byBucket(bits);
    for (let first = 0; first < 2 ** bits; first += BUCKETS_AT_ONCE) {
      const buckets = new Map<number, readonly MapEntry[]>();
      for (let i = first; i < Math.min(first + BUCKETS_AT_ONCE, 2 ** bits); i++) {
        const entries = this.#entries(places.subarray(starts[i], starts[i + 1]));
        if (entries === undefined) return undefined;
        if (entries.length > 0) buckets.set(i, entries);
      }
      map.update(buckets);
    }
    return map.root();
  }
}
