/*
 * Reading rooms (flow 4): follow each at the home from where it is verified, check every page, and take its entries in the
 * conversation's lane. A room that faults stops alone.
 */
import { idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { backoffMs, type Rng } from "@chapar/carrier";
import { type ConversationRow, isRefused, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { holeShelf } from "../repair/kept-rows.ts";
import { Manifests } from "../repair/manifests.ts";
import type { Readers } from "../repair/readers.ts";
import type { OfferedPage, PageFault } from "./check-page.ts";
import { follow } from "./follow.ts";
import type { LogShelf } from "./log-shelf.ts";
import type { RoomAccess } from "./room-access.ts";
import { isLogFaultPassing, isUnknownLog, mark, noteFault } from "./room-fault.ts";
import {
  FAILURES_BEFORE_FAULT,
  type Following,
  isOver,
  type RoomListener,
  type RoomParts,
  TOMBSTONE_TRIES,
} from "./room-ports.ts";
import { type AwaitingOutcome, type PageOutcome, RoomPages, type PageSource } from "./room-pages.ts";

/** Follows every room of this device over one link at a time. */
export class Rooms {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #access: RoomAccess;
  readonly #readers: Readers;
  readonly #pages: RoomPages;
  readonly #manifests: Manifests;
  readonly #listener: RoomListener;
  readonly #rng: Rng;
  #following = new Map<string, Following>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(member: Member, logs: LogShelf, parts: RoomParts, listener: RoomListener, rng: Rng) {
    this.#member = member;
    this.#pages = new RoomPages(member, logs);
    this.#manifests = new Manifests(member, parts.readers);
    this.#readers = parts.readers;
    this.#logs = logs;
    this.#access = parts.access;
    this.#listener = listener;
    this.#rng = rng;
  }

  /** A link is ready: follow everything that can be followed. */
  begin(link: StationLink): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#following = new Map();
    for (const row of this.#member.book.all()) this.follow(row);
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    this.#following = new Map();
  }

  /** Begins to follow a room on the link in use, if there is one. */
  follow(row: ConversationRow): void {
    const link = this.#link;
    const name = idText(row.id);
    if (link === undefined || row.room === undefined || isOver(row)) return;
    if (this.#following.has(name)) return;
    const state: Following = { targetSize: undefined, size: 0, failures: 0, pages: 0, waiting: false };
    this.#following.set(name, state);
    void this.#open(link, row, row.room, state);
  }

  /** A room that is new, or that this device is in anew: whatever was under way in it is over. */
  rejoin(row: ConversationRow): void {
    this.#following.delete(idText(row.id));
    this.follow(row);
  }

  /** Whether everything the home had when its rooms were opened is read, or cannot be read now. */
  get isCaughtUp(): boolean {
    if (this.#link === undefined) return false;
    return this.#member.book.all().every((row) => {
      if (row.room === undefined || isOver(row)) return true;
      const state = this.#following.get(idText(row.id));
      return state?.targetSize !== undefined && state.pages === 0 && state.size >= state.targetSize;
    });
  }

  async #open(link: StationLink, row: ConversationRow, room: RoomRow, state: Following): Promise<void> {
    const { book, groups } = this.#member;
    try {
      const { group, range } = await book.lane(row.id).run(async () => ({
        group: await groups.load(row.id),
        range: (await this.#logs.load(room.log, room.hub.key)).range,
      }));
      const { size } = range;
      if (group === undefined) return;
      if (book.get(row.id)?.mirrored === false) {
        await this.#access.mirror(link, room, group);
        await mark(this.#member, row, { mirrored: true });
      }
      state.size = Math.max(state.size, size);
      const head = await this.#access.head(link, room, group);
      const shown = this.#access.shown(room, head);
      const targetSize = shown?.size ?? 0;
      const isOther = shown !== undefined && size > 0 && shown.size === size && !equalBytes(shown.root, range.root());
      if (targetSize < size || isOther) return this.#another(link, row, room, head, state);
      const registered = this.#readers.register(link, room, size);
      const [, gone] = await Promise.all([registered, follow(link, room.log, size)]);
      if (gone > 0) return await this.#openPast(link, row, room, { first: size, count: gone }, state);
      state.targetSize = targetSize;
      this.#member.events.ring();
      this.#listener.moved(row, { epoch: true });
      await this.#shutOut(link, row, state);
    } catch (error) {
      if (isUnknownLog(error))
        await mark(this.#member, row, { mirrored: false }).catch((cause: unknown) => this.#member.failed(cause));
      this.#member.failed(error);
      void this.#again(link, row, state);
    }
  }

  /** A refused commit may have ended the keys of everybody here: until the room is led back (F-72) it is asked for. */
  async #shutOut(link: StationLink, row: ConversationRow, state: Following): Promise<void> {
    const now = this.#member.book.get(row.id);
    if (now?.mirrored !== true || !isRefused(now) || !now.shutOut) return;
    await mark(this.#member, row, { mirrored: false });
    void this.#again(link, row, state);
  }

  /** The next body is gone (E-17): the room is read past it, and followed from there. */
  async #openPast(
    link: StationLink,
    row: ConversationRow,
    room: RoomRow,
    gap: Pick<Gap, "first" | "count">,
    state: Following,
  ): Promise<void> {
    await this.#step(link, row, state, () => this.#pass(link, row, room, gap, state));
    const isPast = (await this.#logs.load(room.log, room.hub.key)).range.size > gap.first;
    const now = this.#member.book.get(row.id);
    if (isPast && !state.waiting && now?.stopped === false && this.#link === link) {
      return this.#open(link, now, room, state);
    }
    void this.#again(link, row, state);
  }

  /**
   * The home shows less of the log than before, or another one of the same size. A later head that is smaller is a proof by itself,
   * and so is another root; an older head proves nothing, but what leaves now gets a receipt for an index that is taken, or goes
   * where it should.
   */
  #another(link: StationLink, row: ConversationRow, room: RoomRow, head: Uint8Array, state: Following): void {
    const page = { first: state.size, entries: [], head };
    void this.#step(link, row, state, async () => {
      await this.#take(link, row, room, page, state);
      state.targetSize ??= state.size;
      this.#listener.moved(this.#member.book.get(row.id) ?? row, { epoch: true });
      void this.#again(link, row, state);
    });
  }

  /** Two histories of a room's log were shown to be its station's: it is read no more (F-21). @returns the conversation */
  async forked(row: ConversationRow): Promise<ConversationRow> {
    await mark(this.#member, row, { state: "fault", fault: "log/forked", stopped: true });
    return this.#member.book.get(row.id) ?? row;
  }

  /** Opens the room once more after a while, as long as the link lives. */
  async #again(link: StationLink, row: ConversationRow, state: Following): Promise<void> {
    if (state.waiting || this.#link !== link) return;
    state.waiting = true;
    state.failures += 1;
    try {
      await this.#member.clock.sleep(backoffMs(state.failures, this.#rng), this.#life.signal);
    } catch {
      // The link is over; the next one opens every room.
      return;
    } finally {
      state.waiting = false;
    }
    const now = this.#member.book.get(row.id);
    if (this.#link === link && now?.room !== undefined && !isOver(now)) await this.#open(link, now, now.room, state);
  }

  /** Takes a push of a room; false when the log is none of ours. */
  push(link: StationLink, push: Push): boolean {
    const row = this.#member.book.ofLog(push.log);
    if (row?.room === undefined || row.kind === "channel") return false;
    const { room } = row;
    const state = this.#following.get(idText(row.id));
    if (state === undefined || this.#link !== link || !equalBytes(room.log, push.log)) return true;
    void this.#step(link, row, state, () => this.#take(link, row, room, push, state));
    return true;
  }

  async #step(link: StationLink, row: ConversationRow, state: Following, step: () => Promise<void>): Promise<void> {
    state.pages += 1;
    try {
      await this.#member.book.lane(row.id).run(step);
    } catch (error) {
      // Nothing of the page was written: what is in memory of the group may be ahead of the disk.
      this.#member.groups.forget(row.id);
      this.#member.failed(error);
      void this.#again(link, row, state);
    } finally {
      state.pages -= 1;
      this.#member.events.ring();
    }
  }

  async #take(
    link: StationLink,
    was: ConversationRow,
    room: RoomRow,
    page: OfferedPage,
    state: Following,
  ): Promise<void> {
    const row = this.#member.book.get(was.id);
    // What comes between a refused page and the new `log.follow` would only seem to leave a gap.
    if (row === undefined || isOver(row) || state.waiting || this.#link !== link) return;
    const outcome = await this.#pages.read(row, room, page, { link, isRestored: false });
    if (outcome.kind === "refused") return this.#fault(link, row, room, outcome.fault, state);
    if (outcome.kind === "stuck") {
      this.#listener.owed(row, state.targetSize ?? 0);
      this.#listener.stuck(row);
      return void this.#again(link, row, state);
    }
    if (outcome.kind === "taken") await this.#taken(link, room, outcome, state);
    if (outcome.kind === "awaits") await this.#awaits(link, room, outcome, state);
  }

  /** The key of the next commit is not here (F-118): it is looked at again, and at once when the key has come. */
  async #awaits(link: StationLink, room: RoomRow, { row, before }: AwaitingOutcome, state: Following): Promise<void> {
    if (before.kind === "taken") await this.#taken(link, room, before, state);
    state.targetSize = state.size;
    this.#listener.moved(this.#member.book.get(row.id) ?? row, { epoch: false });
    void this.#again(link, row, state);
  }

  async #taken(
    link: StationLink,
    room: RoomRow,
    taken: Extract<PageOutcome, { readonly kind: "taken" }>,
    state: Following,
  ): Promise<void> {
    if (taken.size >= taken.promised) await this.#heal(room);
    await this.#compare(taken.row, room);
    state.size = taken.size;
    // A head beyond the entries is a promise of entries: whoever signed it is asked for them.
    state.targetSize = Math.max(state.targetSize ?? 0, taken.promised);
    if (taken.promised > state.size && taken.entries === 0) {
      if (state.failures >= FAILURES_BEFORE_FAULT) this.#listener.owed(taken.row, taken.promised);
      void this.#again(link, taken.row, state);
    } else state.failures = 0;
    if (taken.row.room !== undefined && !equalBytes(taken.row.room.log, room.log)) {
      // The room goes on in another log, at another hub.
      this.#listener.moved(taken.row, { epoch: true });
      return this.rejoin(taken.row);
    }
    if (taken.twice !== undefined) this.#listener.twice(taken.row, taken.twice);
    if (taken.awaits) this.#listener.awaited(taken.row);
    this.#listener.moved(taken.row, { epoch: taken.hasNewEpoch });
    if (taken.revokes && taken.row.state !== "closed" && !taken.row.stopped) {
      // Nothing beyond that commit is shown to the keys of before it.
      state.targetSize = undefined;
      void (isRefused(taken.row) ? this.#again(link, taken.row, state) : this.#open(link, taken.row, room, state));
    }
  }

  /** What the home signed of bodies that it did not give, against the bodies. */
  async #compare(row: ConversationRow, { hub, log }: RoomRow): Promise<void> {
    const head = (await this.#logs.load(log, hub.key)).heads.at(-1);
    if (this.#link === undefined || head === undefined) return;
    const bundles = await this.#manifests.compare(this.#link, log, head);
    if (bundles.length > 0) await this.#listener.missing(row, { entries: [], bundles, unlogged: 0 });
  }

  /** What was owed is there, unless the room was only read past it. */
  async #heal({ hub, log }: RoomRow): Promise<void> {
    const { alerts, store } = this.#member;
    if (!alerts.isAsking(log)) return;
    const holes = await holeShelf.range(store, { prefix: log, limit: 1 });
    if (holes.length === 0) await alerts.healed(hub.key, log);
  }

  /** Bodies are not at the home (E-17): its word on them is asked for, and the room is read past them. */
  gap(link: StationLink, gap: Gap): boolean {
    const row = this.#member.book.ofLog(gap.log);
    const state = row && this.#following.get(idText(row.id));
    if (row?.room === undefined || state === undefined || this.#link !== link) return row !== undefined;
    const { room } = row;
    if (!equalBytes(room.log, gap.log)) return true;
    void this.#step(link, row, state, () => this.#pass(link, row, room, gap, state));
    return true;
  }

  async #pass(
    link: StationLink,
    was: ConversationRow,
    room: RoomRow,
    gap: Pick<Gap, "first" | "count">,
    state: Following,
  ): Promise<void> {
    const { book, groups } = this.#member;
    const row = book.get(was.id);
    const group = await groups.load(was.id);
    if (row === undefined || group === undefined || row.stopped || state.waiting || this.#link !== link) return;
    const held = await this.#logs.load(room.log, room.hub.key);
    const first = held.range.size;
    const count = gap.first + gap.count - first;
    if (gap.first > first || count <= 0) return;
    const { log } = room;
    const explained = await this.#manifests.explain(link, {
      log,
      first,
      count,
      statements: this.#logs.statements(log, held),
    });
    // Until the checkpoint that has a tombstone is published its proof is waited for (E-15).
    const isEarly = explained !== undefined && explained.unlogged > 0 && state.failures < TOMBSTONE_TRIES;
    if (explained === undefined || isEarly) {
      if (!isEarly) this.#listener.owed(row, gap.first + gap.count);
      return void this.#again(link, row, state);
    }
    const head = await this.#access.head(link, room, group);
    // Told before the room is read past it: a process that ends in between comes here again.
    await this.#listener.missing(row, explained);
    await this.#take(link, row, room, { first, entries: explained.entries, head }, state);
    this.#listener.awaited(book.get(row.id) ?? row);
  }

  /** Reads past bodies that the home owes and does not give, by what it signs of them; false when it does not sign. */
  async skip(row: ConversationRow, to: number): Promise<boolean> {
    const link = this.#link;
    const state = this.#following.get(idText(row.id));
    const { room } = row;
    if (link === undefined || state === undefined || room === undefined) return false;
    const { size } = (await this.#logs.load(room.log, room.hub.key)).range;
    await this.#step(link, row, state, () => this.#pass(link, row, room, { first: size, count: to - size }, state));
    return (await this.#logs.load(room.log, room.hub.key)).range.size > size;
  }

  /** A page from somebody else than the home: used when it is what the log's station signed, and otherwise as if it never came. */
  async offer(was: ConversationRow, page: OfferedPage, source: PageSource): Promise<boolean> {
    const { book, groups } = this.#member;
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      if (row?.room === undefined || row.stopped || row.joinedEpoch === 0) return false;
      const { room } = row;
      const before = (await this.#logs.load(room.log, room.hub.key)).range.size;
      if (page.first > before || page.first + page.entries.length <= before) return false;
      const outcome = await this.#pages.read(row, room, page, source).catch((error: unknown) => {
        groups.forget(row.id);
        this.#member.failed(error);
        return { kind: "nothing" } as const;
      });
      if (outcome.kind !== "taken" || outcome.size === before) return false;
      if (outcome.size >= outcome.promised) await this.#heal(room);
      await this.#compare(outcome.row, room);
      const state = this.#following.get(idText(row.id));
      if (state !== undefined) {
        state.size = outcome.size;
        state.failures = 0;
        // The home goes on from what it pushed last; from here on it is to go on from what is read.
        if (this.#link !== undefined) void this.#again(this.#link, outcome.row, state);
      }
      this.#listener.moved(outcome.row, { epoch: outcome.hasNewEpoch });
      this.#member.events.ring();
      return true;
    });
  }

  /** Keeps both signed objects, shows the fault, and, unless it is proven, asks for the entries again (F-20, F-21). */
  async #fault(
    link: StationLink,
    row: ConversationRow,
    room: RoomRow,
    fault: PageFault,
    state: Following,
  ): Promise<void> {
    const isPassing = isLogFaultPassing(fault.code) && state.failures < FAILURES_BEFORE_FAULT;
    if (isPassing) return void this.#again(link, row, state);
    if (!fault.proven) this.#listener.owed(row, state.targetSize ?? 0);
    const next = await noteFault(this.#member, this.#logs, row, room, fault);
    this.#listener.found(next);
    if (!fault.proven) void this.#again(link, row, state);
  }
}
