/*
 * Keeps the index equal to what is on the device. Whatever changes a message leaves a note in the same transaction (store/shelf.ts), so
 * nothing is forgotten by a crash; notes are taken in by batches, and the words of what was edited, deleted or has expired leave
 * with them.
 */
import type { AttachmentView, MessageView } from "../api.ts";
import { type ConversationRow, whereShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Lane } from "../lane.ts";
import { compareKeys, lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { Table } from "../store/tables.ts";
import type { Views } from "../views.ts";
import { spansIn } from "../text/spans.ts";
import { type Doc, MEDIA } from "./docs.ts";
import { IndexBook, type NewDoc } from "./index-book.ts";
import { termsOf } from "./words.ts";

/** Notes that are taken in at once when nothing is urgent. */
const BATCH = 512;
/** With fewer notes a search reads those messages themselves; a segment of so few would only have to be merged. */
export const FRESH = 64;
const ID_BYTES = 20;
const POSITION_END = ID_BYTES + 8;
const MESSAGE_ID_BYTES = 32;
const NOWHERE = { conversation: new Uint8Array(ID_BYTES), position: 0 };

/** A message that the index does not have as it is now. */
export interface Note {
  /** of its row in the table `unindexed`; undefined for what was there before the index */
  readonly key: Uint8Array | undefined;
  readonly table: Table;
  readonly conversation: Uint8Array;
  readonly position: number;
}

/** What a message is found by beside its text. */
export function besideOf(view: MessageView): string {
  return view.attachments.map(({ fileName }) => fileName).join(" ");
}

/** Bits of MEDIA that a message has. */
export function mediaOf({ attachments, text }: MessageView): number {
  const link = spansIn(text).some(({ kind }) => kind === "link") ? MEDIA.link : 0;
  return attachments.reduce((bits, attachment) => bits | mediaOfFile(attachment), link);
}

/** By how it is shown; of one that is told as a file, by its type. */
function mediaOfFile({ mediaType, facts }: AttachmentView): number {
  if (facts.kind !== "file") return MEDIA[facts.kind];
  const [kind] = mediaType.split("/", 1);
  return kind === "image" ? MEDIA.photo : kind === "video" ? MEDIA.video : kind === "audio" ? MEDIA.voice : MEDIA.file;
}

/** A short hash of terms, by which a change that changes none is recognised. FNV-1a, folded to 16 bits. */
function hashOf(terms: Iterable<string>): number {
  let hash = 0x811c9dc5;
  for (const term of [...terms].sort()) {
    for (let at = 0; at < term.length; at += 1) hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 32, 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & 0xffff;
}

const nameOf = ({ conversation, position }: Note): string => `${conversation.join()} ${position}`;

/** Where a message stands in the index. */
interface Held {
  readonly segment: number;
  readonly number: number;
  readonly doc: Doc;
}

/** The index of a profile, and what is still to be taken in. */
export class Indexer {
  readonly #member: Member;
  readonly #views: Views;
  readonly #lane = new Lane();
  readonly book: IndexBook;

  private constructor(member: Member, views: Views, book: IndexBook) {
    this.#member = member;
    this.#views = views;
    this.book = book;
  }

  static async open(member: Member, views: Views): Promise<Indexer> {
    const book = await IndexBook.load(member.store, () => ({
      next: 0,
      segments: [],
      conversations: [],
      senders: [],
      // One without lines has nothing to take in, and would never be done.
      old: member.book
        .all()
        .filter(({ placed }) => placed > 0)
        .map(({ id, placed }) => ({ conversation: id, to: placed })),
    }));
    return new Indexer(member, views, book);
  }

  /** Notes in no order, at most `limit`. */
  async notes(limit: number): Promise<readonly Note[]> {
    const { store } = this.#member;
    const notes: Note[] = [];
    for (const { key } of await store.range("unindexed", { limit })) {
      const position = lastU64(key.subarray(0, POSITION_END));
      notes.push({ table: "unindexed", key, conversation: key.slice(0, ID_BYTES), position });
    }
    for (const { key } of await store.range("unindexed-mark", { limit: limit - notes.length })) {
      const where = await whereShelf.get(store, key.slice(0, MESSAGE_ID_BYTES));
      // A mark on what has no place has nothing to change in the index: its message leaves a note of its own when it gets one.
      const at = where?.placed === true ? { conversation: where.conversation, position: where.at } : NOWHERE;
      notes.push({ table: "unindexed-mark", key, ...at });
    }
    return notes;
  }

  /** How many messages were there before the index and are not in it. */
  get old(): number {
    return this.book.row.old.reduce((sum, { to }) => sum + to, 0);
  }

  /** The conversation and the message of a note, as they are now. */
  async look(note: Note): Promise<{ readonly row: ConversationRow; readonly view: MessageView } | undefined> {
    const row = this.#member.book.get(note.conversation);
    const view = row && (await this.#views.message(row, { placed: true, at: note.position }));
    return row === undefined || view === undefined ? undefined : { row, view };
  }

  /**
   * Takes in what is waiting; answers how many messages. Fewer than FRESH notes stay as they are, but for the words of messages
   * that were changed: these leave the index now.
   */
  async catchUp(): Promise<number> {
    return await this.#lane.run(async () => {
      let taken = 0;
      for (;;) {
        const notes = await this.notes(BATCH);
        if (notes.length === 0) break;
        const isFew = notes.length < FRESH;
        taken += await this.#take(notes, isFew);
        if (isFew) break;
        while (await this.book.mergeOnce());
      }
      for (let stretch = this.book.row.old.at(-1); stretch !== undefined; stretch = this.book.row.old.at(-1)) {
        const { conversation, to } = stretch;
        const from = Math.max(0, to - BATCH);
        const notes = Array.from({ length: to - from }, (_, at): Note => ({
          key: undefined,
          table: "unindexed",
          conversation,
          position: to - 1 - at,
        }));
        taken += await this.#take(notes, false, () => {
          const others = this.book.row.old.slice(0, -1);
          this.book.row = { ...this.book.row, old: from === 0 ? others : [...others, { conversation, to: from }] };
        });
        while (await this.book.mergeOnce());
      }
      return taken;
    });
  }

  /**
   * Takes a batch in, in one transaction with what `also` does.
   * @param isFew  only what the index has already is looked at, and nothing is added
   */
  async #take(all: readonly Note[], isFew: boolean, also: () => void = () => undefined): Promise<number> {
    const draft = new Draft();
    const before = this.book.row;
    const grouped = Map.groupBy(all, nameOf);
    const notes = [...grouped.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
    let changes = 0;
    const done = (note: Note): void => {
      changes += 1;
      for (const { key, table } of grouped.get(nameOf(note)) ?? []) if (key !== undefined) draft.remove(table, key);
    };
    try {
      const gone = new Map<number, Set<number>>();
      const docs: NewDoc[] = [];
      const places = this.#placesOf(notes);
      const looked = notes.filter((_, at) => !isFew || places[at] !== undefined);
      const views = await this.#viewsOf(looked);
      for (const [at, note] of notes.entries()) {
        const held = places[at];
        if (isFew && held === undefined) continue;
        const made = this.#read(note, views.get(nameOf(note)));
        const isSame = held?.doc.hash === made?.doc.hash && held?.doc.media === made?.doc.media;
        if (!isFew || isSame || made === undefined) done(note);
        if (isSame) continue;
        if (held !== undefined) gone.set(held.segment, (gone.get(held.segment) ?? new Set()).add(held.number));
        if (made !== undefined && !isFew) docs.push(made);
      }
      if (changes + gone.size === 0) return 0;
      for (const [segment, numbers] of gone) await this.book.forget(draft, segment, numbers);
      docs.sort((a, b) => a.doc.conversation - b.doc.conversation || a.doc.position - b.doc.position);
      if (docs.length > 0) this.book.add(draft, docs, docs.length > FRESH * 4 ? 1 : 0);
      also();
      this.book.save(draft);
      await draft.commit(this.#member.store);
      return docs.length;
    } catch (error) {
      this.book.row = before;
      throw error;
    }
  }

  /** Where each of these messages stands in the index. Cost: O(messages), one comparison each. */
  #placesOf(notes: readonly Note[]): readonly (Held | undefined)[] {
    const wanted = new Map<string, number>();
    const places: (Held | undefined)[] = notes.map(() => undefined);
    for (const [at, { conversation, position }] of notes.entries())
      wanted.set(`${this.book.placeOf("conversations", conversation)} ${position}`, at);
    const conversations = new Set(notes.map(({ conversation }) => this.book.placeOf("conversations", conversation)));
    const least = notes.reduce((low, { position }) => Math.min(low, position), Number.MAX_SAFE_INTEGER);
    for (const { name, row } of this.book.segments()) {
      for (const [number, doc] of row.docs.entries()) {
        if (doc.isGone || doc.position < least || !conversations.has(doc.conversation)) continue;
        const at = wanted.get(`${doc.conversation} ${doc.position}`);
        if (at !== undefined) places[at] = { segment: name.number, number, doc };
      }
    }
    return places;
  }

  /** The messages of notes as they are now; neighbours are read together. */
  async #viewsOf(notes: readonly Note[]): Promise<ReadonlyMap<string, MessageView>> {
    const views = new Map<string, MessageView>();
    const sorted = notes.toSorted((a, b) => compareKeys(a.conversation, b.conversation) || a.position - b.position);
    for (let from = 0; from < sorted.length;) {
      const first = sorted[from];
      let to = from + 1;
      const isNext = (one: Note | undefined, last: Note | undefined): boolean =>
        one !== undefined &&
        last !== undefined &&
        compareKeys(one.conversation, last.conversation) === 0 &&
        one.position - last.position <= 1;
      while (isNext(sorted[to], sorted[to - 1])) to += 1;
      const last = sorted[to - 1];
      from = to;
      const row = first && this.#member.book.get(first.conversation);
      if (row === undefined || first === undefined || last === undefined || last.position >= row.placed) continue;
      const count = last.position - first.position + 1;
      for (const view of await this.#views.messages(row, last.position + 1, count))
        views.set(nameOf({ ...first, position: view.position }), view);
    }
    return views;
  }

  #read(note: Note, view: MessageView | undefined): NewDoc | undefined {
    if (view === undefined || view.gap !== undefined || view.personChange !== undefined) return undefined;
    const terms = termsOf(`${view.text}\n${besideOf(view)}`);
    const media = mediaOf(view);
    if (terms.size === 0 && media === 0) return undefined;
    const doc: Doc = {
      conversation: this.book.placeOf("conversations", note.conversation),
      sender: this.book.placeOf("senders", new TextEncoder().encode(view.sender)),
      position: note.position,
      writtenAtMs: view.writtenAtMs,
      media,
      hash: hashOf(terms),
      isGone: false,
    };
    return { doc, terms };
  }
}
