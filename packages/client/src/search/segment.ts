/*
 * A segment: the terms of some messages and, of each, the messages that have it. Terms are sorted, so that a prefix is found in
 * neighbouring blocks; a block is one row of the store.
 *
 *   block = { u8 letters shared with the term before, text the rest, varint size of the postings, postings }
 *   postings = varint distances between the numbers of messages, first from -1
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";

/** A block is closed after this. */
const BLOCK_BYTES = 4096;
const MAX_TERM_BYTES = 256;
const MAX_POSTINGS_BYTES = 1 << 24;

/** Terms with their messages, numbered within the segment in ascending order. */
export type Postings = Map<string, number[]>;

/** One row, and the first term in it. */
export interface Block {
  readonly first: string;
  readonly bytes: Uint8Array;
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function sharedLetters(a: string, b: string): number {
  const most = Math.min(a.length, b.length, 255);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  // Never between the halves of a pair: the rest has to be text by itself.
  return at > 0 && (a.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at - 1 : at;
}

/** Writes a segment. Cost: O(terms log terms + postings). */
export function blocksOf(postings: Postings): Block[] {
  const blocks: Block[] = [];
  let writer = new ByteWriter(BLOCK_BYTES + 512);
  let [first, before] = ["", ""];
  const close = (): void => {
    if (writer.length > 0) blocks.push({ first, bytes: writer.finish() });
    writer = new ByteWriter(BLOCK_BYTES + 512);
    before = "";
  };
  for (const term of [...postings.keys()].sort(inOrder)) {
    const docs = postings.get(term) ?? [];
    if (docs.length === 0) continue;
    if (writer.length === 0) first = term;
    const shared = sharedLetters(before, term);
    const list = new ByteWriter(docs.length * 2);
    let last = -1;
    for (const doc of docs) {
      list.varint(doc - last);
      last = doc;
    }
    writer.u8(shared).text(term.slice(shared)).opaque(list.finish());
    before = term;
    if (writer.length >= BLOCK_BYTES) close();
  }
  close();
  return blocks;
}

/** Calls for every term of a block, in order, until `each` answers false. Reads postings only when they are asked for. */
function walk(bytes: Uint8Array, each: (term: string, docs: () => number[]) => boolean): void {
  const reader = new ByteReader(bytes);
  let term = "";
  while (reader.remaining > 0 && !reader.failed) {
    const shared = reader.u8();
    term = term.slice(0, shared) + reader.text(MAX_TERM_BYTES);
    const list = reader.opaque(MAX_POSTINGS_BYTES);
    if (!each(term, () => docsIn(list))) return;
  }
}

function docsIn(list: Uint8Array): number[] {
  const reader = new ByteReader(list);
  const docs: number[] = [];
  let last = -1;
  while (reader.remaining > 0 && !reader.failed) {
    last += reader.varint();
    docs.push(last);
  }
  return docs;
}

/** Marks in `found` every message of a block that has a term with this beginning; answers whether terms behind the block may. */
export function collect(bytes: Uint8Array, prefix: string, found: Uint8Array): boolean {
  let goesOn = true;
  walk(bytes, (term, docs) => {
    if (term.startsWith(prefix)) for (const doc of docs()) found[doc] = 1;
    else if (term > prefix) goesOn = false;
    return goesOn;
  });
  return goesOn;
}

/** Adds the terms of a block to `into`, each message by its new number; those with the number -1 are left out. */
export function readInto(into: Postings, bytes: Uint8Array, numberOf: (doc: number) => number): void {
  walk(bytes, (term, docs) => {
    const kept = docs()
      .map(numberOf)
      .filter((doc) => doc >= 0);
    if (kept.length === 0) return true;
    const held = into.get(term);
    if (held === undefined) into.set(term, kept);
    else for (const doc of kept) held.push(doc);
    return true;
  });
}

/** The block in which terms with this beginning start. */
export function blockOf(firsts: readonly string[], prefix: string): number {
  let [low, high] = [0, firsts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((firsts[middle] ?? "") < prefix) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
