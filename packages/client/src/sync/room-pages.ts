/*
 * Taking a page of a room, whoever hands it over: checked against the log's station, read into lines and ratchets, and kept for
 * whoever a station withholds it from, in one transaction with the cursor (F-7).
 */
import { encodeStatement, FULL_FORM } from "@chapar/log";
import { decodeEntry, type LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, isRefused, type RoomRow, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { noteAwaited } from "../groups/awaiting-key.ts";
import { keptShelf, type LeafRow, leafShelf } from "../repair/kept-rows.ts";
import { isInBranch } from "../island/branch-index.ts";
import type { Twice } from "../trust/probe.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { checkPage, type LogEntry, type OfferedPage, type PageFault } from "./check-page.ts";
import type { LogShelf } from "./log-shelf.ts";
import { RoomStep } from "./room-step.ts";

const NOTHING = new Uint8Array(0);

/** Who hands a page over. */
export interface PageSource {
  /** where a consistency proof is asked for */
  readonly link: StationLink | undefined;
  /** a member gave it, not a station */
  readonly isRestored: boolean;
  /** it is of a branch, beside the room's log (J-7) */
  readonly branch?: BranchPages;
}

/** What becomes of the entries of a branch. */
export interface BranchPages {
  /** the entry as it is read; undefined: it is passed over */
  readonly read: (entry: LogEntry, known: LeafRow | undefined) => LogEntry | undefined;
  readonly keep: (
    draft: Draft,
    log: LogId,
    entries: readonly LogEntry[],
    known: readonly (LeafRow | undefined)[],
  ) => void;
}

/** What came of a page. */
export type PageOutcome =
  | {
      readonly kind: "taken";
      readonly row: ConversationRow;
      readonly size: number;
      /** entries that were new */
      readonly entries: number;
      /** size of the newest head: a promise of entries */
      readonly promised: number;
      readonly hasNewEpoch: boolean;
      /** the keys by which the room was opened for reading have ended */
      readonly revokes: boolean;
      /** a letter told of one that is missing */
      readonly awaits: boolean;
      /** an entry that stands at two places */
      readonly twice: Twice | undefined;
    }
  | { readonly kind: "refused"; readonly fault: PageFault }
  /** a body is missing that the group cannot go on without: a commit */
  | { readonly kind: "stuck" }
  | AwaitingOutcome
  | { readonly kind: "nothing" };

/** The weekly key of a commit is not here (F-118). */
export interface AwaitingOutcome {
  readonly kind: "awaits";
  readonly row: ConversationRow;
  /** what came of the entries before it */
  readonly before: PageOutcome;
}

/** Reads pages of rooms. */
export class RoomPages {
  readonly #member: Member;
  readonly #logs: LogShelf;

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /** Runs in the conversation's lane. @throws failures of this device, after which nothing was written */
  async read(row: ConversationRow, room: RoomRow, page: OfferedPage, source: PageSource): Promise<PageOutcome> {
    const { book, groups, store, clock, hasher, verify } = this.#member;
    const held = await this.#logs.load(room.log, room.hub.key);
    const group = await groups.load(row.id);
    if (group === undefined) return { kind: "nothing" };
    const checked = await checkPage(held, page, {
      hasher,
      verify,
      nowMs: clock.nowMs(),
      consistency: async (from, to) => consistency(source.link, room, from, to),
    });
    if (!checked.ok) return { kind: "refused", fault: checked.fault };
    if (hidesCommit(checked.entries, group.epoch, row.joinedEpoch)) return { kind: "stuck" };
    const draft = new Draft();
    const step = new RoomStep(this.#member, draft, row, { group, room, isRestored: source.isRestored });
    const { branch } = source;
    const known = await Promise.all(checked.entries.map(({ leafHash }) => leafShelf.get(store, leafHash)));
    for (const [at, entry] of checked.entries.entries()) {
      const before = known[at];
      if (branch !== undefined) {
        const read = branch.read(entry, before);
        if (read !== undefined) await step.take(read);
      } else if (before === undefined || !isInBranch(before.index) || (await sentShelf.get(store, entry.leafHash)))
        await step.take(entry);
    }
    if (step.awaited !== undefined) return this.#upTo(step.awaited, row, room, page, source);
    this.#logs.put(draft, room.log, checked.held);
    const { size } = checked.held.range;
    const head = checked.held.heads.find((one) => one.size === size);
    const twice = twiceOf(room, checked.entries, known);
    if (branch !== undefined) branch.keep(draft, room.log, checked.entries, known);
    else this.#keep(draft, room, checked.entries, head && { size, bytes: encodeStatement(head, FULL_FORM) });
    book.put(draft, healed(step.row));
    await draft.commit(store);
    return {
      kind: "taken",
      row: step.row,
      size,
      entries: checked.entries.length,
      promised: checked.held.heads.at(-1)?.size ?? 0,
      hasNewEpoch: step.hasReturned || step.group.epoch !== group.epoch,
      revokes: step.revokes,
      awaits: step.awaits,
      twice,
    };
  }

  /** Nothing of the page was written: what stands before a commit is read by itself, and the room stands there. */
  async #upTo(
    { index, leafHash }: LogEntry,
    was: ConversationRow,
    room: RoomRow,
    page: OfferedPage,
    source: PageSource,
  ): Promise<PageOutcome> {
    const { book, groups } = this.#member;
    groups.forget(was.id);
    const row = book.get(was.id);
    const held = (await this.#logs.load(room.log, room.hub.key)).range.size;
    const entries = page.entries.slice(0, index - page.first);
    const isMore = row !== undefined && index > held;
    const before = isMore ? await this.read(row, room, { ...page, entries }, source) : ({ kind: "nothing" } as const);
    await noteAwaited(this.#member, was.id, leafHash);
    return { kind: "awaits", row: was, before };
  }

  #keep(
    draft: Draft,
    { log }: RoomRow,
    entries: readonly LogEntry[],
    head: { readonly size: number; readonly bytes: Uint8Array } | undefined,
  ): void {
    const atMs = this.#member.clock.nowMs();
    for (const { index, bytes, leafHash } of entries) {
      if (bytes === undefined) continue;
      const kept = { entry: bytes.slice(), head: head?.size === index + 1 ? head.bytes : NOTHING, atMs };
      keptShelf.put(draft, concatKey(log, index), kept);
      leafShelf.put(draft, leafHash, { log, index });
    }
  }
}

/** The first entry that stands somewhere else in the log as well (W-32). */
function twiceOf(
  { log }: RoomRow,
  entries: readonly LogEntry[],
  known: readonly (LeafRow | undefined)[],
): Twice | undefined {
  for (const [at, { index, leafHash }] of entries.entries()) {
    const before = entries.slice(0, at).find((one) => equalBytes(one.leafHash, leafHash));
    const other = known[at] ?? (before && { log, index: before.index });
    if (other === undefined || !equalBytes(other.log, log) || other.index === index) continue;
    return { leafHash, indexes: [other.index, index] };
  }
  return undefined;
}

/** Asks for the consistency proof between two sizes of a room's log; nothing without a link. @throws WireError */
export async function consistency(
  link: StationLink | undefined,
  { log }: RoomRow,
  from: number,
  to: number,
): Promise<readonly Uint8Array[]> {
  if (link === undefined) return [];
  return (await link.ask({ type: "log.consistency", log, from, to }, "log.hashes")).hashes;
}

function healed(row: ConversationRow): ConversationRow {
  return row.state === "fault" && !row.stopped && !isRefused(row) ? { ...row, state: "open", fault: undefined } : row;
}

/** Whether an entry after a missing one is of an epoch that only a missing commit can have begun. */
function hidesCommit(entries: readonly LogEntry[], groupEpoch: number, joinedEpoch: number): boolean {
  let epoch = groupEpoch;
  let isPast = false;
  for (const { bytes } of entries) {
    if (bytes === undefined) {
      isPast = true;
      continue;
    }
    const entry = decodeEntry(bytes);
    if (!entry.ok || (entry.value.kind !== "message" && entry.value.kind !== "commit")) continue;
    if (isPast && entry.value.epoch > epoch && entry.value.epoch >= joinedEpoch) return true;
    if (entry.value.kind === "commit" && entry.value.epoch === epoch) epoch += 1;
  }
  return false;
}
