/*
 * The index on disk and what of it is in memory. Every change of the index is one transaction.
 *
 * Rows of the table `search`: the index row under 8 bytes of 255, a segment's row under (its number, 2^32 - 1), its blocks under (its
 * number, 0 …). All of them are sealed, and their keys are hashed as ids are (store/sealed.ts), so that the file tells only how many
 * rows there are and how long they are.
 */
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import { type Doc, indexLayout, type IndexRow, segmentLayout, type SegmentName, type SegmentRow } from "./docs.ts";
import { blocksOf, type Postings, readInto } from "./segment.ts";

/** This many segments of a level become one of the next. */
const MERGED = 8;
const ROW = 0xffff_ffff;

function keyOf(segment: number, block: number): Uint8Array {
  const key = new Uint8Array(8);
  const view = new DataView(key.buffer);
  view.setUint32(0, segment);
  view.setUint32(4, block);
  return key;
}

const INDEX_KEY = keyOf(ROW, ROW);

/** A message with its terms, to be taken in. */
export interface NewDoc {
  readonly doc: Doc;
  readonly terms: Iterable<string>;
}

/** The index of a profile. */
export class IndexBook {
  readonly #store: Store;
  readonly #segments = new Map<number, SegmentRow>();
  row: IndexRow;

  private constructor(store: Store, row: IndexRow) {
    this.#store = store;
    this.row = row;
  }

  /** Reads the index, or begins one with what `first` says is there already. Cost: O(messages), some 8 bytes each. */
  static async load(store: Store, first: () => IndexRow): Promise<IndexBook> {
    const held = await store.get("search", INDEX_KEY);
    const book = new IndexBook(store, held === undefined ? first() : indexLayout.decode(held));
    for (const { number } of book.row.segments) {
      const bytes = await store.get("search", keyOf(number, ROW));
      if (bytes !== undefined) book.#segments.set(number, segmentLayout.decode(bytes));
    }
    return book;
  }

  /** The segments, oldest first. */
  segments(): { readonly name: SegmentName; readonly row: SegmentRow }[] {
    return this.row.segments.flatMap((name) => {
      const row = this.#segments.get(name.number);
      return row === undefined ? [] : [{ name, row }];
    });
  }

  async block(segment: number, block: number): Promise<Uint8Array | undefined> {
    return await this.#store.get("search", keyOf(segment, block));
  }

  /** The place of an id in one of the lists of the index; appended when it is new. */
  placeOf(list: "conversations" | "senders", id: Uint8Array): number {
    const held = this.row[list];
    const at = held.findIndex((one) => one.length === id.length && one.every((byte, index) => byte === id[index]));
    if (at >= 0) return at;
    this.row = { ...this.row, [list]: [...held, id] };
    return held.length;
  }

  /** Takes messages in as a segment of their own. `level` says how many there may be. */
  add(draft: Draft, docs: readonly NewDoc[], level: number): void {
    const postings: Postings = new Map();
    for (const [number, { terms }] of docs.entries()) {
      for (const term of terms) {
        const held = postings.get(term);
        if (held === undefined) postings.set(term, [number]);
        else held.push(number);
      }
    }
    const name = { number: this.row.next, level };
    this.row = { ...this.row, next: name.number + 1, segments: [...this.row.segments, name] };
    this.#write(
      draft,
      name.number,
      postings,
      docs.map(({ doc }) => doc),
    );
  }

  /** Removes the words of messages from a segment: its rows are written again without them. Cost: O(segment). */
  async forget(draft: Draft, segment: number, gone: ReadonlySet<number>): Promise<void> {
    const row = this.#segments.get(segment);
    if (row === undefined) return;
    const postings: Postings = new Map();
    await this.#read(segment, row, postings, (doc) => (gone.has(doc) ? -1 : doc));
    const docs = row.docs.map((doc, number) => (gone.has(number) ? { ...doc, isGone: true } : doc));
    this.#drop(draft, segment, row);
    this.#write(draft, segment, postings, docs);
  }

  /** Merges the first level that has enough segments; answers whether there was one. */
  async mergeOnce(): Promise<boolean> {
    const levels = new Map<number, SegmentName[]>();
    for (const name of this.row.segments) levels.set(name.level, [...(levels.get(name.level) ?? []), name]);
    const names = [...levels.values()].find((held) => held.length >= MERGED)?.slice(0, MERGED);
    const [first] = names ?? [];
    if (names === undefined || first === undefined) return false;
    const draft = new Draft();
    const postings: Postings = new Map();
    const docs: Doc[] = [];
    for (const { number } of names) {
      const row = this.#segments.get(number);
      if (row === undefined) continue;
      const numbers = row.docs.map((doc) => (doc.isGone ? -1 : docs.push(doc) - 1));
      await this.#read(number, row, postings, (doc) => numbers[doc] ?? -1);
      this.#drop(draft, number, row);
    }
    const merged = { number: this.row.next, level: first.level + 1 };
    const left = this.row.segments.filter((name) => !names.includes(name));
    this.row = { ...this.row, next: merged.number + 1, segments: [merged, ...left] };
    this.#write(draft, merged.number, postings, docs);
    this.save(draft);
    await draft.commit(this.#store);
    return true;
  }

  /** Puts the index row into a draft. */
  save(draft: Draft): void {
    draft.put("search", INDEX_KEY, indexLayout.encode(this.row));
  }

  async #read(segment: number, row: SegmentRow, into: Postings, numberOf: (doc: number) => number): Promise<void> {
    for (let block = 0; block < row.firsts.length; block += 1) {
      const bytes = await this.block(segment, block);
      if (bytes !== undefined) readInto(into, bytes, numberOf);
    }
  }

  #drop(draft: Draft, segment: number, row: SegmentRow): void {
    for (let block = 0; block < row.firsts.length; block += 1) draft.remove("search", keyOf(segment, block));
    draft.remove("search", keyOf(segment, ROW));
    draft.after(() => {
      if (this.row.segments.every(({ number }) => number !== segment)) this.#segments.delete(segment);
    });
  }

  #write(draft: Draft, segment: number, postings: Postings, docs: readonly Doc[]): void {
    const blocks = blocksOf(postings);
    for (const [number, { bytes }] of blocks.entries()) draft.put("search", keyOf(segment, number), bytes);
    const row: SegmentRow = { firsts: blocks.map(({ first }) => first), docs };
    draft.put("search", keyOf(segment, ROW), segmentLayout.encode(row));
    draft.after(() => void this.#segments.set(segment, row));
  }
}
