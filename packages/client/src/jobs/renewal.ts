/*
 * Renewing this device's leaf by an empty commit (RFC 9420 §12.1.2 by path): after joining, so that the key package it was
 * taken in with, which a station may have given twice, decides nothing any more.
 *
 * The commit is pending on disk before it leaves and takes effect where the log has it (F-4): everything before it is of
 * the old epoch and must still be readable. Whoever loses the race reads the winner first, waits (pace.ts) and tries again.
 */
import { idText, isWireError } from "@chapar/wire";
import { commitEntry } from "../conversation/commit-entry.ts";
import { type ConversationRow, isRefused, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { checkReceipt } from "./check-receipt.ts";

/** What renewing is done with. */
type RenewalTools = Pick<SessionTools, "run" | "kick" | "access" | "pace">;

/** Commits of this device that only renew it. */
export class Renewal {
  readonly #member: Member;
  readonly #tools: RenewalTools;
  /** conversations whose renewal the hub took and that are not read that far */
  readonly #underWay = new Set<string>();

  constructor(member: Member, tools: RenewalTools) {
    this.#member = member;
    this.#tools = tools;
  }

  /** A link is ready. */
  begin(): void {
    this.#underWay.clear();
  }

  /** Whether a renewal is under way, during which nothing is sealed. */
  isHeld(row: ConversationRow): boolean {
    return this.#underWay.has(idText(row.id));
  }

  /** A room was read further. */
  moved(row: ConversationRow, epoch: boolean): void {
    if (!row.renew) this.#underWay.delete(idText(row.id));
    else if (row.state === "open" && (epoch || !this.isHeld(row))) this.#renew(row);
  }

  #renew(row: ConversationRow): void {
    const name = idText(row.id);
    const { run, kick, pace } = this.#tools;
    if (!pace.isReady(row.id, "renewal", () => this.#renew(row))) return;
    run(`renew ${name}`, async (link) => {
      this.#underWay.add(name);
      let isTaken = false;
      try {
        isTaken = await this.#advance(link, row);
      } finally {
        const now = this.#member.book.get(row.id);
        if (!isTaken || now?.renew !== true) {
          this.#underWay.delete(name);
          if (now !== undefined) kick(now);
        }
      }
    });
  }

  /**
   * Makes the commit if there is none, and hands it over.
   *
   * @returns true when the hub took it: it merges when the room is read that far; false when another came first
   */
  async #advance(link: StationLink, was: ConversationRow): Promise<boolean> {
    const { book, groups, mls, hasher, store } = this.#member;
    const made = await book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      const group = await groups.load(was.id);
      if (row?.room === undefined || group === undefined || !row.renew || row.stopped || isRefused(row))
        return undefined;
      const held = await groups.pending(was.id);
      const pending = held ?? (await mls.commit(group, { add: [], remove: [] }));
      const entry = await commitEntry(this.#member, group, pending);
      if (held === undefined) {
        const draft = new Draft();
        groups.advance(draft, was.id, group, pending.writes);
        sentShelf.put(draft, hasher.leaf(entry), { conversation: was.id, what: "commit", sequence: 0 });
        await draft.commit(store);
      }
      return { row, room: row.room, group, entry };
    });
    if (made === undefined) return false;
    const { row, room, group, entry } = made;
    try {
      await this.#tools.access.openWrite(link, row, room, group);
      const answer = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: room.hub.key, log: room.log, entry });
      this.#tools.pace.won(row.id);
      return true;
    } catch (error) {
      if (!isWireError(error, "station/lost-race") && !isWireError(error, "station/stale-epoch")) throw error;
      this.#tools.pace.lost(row.id);
      return false;
    }
  }
}
