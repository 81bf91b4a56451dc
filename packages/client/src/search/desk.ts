/*
 * Answers `client.search`: candidates from the index, newest first, each read and compared again before it is shown, so that an index
 * that is behind never shows what is no longer there.
 */
import { ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import type { MessageView } from "../api.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type { Joined } from "../engine-parts.ts";
import type { FoundStretch, SearchCalls, SearchHit, SearchPage, SearchQuery } from "../search-api.ts";
import { type Doc, MEDIA, type SegmentRow, TIME_UNIT_MS } from "./docs.ts";
import { besideOf, FRESH, Indexer, mediaOf } from "./indexer.ts";
import { blockOf, collect } from "./segment.ts";
import { fitOf, type Wanted, wantedBy } from "./words.ts";

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
/** So many of the newest hits are compared for their rank. */
const RANKED = 200;

/** A message that may be a hit. */
interface Candidate {
  readonly conversation: Uint8Array;
  readonly position: number;
  readonly writtenAtMs: number;
  /** read already */
  readonly view?: MessageView;
}

interface Hit extends SearchHit {
  readonly score: number;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** The calls of search. */
export class SearchDesk implements SearchCalls {
  readonly #ports: DeskPorts;
  #indexer: Promise<Indexer> | undefined;
  #isBehind = false;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    // Words of what was changed or deleted leave the index soon after, not when somebody searches next.
    ports.core.events.subscribe((event) => {
      if (event.type === "message") this.#follow();
    });
  }

  async catchUp(): Promise<number> {
    return await (await this.#open()).catchUp();
  }

  async find(query: SearchQuery): Promise<SearchPage> {
    const joined = this.#ports.joined();
    const indexer = await this.#open();
    const wanted = wantedBy(query.words);
    const fresh = await indexer.notes(FRESH * 2);
    if (fresh.length >= FRESH || indexer.old > 0) this.#follow();
    const only =
      query.conversation === undefined ? undefined : parseIdText(query.conversation, ID_SIZE_BYTES.conversation);
    const isIn = (id: Uint8Array): boolean =>
      query.conversation === undefined || (only !== undefined && sameBytes(id, only));
    const candidates: Candidate[] = [...(await queuedIn(joined, isIn))];
    for (const note of fresh) {
      if (!isIn(note.conversation)) continue;
      const view = (await indexer.look(note))?.view;
      if (view !== undefined && view.gap === undefined) candidates.push({ ...note, writtenAtMs: minuteOf(view), view });
    }
    // What is not in the index stands first among equals: it is as the message is now.
    for (const one of await this.#indexed(indexer, query, wanted, isIn)) candidates.push(one);
    candidates.sort((a, b) => b.writtenAtMs - a.writtenAtMs || b.position - a.position);
    const waiting = indexer.old + Math.max(0, fresh.length - FRESH);
    return { ...(await pageOf(joined, query, wanted, candidates)), waiting };
  }

  async #open(): Promise<Indexer> {
    const { member, views } = this.#ports.joined();
    this.#indexer ??= Indexer.open(member, views);
    try {
      return await this.#indexer;
    } catch (error) {
      this.#indexer = undefined;
      throw error;
    }
  }

  #follow(): void {
    if (this.#isBehind || this.#indexer === undefined) return;
    this.#isBehind = true;
    const { failed } = this.#ports.joined().member;
    queueMicrotask(() => {
      this.#isBehind = false;
      this.catchUp().catch(failed);
    });
  }

  /** What the index has for a query, in no order. Cost: the blocks of its terms, and one look at each message's facts. */
  async #indexed(
    indexer: Indexer,
    query: SearchQuery,
    wanted: Wanted,
    isIn: (id: Uint8Array) => boolean,
  ): Promise<readonly Candidate[]> {
    const { book } = indexer;
    const { conversations, senders } = book.row;
    const from = query.from === undefined ? undefined : new TextEncoder().encode(query.from);
    const sender = from === undefined ? undefined : senders.findIndex((one) => sameBytes(one, from));
    const media = query.media === undefined ? 0 : MEDIA[query.media];
    const places = conversations.map(isIn);
    const passes = (doc: Doc): boolean =>
      !doc.isGone &&
      places[doc.conversation] === true &&
      (sender === undefined || doc.sender === sender) &&
      (media === 0 || (doc.media & media) !== 0) &&
      isInTime(query, doc.writtenAtMs);
    const found: Candidate[] = [];
    for (const { name, row } of book.segments()) {
      const has = await withAll(row, wanted.prefixes, (block) => book.block(name.number, block));
      for (const [number, doc] of row.docs.entries()) {
        if (has?.[number] === 0 || !passes(doc)) continue;
        const conversation = conversations[doc.conversation];
        if (conversation === undefined) continue;
        found.push({ conversation, position: doc.position, writtenAtMs: doc.writtenAtMs });
      }
    }
    return found;
  }
}

/** The time of a message as the index has it. */
const minuteOf = ({ writtenAtMs }: MessageView): number => Math.floor(writtenAtMs / TIME_UNIT_MS) * TIME_UNIT_MS;

/** Whether a time fits, as far as whole minutes tell; the message is compared again when it is read. */
function isInTime({ sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER }: SearchQuery, atMs: number): boolean {
  return atMs >= Math.floor(sinceMs / TIME_UNIT_MS) * TIME_UNIT_MS && atMs < untilMs;
}

/** Which messages of a segment have terms with all of these beginnings; undefined when nothing is asked for. */
async function withAll(
  row: SegmentRow,
  prefixes: readonly string[],
  read: (block: number) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  let all: Uint8Array | undefined;
  for (const prefix of prefixes) {
    const found = new Uint8Array(row.docs.length);
    for (let block = blockOf(row.firsts, prefix); block < row.firsts.length; block += 1) {
      const bytes = await read(block);
      if (bytes !== undefined && !collect(bytes, prefix, found)) break;
    }
    if (all === undefined) all = found;
    else for (let doc = 0; doc < all.length; doc += 1) all[doc] = (all[doc] ?? 0) & (found[doc] ?? 0);
  }
  return all;
}

/** Own messages that have no place yet. */
async function queuedIn({ member, views }: Joined, isIn: (id: Uint8Array) => boolean): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const row of member.book.all()) {
    if (row.tail === 0 || !isIn(row.id)) continue;
    for (const view of await views.messages(row, undefined, row.tail)) {
      if (view.position >= row.placed)
        found.push({ conversation: row.id, position: view.position, writtenAtMs: minuteOf(view), view });
    }
  }
  return found;
}

