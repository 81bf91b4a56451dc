/*
 * Memory of flows, bounded in number and in time: a censor that remembers everything is a censor that falls over, and real
 * ones forget too (UDP flows after 60 s in the GFW's QUIC filter). The oldest entry goes first.
 */

/** A map from keys to values that forgets. */
export class FlowTable<Value> {
  readonly #entries = new Map<string, { value: Value; seenAtMs: number }>();
  readonly #maxEntries: number;
  readonly #forgetAfterMs: number;

  /** @param forgetAfterMs how long an entry that nobody asks for is kept */
  constructor(maxEntries: number, forgetAfterMs: number) {
    this.#maxEntries = maxEntries;
    this.#forgetAfterMs = forgetAfterMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The live value of a key; asking keeps it alive. */
  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (nowMs - entry.seenAtMs > this.#forgetAfterMs) {
      this.#entries.delete(key);
      return undefined;
    }
    // Re-inserted, so that the map's order is the order of last use.
    this.#entries.delete(key);
    entry.seenAtMs = nowMs;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, nowMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, seenAtMs: nowMs });
    if (this.#entries.size <= this.#maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  /** The value of a key, made when it is not there. */
  of(key: string, nowMs: number, make: () => Value): Value {
    const known = this.get(key, nowMs);
    if (known !== undefined) return known;
    const value = make();
    this.set(key, value, nowMs);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
