/*
 * What a person asks for by hand: everything that is missing in one conversation, from its members, now or with the
 * next link. It is on disk before the app is answered. The ladder goes on beside it and knows nothing of it.
 */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64 } from "../store/keys.ts";
import { count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import { holeShelf } from "./kept-rows.ts";
import { ladderShelf } from "./ladder-row.ts";
import { isAwaiting } from "./wanted.ts";

interface AskedRow {
  readonly atMs: number;
}

/** `asked`: by conversation id. */
const askedShelf: Shelf<AskedRow> = shelf("asked", row<AskedRow>(1, fields<AskedRow>({ atMs: count })));

/** Asks members of a conversation for a range; answers how many inboxes took the request. */
type Ask = (link: StationLink, chat: ConversationRow, from: number, to: number) => Promise<number>;

/** Requests of the person that did not leave yet. */
export class Asked {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #ask: Ask;

  constructor(member: Member, logs: LogShelf, ask: Ask) {
    this.#member = member;
    this.#logs = logs;
    this.#ask = ask;
  }

  /** Resolves when it is on disk. Again: the same request. */
  async queue(chat: ConversationRow): Promise<void> {
    const draft = new Draft();
    askedShelf.put(draft, chat.id, { atMs: this.#member.clock.nowMs() });
    await draft.commit(this.#member.store);
  }

  /** Lets everything leave that waits; what nobody's inbox takes waits for the next link. */
  async run(link: StationLink): Promise<void> {
    const { store, book } = this.#member;
    for (const { key } of await askedShelf.range(store, {})) {
      const chat = book.get(key);
      const range = chat && (await this.#range(chat));
      if (chat !== undefined && range !== undefined && (await this.#ask(link, chat, range.from, range.to)) === 0)
        continue;
      const draft = new Draft();
      askedShelf.remove(draft, key);
      await draft.commit(store);
    }
  }

  /** From the first entry that is missing to the last, none of them when only letters are; undefined when nothing is. */
  async #range(chat: ConversationRow): Promise<{ readonly from: number; readonly to: number } | undefined> {
    const { store } = this.#member;
    const { room } = chat;
    if (room === undefined) return undefined;
    const holes = await holeShelf.range(store, { prefix: room.log });
    const owed = await ladderShelf.get(store, chat.id);
    const have = (await this.#logs.load(room.log, room.hub.key)).range.size;
    const indexes = holes.map(({ key }) => lastU64(key));
    const isBehind = owed !== undefined && owed.to > have;
    if (indexes.length === 0 && !isBehind && !(await isAwaiting(this.#member, chat))) return undefined;
    const from = Math.min(have, ...indexes);
    const to = isBehind ? owed.to : Math.max(from, ...indexes.map((index) => index + 1));
    return { from, to };
  }
}
