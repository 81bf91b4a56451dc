/*
 * This device's key packages: kept stocked at the home, so that others can begin conversations while it sleeps (W-23).
 *
 * The private half of a key package goes when it is used, in the transaction that joins. The last of those that were published at once is
 * kept longer, for a station gives the last one again rather than none, and whoever was given it second may knock after new ones were
 * published (F-141): it goes a day after it was used and newer ones were published, when all who took it have long knocked.
 */
import { SUITE_NUMBERS, type SuiteName } from "@chapar/e2e";
import { idText } from "@chapar/wire";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { keyPackageRow, type KeyPackageRow } from "./key-package-row.ts";

/**
 * Of each suite: below how many unused ones at the home new ones are made, and how many there are after that. Large groups (G-65) are few,
 * and the last package of a suite is given again rather than none.
 */
const STOCKS = [
  { suite: "x-wing", kept: 20, full: 40 },
  { suite: "x25519", kept: 4, full: 10 },
] as const;
type Stock = (typeof STOCKS)[number];
/** How many are made and published in one step. */
const STEP = 10;
/** How many of the first suite there must be at once; some 3.5 kB each, and on a slow line a first letter would wait behind the others. */
const FEW = 2;
const USED_KEPT_MS = 86_400_000;

/** `key-package`: by reference. */
export const keyPackageShelf: Shelf<KeyPackageRow> = shelf("key-package", keyPackageRow);

/** Makes, publishes and retires key packages. */
export class OwnKeyPackages {
  readonly #member: Member;
  /** used while their publishing was under way: a row that is gone must not come back */
  readonly #used = new Set<string>();
  /** by suite */
  readonly #newest = new Map<SuiteName, number>();

  constructor(member: Member) {
    this.#member = member;
  }

  /**
   * A welcome used it: its private half goes with the same transaction, unless it may have been given twice.
   *
   * @returns whether it is kept, and may be used again
   */
  used(draft: Draft, ref: Uint8Array, row: KeyPackageRow): boolean {
    this.#used.add(idText(ref));
    // What somebody used was published, though the answer may have been lost: it is not published again.
    if (row.isLast) keyPackageShelf.put(draft, ref, { ...row, published: true, usedAtMs: this.#member.clock.nowMs() });
    else keyPackageShelf.remove(draft, ref);
    return row.isLast;
  }

  /** Reads which is the newest. Cost: one read of all key packages, about forty. */
  async load(): Promise<void> {
    const rows = await keyPackageShelf.range(this.#member.store, {});
    for (const { value } of rows) this.#note(value);
  }

  #last(suite: SuiteName): number {
    return this.#newest.get(suite) ?? 0;
  }

  #note({ suite, number }: KeyPackageRow): void {
    this.#newest.set(suite, Math.max(number, this.#last(suite)));
  }

  /**
   * Publishes what was made and not published, then makes more until the home has enough. Idempotent: a key package that
   * was published and whose answer was lost is published again.
   *
   * @param calm  resolves when nothing is under way that somebody waits for
   */
  async stock(link: StationLink, calm: () => Promise<void>): Promise<void> {
    for (const stock of STOCKS) await this.#stock(link, stock, calm);
  }

  async #stock(link: StationLink, { suite, kept, full }: Stock, calm: () => Promise<void>): Promise<void> {
    const isFirstSuite = suite === STOCKS[0].suite;
    if (!isFirstSuite) await calm();
    let { count } = await link.ask({ type: "keys.count", suite: SUITE_NUMBERS[suite] }, "keys.count");
    const isNeeded = isFirstSuite && count < FEW;
    if (!isNeeded) await calm();
    const waiting = (await this.#rows()).filter(({ value }) => !value.published && value.suite === suite);
    if (waiting.length > 0) count = await this.#publish(link, suite, waiting);
    if (count >= kept) return;
    for (let isFirst = isFirstSuite && count < FEW; count < full; isFirst = false) {
      if (!isFirst) await calm();
      const made = await this.#make(suite, Math.min(isFirst ? FEW : STEP, full - count));
      const had = count;
      count = await this.#publish(link, suite, made);
      // A station that keeps fewer than we would is not asked for ever.
      if (count <= had) break;
    }
    await this.#retire(suite);
  }

  async #rows(): Promise<Awaited<ReturnType<typeof keyPackageShelf.range>>> {
    return keyPackageShelf.range(this.#member.store, {});
  }

  async #make(
    suite: SuiteName,
    amount: number,
  ): Promise<{ readonly key: Uint8Array; readonly value: KeyPackageRow }[]> {
    const { mls, device, store } = this.#member;
    const draft = new Draft();
    const made: { key: Uint8Array; value: KeyPackageRow }[] = [];
    for (let i = 0; i < amount; i++) {
      const { ref, publicBytes, privateBytes } = await mls.keyPackage(device, suite);
      const number = this.#last(suite) + 1 + i;
      const value = {
        publicBytes,
        privateBytes,
        number,
        published: false,
        usedAtMs: 0,
        suite,
        isLast: i === amount - 1,
      };
      keyPackageShelf.put(draft, ref, value);
      made.push({ key: ref, value });
    }
    await draft.commit(store);
    return made;
  }

  async #publish(
    link: StationLink,
    suite: SuiteName,
    rows: readonly { readonly key: Uint8Array; readonly value: KeyPackageRow }[],
  ): Promise<number> {
    const sorted = [...rows].sort((a, b) => a.value.number - b.value.number);
    const packages = sorted.map(({ value }) => value.publicBytes);
    const { count } = await link.ask({ type: "keys.put", suite: SUITE_NUMBERS[suite], packages }, "keys.count");
    const draft = new Draft();
    for (const { key, value } of sorted) {
      if (!this.#used.has(idText(key))) keyPackageShelf.put(draft, key, { ...value, published: true });
    }
    await draft.commit(this.#member.store);
    for (const { value } of sorted) this.#note(value);
    return count;
  }

  async #retire(suite: SuiteName): Promise<void> {
    const oldestMs = this.#member.clock.nowMs() - USED_KEPT_MS;
    const draft = new Draft();
    for (const { key, value } of await this.#rows()) {
      if (value.suite !== suite) continue;
      const isOver = value.usedAtMs > 0 && value.usedAtMs < oldestMs && value.number < this.#last(suite);
      if (isOver) keyPackageShelf.remove(draft, key);
    }
    await draft.commit(this.#member.store);
  }
}
