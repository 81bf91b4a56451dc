/*
 * From the outbox to bytes that may leave (flow 3): ciphertext, advanced ratchet and outbox row in one transaction (F-6).
 * Whatever was sealed before and not yet answered leaves again as it is; a new sealing waits until every letter of an
 * earlier epoch has its answer, so that no letter can be accepted twice.
 */
import type { MlsGroup } from "@chapar/e2e";
import { encodeEntry } from "@chapar/wire";
import { encodeLetter, letterHash } from "@chapar/wire/content";
import { type ConversationRow, outboxShelf, type OutboxRow, type RoomRow, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";

/** Letters of one conversation that may be under way. */
const WINDOW = 64;
/** Letters sealed in one transaction. */
const BATCH = 32;
/** Outbox rows read at once. */
const PAGE = 4 * WINDOW;

/** An entry that is to be appended. */
export interface Leaving {
  readonly sequence: number;
  readonly entry: Uint8Array;
}

/** What the outbox wants done next. */
export type Plan =
  | { readonly kind: "append"; readonly group: MlsGroup; readonly leaving: readonly Leaving[] }
  | { readonly kind: "nothing" };

interface OutboxItem {
  readonly sequence: number;
  readonly out: OutboxRow;
}

/** Seals letters of the outbox. */
export class Sealing {
  readonly #member: Member;
  readonly #logs: LogShelf;

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /**
   * What may leave now; runs in the conversation's lane.
   *
   * @param underWay  sequences that were handed to the link and have no answer yet
   */
  async plan(row: ConversationRow, room: RoomRow, underWay: ReadonlySet<number>): Promise<Plan> {
    const group = await this.#member.groups.load(row.id);
    const free = WINDOW - underWay.size;
    if (group === undefined || free <= 0) return { kind: "nothing" };
    const open = await this.#open(row);
    const idle = open.filter(({ sequence }) => !underWay.has(sequence)).slice(0, free);
    const isLate = ({ out }: OutboxItem): boolean => out.sealed !== undefined && out.sealed.epoch !== group.epoch;
    if (open.some(isLate)) return { kind: "append", group, leaving: leavingOf(idle.filter(isLate)) };
    const again = leavingOf(idle);
    // Sealed before and not under way: of an earlier link. They leave first, and in order.
    if (again.length > 0) return { kind: "append", group, leaving: again };
    const fresh = idle.slice(0, BATCH);
    return fresh.length === 0 ? { kind: "nothing" } : this.#seal(row, room, group, fresh);
  }

  /**
   * The first rows that may leave: without a receipt, and with all their files at the home (F-90). Those that have a receipt wait to be
   * seen in the log, and a log that went back behind what was read may keep any number of them waiting. Cost: linear in these.
   */
  async #open(row: ConversationRow): Promise<readonly OutboxItem[]> {
    for (let from = 0; ;) {
      const rows = await outboxShelf.range(this.#member.store, { prefix: row.id, from: u64Key(from), limit: PAGE });
      const items = rows.map(({ key, value }) => ({ sequence: lastU64(key), out: value }));
      const open = items.filter(({ out }) => !out.receipted && out.blobs.length === 0);
      const last = items.at(-1);
      if (last === undefined || open.length > 0 || rows.length < PAGE) return open;
      from = last.sequence + 1;
    }
  }

  async #seal(row: ConversationRow, room: RoomRow, start: MlsGroup, items: readonly OutboxItem[]): Promise<Plan> {
    const { mls, groups, hasher, book, store } = this.#member;
    const draft = new Draft();
    const leaving: Leaving[] = [];
    let group = start;
    let chained = row;
    for (const { sequence, out } of items) {
      const letter = out.letter ?? (await this.#letter(chained, room, out));
      if (out.letter === undefined) {
        const ownPrevious = letterHash(letter, this.#member.sha256);
        chained = { ...chained, ownSequence: chained.ownSequence + 1, ownPrevious };
      }
      const { epoch } = group;
      const step = await mls.seal(group, letter);
      group = step.group;
      groups.advance(draft, row.id, group, step.writes);
      const entry = encodeEntry({ kind: "message", epoch, frame: step.frame });
      outboxShelf.put(draft, concatKey(row.id, sequence), { ...out, letter, sealed: { epoch, entry } });
      sentShelf.put(draft, hasher.leaf(entry), { conversation: row.id, what: "message", sequence });
      leaving.push({ sequence, entry });
      if (out.visible) draft.after(() => this.#member.events.changed(row.id, out.id));
    }
    book.put(draft, chained);
    await draft.commit(store);
    return { kind: "append", group, leaving };
  }

  async #letter(row: ConversationRow, room: RoomRow, out: OutboxRow): Promise<Uint8Array> {
    const { range } = await this.#logs.load(room.log, room.hub.key);
    return encodeLetter({
      conversation: row.id,
      seq: row.ownSequence,
      prev: row.ownPrevious,
      frontier: { size: range.size, root: range.root() },
      content: out.content,
    });
  }
}

function leavingOf(items: readonly OutboxItem[]): Leaving[] {
  return items.flatMap(({ sequence, out }) =>
    out.sealed === undefined ? [] : [{ sequence, entry: out.sealed.entry }],
  );
}
