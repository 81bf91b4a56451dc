/*
 * Reading branches: every page is held to what the branch's station signed, receipts of own letters among it. What a station takes back,
 * hides or forges of a branch is told as of any log (9-rule-r.md), and the room goes on by its own log.
 */
import { decodeSignedHead } from "@chapar/log";
import { idText } from "@chapar/wire";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import type { OfferedPage, PageFault } from "../sync/check-page.ts";
import { follow } from "../sync/follow.ts";
import { evidenceShelf } from "../sync/log-shelf.ts";
import { isLogFaultPassing } from "../sync/room-fault.ts";
import { type BranchPages, RoomPages } from "../sync/room-pages.ts";
import { leafShelf } from "../repair/kept-rows.ts";
import { pageFinding } from "../trust/page-finding.ts";
import { Probe } from "../trust/probe.ts";
import { knownStation } from "../trust/stations.ts";
import { BRANCH_INDEX } from "./branch-index.ts";
import type { BranchRow } from "./rows.ts";

/** How long a station may owe what it promised of a branch before that is told. */
const OWED_MS = 30_000;
/** Pages that may be refused before that is told, and how long until they are asked for again. */
const TRIES = 3;
const AGAIN_MS = 1_000;
const MOST_MS = 60_000;
const NEVER = new AbortController().signal;

/** The kind of a letter's entry (1-wire.md §5). */
const LETTER = 1;

/** Nothing but letters is read, and none that was read anywhere; they are known by their hashes until the room's log has them (J-7). */
const BRANCH: BranchPages = {
  read: (entry, known) =>
    known !== undefined || entry.bytes?.[1] !== LETTER ? undefined : { ...entry, index: entry.index + BRANCH_INDEX },
  keep(draft, log, entries, known) {
    for (const [at, { index, bytes, leafHash }] of entries.entries())
      if (known[at] === undefined && bytes?.[1] === LETTER)
        leafShelf.put(draft, leafHash, { log, index: index + BRANCH_INDEX });
  },
};

interface Promised {
  readonly row: ConversationRow;
  readonly branch: BranchRow;
  readonly head: Uint8Array;
  readonly size: number;
  readonly sinceMs: number;
}

/** Reads branches. */
export class BranchReader {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #pages: RoomPages;
  /** what stations promised of branches and have not given yet, by log */
  readonly #promised = new Map<string, Promised>();
  /** pages in a row that were not what their station signed, by log */
  readonly #refusals = new Map<string, number>();
  /** branches that were proved false: read no more */
  readonly #false = new Set<string>();

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#pages = new RoomPages(member, tools.logs);
  }

  /** Entries of a branch that were verified. */
  async size({ log, station }: BranchRow): Promise<number> {
    return (await this.#tools.logs.load(log, station.key)).range.size;
  }

  /** A signed head or receipt came: nothing later of this branch may be less, and what it promises is owed. */
  async promised(link: StationLink, row: ConversationRow, branch: BranchRow, head: Uint8Array): Promise<void> {
    await this.take(link, row, branch, { first: await this.size(branch), entries: [], head });
  }

  /** Takes a page, in the conversation's lane. */
  async take(link: StationLink, was: ConversationRow, branch: BranchRow, page: OfferedPage): Promise<void> {
    const { book, groups, failed } = this.#member;
    if (this.#false.has(idText(branch.log))) return;
    const room = { log: branch.log, hub: branch.station };
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      const group = await groups.load(was.id);
      // Of an epoch that is over: the room's log has what the hub took, and the rest is sealed anew (J-6).
      if (row === undefined || row.stopped || group?.epoch !== branch.epoch) return;
      try {
        const outcome = await this.#pages.read(row, room, page, { link, isRestored: false, branch: BRANCH });
        if (outcome.kind === "refused") return await this.#refused(row, branch, outcome.fault, link);
        if (outcome.kind === "taken") await this.#taken(row, branch, page.head, outcome);
      } catch (error) {
        groups.forget(was.id);
        failed(error);
      }
    });
    this.#member.events.ring();
    const row = book.get(was.id);
    if (row !== undefined) this.#tools.kick(row);
  }

  async #taken(
    row: ConversationRow,
    branch: BranchRow,
    head: Uint8Array,
    { size, promised }: { readonly size: number; readonly promised: number },
  ): Promise<void> {
    const { alerts, clock } = this.#member;
    const name = idText(branch.log);
    this.#refusals.delete(name);
    if (promised <= size) {
      this.#promised.delete(name);
      return alerts.healed(branch.station.key, branch.log);
    }
    const decoded = decodeSignedHead(head, { stationKey: branch.station.key, logId: branch.log });
    if (!decoded.ok || decoded.value.size < promised) return;
    const sinceMs = this.#promised.get(name)?.sinceMs ?? clock.nowMs();
    this.#promised.set(name, { row, branch, head, size: promised, sinceMs });
  }

  /** Tells what is owed for too long. */
  async look(link: StationLink): Promise<void> {
    const { clock, alerts } = this.#member;
    for (const { row, branch, head, size, sinceMs } of this.#promised.values()) {
      const have = await this.size(branch);
      if (have >= size || clock.nowMs() - sinceMs < OWED_MS || link.isEnded) continue;
      const { log, station } = branch;
      const of = { station: knownStation(this.#member, station), subject: log, log, conversation: row.id };
      await alerts.record({ ...of, code: "withheld", state: "asking", missing: size - have, sinceMs, kept: [head] });
    }
  }

  /** Has everything after what is held pushed again, later and later. */
  async #again(link: StationLink, branch: BranchRow, refusals: number): Promise<void> {
    const { clock, failed } = this.#member;
    await clock.sleep(Math.min(refusals * AGAIN_MS, MOST_MS), NEVER);
    if (link.isEnded) return;
    await follow(link, branch.log, await this.size(branch)).catch(failed);
  }

  async #refused(row: ConversationRow, branch: BranchRow, fault: PageFault, link: StationLink): Promise<void> {
    const { log, station } = branch;
    const name = idText(log);
    const refusals = (this.#refusals.get(name) ?? 0) + 1;
    this.#refusals.set(name, refusals);
    if (fault.proven) this.#false.add(name);
    else void this.#again(link, branch, refusals);
    // A page that crossed another one is asked for again first.
    if (isLogFaultPassing(fault.code) && !fault.proven && refusals < TRIES) return;
    const draft = new Draft();
    evidenceShelf.put(draft, log, fault.evidence);
    const of = {
      station: knownStation(this.#member, station),
      conversation: row.id,
      log,
      have: await this.size(branch),
    };
    await this.#member.alerts.note(draft, pageFinding(of, fault.evidence));
    // In its own time: it asks the station, and this runs in the conversation's lane.
    if (!fault.proven)
      void new Probe(this.#member, this.#tools.logs).page(link, row, { log, hub: station }).catch(this.#member.failed);
  }
}
