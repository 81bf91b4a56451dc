/*
 * Going on in a log whose station was restored from an older copy and says so (protocol/16-operations.md O-30). Both histories agree up to a place; from there on the
 * log is read as the station has it now, and own letters that it does not hold any more leave again. Whoever has them drops them.
 */
import { decodeReceipt, type HeldHead } from "@chapar/log";
import { decodeEntry, idText, isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeLetter } from "@chapar/wire/content";
import { type ConversationRow, isForked, outboxShelf, receiptShelf, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { lettersFrom, resentRow } from "../moving/resending.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { evidenceShelf } from "../sync/log-shelf.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import type { AlertRow } from "../trust/alert-row.ts";
import { Judging } from "../trust/judging.ts";
import { CHANNELS_PART } from "../channels/part-name.ts";
import { Agreeing } from "./agreeing.ts";
import { keptShelf, leafShelf } from "./kept-rows.ts";
import { RESTORED_PART } from "./part-name.ts";

class RestoredPart implements SessionPart {
  readonly name = RESTORED_PART;
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #judging: Judging;
  readonly #agreeing: Agreeing;
  #isLinked = false;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#judging = new Judging(member, () => undefined);
    this.#agreeing = new Agreeing(member);
  }

  begin(): void {
    this.#isLinked = true;
    this.wake();
  }

  end(): void {
    this.#isLinked = false;
  }

  /** Something was told about a log, or one was found forked. */
  wake(): void {
    if (!this.#isLinked) return;
    for (const row of this.#member.book.all()) {
      if (!this.#isTold(row)) continue;
      const goOn = async (link: StationLink): Promise<void> =>
        row.kind === "channel" ? this.#board(link, row.id) : this.#goOn(link, row.id);
      this.#tools.run(`restored ${idText(row.id)}`, goOn);
    }
  }

  /** Whether a conversation stopped reading its log, or its person was told that its station was restored. */
  #isTold(row: ConversationRow): boolean {
    const { room } = row;
    if (room === undefined || !this.#tools.access.isHub(room)) return false;
    if (isForked(row) || this.#about(room).some(({ code }) => code === "restored")) return true;
    // A board whose period was lost is given to nobody who is in it: nothing is told about it but that its hub was restored.
    const isOfHub = ({ code, station }: AlertRow): boolean =>
      code === "restored" && equalBytes(station.ref.key, room.hub.key);
    return row.kind === "channel" && this.#member.alerts.shown().some(isOfHub);
  }

  #about({ log }: RoomRow): readonly AlertRow[] {
    const { alerts } = this.#member;
    return [...alerts.unjudged(), ...alerts.shown()].filter((one) => one.log !== undefined && equalBytes(one.log, log));
  }

  async #goOn(link: StationLink, id: Uint8Array): Promise<void> {
    const row = this.#member.book.get(id);
    if (row?.room === undefined) return;
    const { room } = row;
    try {
      const toMs = await this.#restoredAt(link, room);
      const agreed = toMs === undefined ? undefined : await this.#agreed(link, row, room);
      if (toMs === undefined || agreed === undefined) return;
      if (!(await this.#adopt(row, room, agreed, toMs))) return;
    } catch (error) {
      // A log that is not there at all, or not for us: it stays as it is.
      if (isWireError(error) && error.code !== "wire/link-ended") return this.#member.failed(error);
      throw error;
    }
    const now = this.#member.book.get(id) ?? row;
    this.#tools.joined(now);
    this.#tools.kick(now);
  }

  /** As `#goOn`, of a channel. */
  async #board(link: StationLink, id: ConversationRow["id"]): Promise<void> {
    const { goOnWithBoard } = await import("../channels/restored-board.ts");
    const restoredAt = async (room: RoomRow): Promise<number | undefined> => this.#restoredAt(link, room);
    if (await goOnWithBoard(this.#member, this.#tools, link, { id, restoredAt, agreeing: this.#agreeing }))
      this.#tools.wake(CHANNELS_PART);
  }

  /** When the station was restored, if that excuses all that is known against it in this log. */
  async #restoredAt(link: StationLink, room: RoomRow): Promise<number | undefined> {
    if (this.#about(room).some(({ judged, shape }) => !judged || shape !== undefined)) return undefined;
    const newest = (await this.#tools.logs.load(room.log, room.hub.key)).heads.at(-1)?.batch.timeMs ?? 0;
    const incidents = await this.#judging.incidents(link, room.hub);
    return incidents.findLast(({ what, fromMs, toMs }) => what === "restored" && fromMs <= newest && newest <= toMs)
      ?.toMs;
  }

  /** Verifies the log from its beginning as far as its entries are those that were read before. */
  async #agreed(link: StationLink, row: ConversationRow, room: RoomRow): Promise<HeldHead | undefined> {
    const { store, groups } = this.#member;
    const { log, hub } = room;
    const group = await groups.load(row.id);
    if (group === undefined) return undefined;
    const shown = await this.#tools.access.head(link, room, group);
    const before = await this.#tools.logs.load(log, hub.key);
    const size = this.#tools.access.shown(room, shown)?.size ?? 0;
    if (!isForked(row) && size >= before.range.size) return undefined;
    const [oldest] = await keptShelf.range(store, { prefix: log, limit: 1 });
    const keptFrom = oldest === undefined ? before.range.size : lastU64(oldest.key);
    return this.#agreeing.upTo(link, { room, shown, before, keptFrom });
  }

  /** The log counts as read up to where both histories agree, and what stood behind it leaves again. @returns whether it could be so */
  async #adopt(was: ConversationRow, room: RoomRow, held: HeldHead, toMs: number): Promise<boolean> {
    const { book, store, hasher, groups } = this.#member;
    const { size } = held.range;
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      const epoch = (await groups.load(was.id))?.epoch;
      if (row === undefined || !equalBytes(row.room?.log ?? row.id, room.log)) return false;
      if (!isForked(row) && row.stopped) return false;
      const draft = new Draft();
      for (const { key, value } of await keptShelf.range(store, { prefix: room.log, from: u64Key(size) })) {
        const entry = decodeEntry(value.entry);
        // The hub stands in an epoch that nobody here is in any more: members go on without the log.
        if (entry.ok && entry.value.kind === "commit" && entry.value.epoch < (epoch ?? 0)) return false;
        keptShelf.remove(draft, key);
        leafShelf.remove(draft, hasher.leaf(value.entry));
      }
      for (const { key, value } of await unsettledShelf.range(store, { prefix: room.log, from: u64Key(size) })) {
        const receipt = decodeReceipt(value.claim);
        if (!receipt.ok || receipt.value.batch.timeMs <= toMs) unsettledShelf.remove(draft, key);
      }
      evidenceShelf.remove(draft, room.log);
      this.#tools.logs.put(draft, room.log, held);
      const outNext = await this.#resend(draft, row, size, toMs);
      const open = row.stopped ? ({ state: "open", fault: undefined, stopped: false } as const) : {};
      book.put(draft, { ...row, ...open, outNext });
      await draft.commit(store);
      return true;
    });
  }

  /** Own letters whose receipts the log does not hold any more. @returns the next place in the outbox */
  async #resend(draft: Draft, row: ConversationRow, size: number, toMs: number): Promise<number> {
    const { store } = this.#member;
    let next = row.outNext;
    for (const { letter } of (await lettersFrom(this.#member, row, size)).toReversed()) {
      const decoded = decodeLetter(letter);
      if (!decoded.ok) continue;
      const out = resentRow(this.#member, row, letter, decoded.value.content);
      const held = await receiptShelf.get(store, out.id);
      const receipt = held && decodeReceipt(held.receipt);
      if (receipt?.ok === true && receipt.value.batch.timeMs > toMs) continue;
      outboxShelf.put(draft, concatKey(row.id, next), out);
      next += 1;
    }
    return next;
  }
}

/** The session part that goes on after restorations. */
export function restoredPart(member: Member, tools: SessionTools): SessionPart {
  return new RestoredPart(member, tools);
}
