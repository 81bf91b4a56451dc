/*
 * Who reads a channel that this person leads: an index over the register (led.ts), made once and kept up with it, so that nothing that is asked about ten
 * thousand readers costs ten thousand steps. Whoever came before the last time that the keys of their leaf went reads no more.
 */
import { MAX_LEAVES } from "@chapar/e2e/channels";
import { type ConversationId, idText } from "@chapar/wire";
import type { Member } from "../core.ts";
import { channelOfReader, type ReaderEntry, readerEntries, readerOf } from "./led.ts";
import type { Removal } from "./rows.ts";

/** Readers of one channel. */
export class ReaderIndex {
  readonly #all = new Map<string, ReaderEntry>();
  /** by name, then by identity */
  readonly #present: ReaderEntry[] = [];
  readonly #atLeaf = new Map<number, Set<string>>();
  readonly #used = new Map<string, number>();
  readonly #marked = new Map<string, ReaderEntry>();
  readonly #gone = new Map<number, number>();
  #removals: readonly Removal[] = [];

  constructor(entries: Iterable<ReaderEntry>) {
    for (const entry of entries) {
      this.#file(entry);
      if (this.#reads(entry)) this.#present.push(entry);
    }
    this.#present.sort(order);
  }

  /** Who reads now, in the order of their names. */
  get present(): readonly ReaderEntry[] {
    return this.#present;
  }

  /** Somebody who was ever let in. */
  get(identity: Uint8Array): ReaderEntry | undefined {
    return this.#all.get(idText(identity));
  }

  /** Somebody who reads now. */
  reader(identity: Uint8Array): ReaderEntry | undefined {
    const entry = this.get(identity);
    return entry !== undefined && this.#reads(entry) ? entry : undefined;
  }

  /** How many came by a link. */
  used(link: string): number {
    return this.#used.get(link) ?? 0;
  }

  /** Readers who write, and readers whose keys are to go. */
  get marked(): readonly ReaderEntry[] {
    return [...this.#marked.values()].filter((entry) => this.#reads(entry)).sort(order);
  }

  /** Whether a leaf is somebody's who reads now. */
  isTaken(leaf: number): boolean {
    return [...(this.#atLeaf.get(leaf) ?? [])].some((name) => this.#reads(this.#all.get(name)));
  }

  /** Takes an entry of the register. Cost: O(log readers), and moving the list. */
  take(entry: ReaderEntry): void {
    const before = this.#all.get(idText(entry.identity));
    if (before !== undefined) this.#unfile(before);
    this.#file(entry);
    if (this.#reads(entry)) this.#present.splice(this.#place(entry), 0, entry);
  }

  /** Takes what the board tells of leaves whose keys went. Cost: a comparison with what was told before, then what is new. */
  follow(removals: readonly Removal[]): void {
    if (removals === this.#removals) return;
    const known = this.#removals.length;
    // A restored board may tell something else anywhere before a row that is the same.
    const grows = this.#removals.every(
      ({ leaf, period }, at) => removals[at]?.leaf === leaf && removals[at]?.period === period,
    );
    const fresh = grows ? removals.slice(known) : removals;
    if (!grows) this.#gone.clear();
    this.#removals = removals;
    for (const { leaf, period } of fresh) this.#gone.set(leaf, period);
    const touched = grows
      ? new Set(fresh.flatMap(({ leaf }) => [...(this.#atLeaf.get(leaf) ?? [])]))
      : new Set(this.#all.keys());
    for (const name of touched) {
      const entry = this.#all.get(name);
      if (entry !== undefined) this.take(entry);
    }
  }

  #reads(entry: ReaderEntry | undefined): boolean {
    return entry !== undefined && entry.leaf < MAX_LEAVES && (this.#gone.get(entry.leaf) ?? 0) <= entry.since;
  }

  #file(entry: ReaderEntry): void {
    const name = idText(entry.identity);
    this.#all.set(name, entry);
    this.#atLeaf.set(entry.leaf, (this.#atLeaf.get(entry.leaf) ?? new Set()).add(name));
    this.#used.set(entry.link, this.used(entry.link) + 1);
    if (entry.writes || entry.going) this.#marked.set(name, entry);
  }

  #unfile(entry: ReaderEntry): void {
    const name = idText(entry.identity);
    this.#atLeaf.get(entry.leaf)?.delete(name);
    this.#used.set(entry.link, this.used(entry.link) - 1);
    this.#marked.delete(name);
    const at = this.#place(entry);
    if (this.#present[at] === entry) this.#present.splice(at, 1);
  }

  /** Where an entry stands or would stand. */
  #place(entry: ReaderEntry): number {
    let [from, to] = [0, this.#present.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const there = this.#present[middle];
      if (there !== undefined && order(there, entry) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function order(a: ReaderEntry, b: ReaderEntry): number {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (left !== right) return left < right ? -1 : 1;
  const [one, other] = [idText(a.identity), idText(b.identity)];
  return one === other ? 0 : one < other ? -1 : 1;
}

const INDEXES = new WeakMap<Member, Map<string, ReaderIndex>>();

/** The index of a channel. Cost: O(readers · log readers) the first time, nothing after it. */
export function readersOf(member: Member, channel: ConversationId): ReaderIndex {
  let indexes = INDEXES.get(member);
  if (indexes === undefined) {
    const made = new Map<string, ReaderIndex>();
    INDEXES.set(member, (indexes = made));
    member.own.subscribe(({ key, value }) => {
      const entry = readerOf(value);
      if (entry !== undefined) made.get(channelOfReader(key) ?? "")?.take(entry);
    });
  }
  const name = idText(channel);
  const index = indexes.get(name) ?? new ReaderIndex(readerEntries(member, channel));
  indexes.set(name, index);
  return index;
}

/** What was counted in is not on disk: the next who asks reads the register again. */
export function forgetReaders(member: Member, channel: ConversationId): void {
  INDEXES.get(member)?.delete(idText(channel));
}