function hitOf(query: SearchQuery, wanted: Wanted, view: MessageView): Hit | undefined {
  if (query.from !== undefined && view.sender !== query.from) return undefined;
  const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = query;
  if (view.writtenAtMs < sinceMs || view.writtenAtMs >= untilMs) return undefined;
  if (query.media !== undefined && (mediaOf(view) & MEDIA[query.media]) === 0) return undefined;
  const fit = fitOf(wanted, view.text, besideOf(view));
  if (fit === undefined) return undefined;
  const stretches: readonly FoundStretch[] = fit.stretches;
  return { message: view, stretches, score: fit.score };
}

/** Reads candidates from the first on until a page is full. Cost: one read for each hit, and for each that is none any more. */
async function pageOf(
  { member, views }: Joined,
  query: SearchQuery,
  wanted: Wanted,
  candidates: readonly Candidate[],
): Promise<Pick<SearchPage, "hits" | "more">> {
  const limit = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(query.limit ?? DEFAULT_LIMIT)));
  const skip = Math.max(0, Math.trunc(query.skip ?? 0));
  const isRanked = query.order === "rank";
  const enough = isRanked ? Math.max(RANKED, skip + limit + 1) : skip + limit + 1;
  const hits: Hit[] = [];
  const seen = new Set<string>();
  for (const { conversation, position, view: held } of candidates) {
    if (hits.length >= enough) break;
    const name = `${conversation.join()} ${position}`;
    if (seen.has(name)) continue;
    seen.add(name);
    const row = member.book.get(conversation);
    const view = held ?? (row && (await views.message(row, { placed: true, at: position })));
    const hit = view && hitOf(query, wanted, view);
    if (hit !== undefined) hits.push(hit);
  }
  // Within a minute the index knows no order; the messages do.
  hits.sort((a, b) => (isRanked ? b.score - a.score : 0) || b.message.writtenAtMs - a.message.writtenAtMs);
  const page = hits.slice(skip, skip + limit).map(({ message, stretches }) => ({ message, stretches }));
  return { hits: page, more: hits.length > skip + limit };
}
