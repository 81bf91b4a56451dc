/*
 * What is kept for others goes after 30 days: acknowledged at the home when it was read, then deleted here. Runs when a link
 * opens and once a day while it is up.
 */
import { concatBytes } from "@chapar/wire/bytes";
import { lastU64, u64Key } from "../store/keys.ts";
import { chainsOf } from "../conversation/chain-rows.ts";
import { type ConversationRow, messageShelf, owedShelf, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import { epochContextShelf, keptShelf, leafShelf, letterShelf } from "./kept-rows.ts";
import { isInBranch } from "../island/branch-index.ts";
import { cutShelf } from "../island/rows.ts";
import type { Readers } from "./readers.ts";
import { KEPT_MS } from "./secrets.ts";

/** How often, while a link is up. */
export const KEEPING_EVERY_MS = 86_400_000;
/** Rows deleted in one transaction. */
const BATCH = 256;
/** Lines looked at for the index up to which a conversation was read. */
const LINES = 64;

/** Lets go of what is old. */
export class Keeping {
  readonly #member: Member;
  readonly #readers: Readers;

  constructor(member: Member, readers: Readers) {
    this.#member = member;
    this.#readers = readers;
  }

  async run(link: StationLink): Promise<void> {
    const { book, secrets, clock, store } = this.#member;
    for (const row of book.all()) {
      if (row.room === undefined) continue;
      await this.#readers.acknowledge(link, row.room, await this.#readTo(row));
      await this.#forget(row.room);
      await this.#forgetLetters(row);
      await this.#forgetContexts(row);
    }
    const draft = new Draft();
    secrets.retire(draft, clock.nowMs());
    await draft.commit(store);
  }

  /** Index below which everything was seen; lines stand in the order of the log. */
  async #readTo(row: ConversationRow): Promise<number> {
    const { store } = this.#member;
    const after = await messageShelf.range(store, { prefix: row.id, from: u64Key(row.readTo), limit: LINES });
    const unread = after.find(({ value }) => value.kind !== "person" && !value.mine && !isInBranch(value.index));
    if (unread !== undefined) return unread.value.index;
    const rows = row.room && (await keptShelf.range(store, { prefix: row.room.log, reverse: true, limit: 1 }));
    const last = rows?.at(0);
    return last === undefined ? 0 : lastU64(last.key) + 1;
  }

  async #forget({ log }: RoomRow): Promise<void> {
    const { store, clock, hasher } = this.#member;
    const oldestMs = clock.nowMs() - KEPT_MS;
    for (;;) {
      const rows = await keptShelf.range(store, { prefix: log, limit: BATCH });
      const old = rows.filter(({ value }) => value.atMs < oldestMs);
      if (old.length === 0) return;
      const draft = new Draft();
      for (const { key, value } of old) {
        keptShelf.remove(draft, key);
        leafShelf.remove(draft, hasher.leaf(value.entry));
      }
      await draft.commit(store);
      if (old.length < BATCH) return;
    }
  }

  async #forgetLetters(chat: ConversationRow): Promise<void> {
    const { id } = chat;
    const { store, clock, device } = this.#member;
    const oldestMs = clock.nowMs() - KEPT_MS;
    const chains = await chainsOf(store, chat);
    // What no hub has taken may have to be sealed anew, and to be known again (J-6).
    const isCut = chat.room !== undefined && (await cutShelf.get(store, chat.room.hub.key)) !== undefined;
    const isBranched = isCut || (await owedShelf.range(store, { prefix: id, limit: 1 })).length > 0;
    for (const whose of [device.credential.device, ...chains.map((chain) => chain.device)]) {
      for (let isMore = true; isMore;) {
        const rows = await letterShelf.range(store, { prefix: concatBytes(id, whose), limit: BATCH });
        const old = rows.filter(({ value }) => value.atMs < oldestMs && !(isBranched && isInBranch(value.index)));
        const draft = new Draft();
        for (const { key } of old) letterShelf.remove(draft, key);
        await draft.commit(store);
        isMore = old.length === BATCH;
      }
    }
  }

  /** What an epoch's signatures cover goes when letters of a later epoch are old themselves. */
  async #forgetContexts({ id }: ConversationRow): Promise<void> {
    const { store, clock } = this.#member;
    const rows = await epochContextShelf.range(store, { prefix: id });
    const newest = rows.findLast(({ value }) => value.atMs < clock.nowMs() - KEPT_MS);
    const draft = new Draft();
    for (const one of rows) {
      if (one === newest || newest === undefined) break;
      epochContextShelf.remove(draft, one.key);
    }
    await draft.commit(store);
  }
}
