/*
 * Reading rooms (flow 4): follow each at the home from where it is verified, check every page, and take its entries in the
 * conversation's lane. A room that faults stops alone.
 */
import type { MlsGroup } from "@chapar/e2e";
import { LOG_CODES } from "@chapar/log";
import { idText } from "@chapar/wire";
import { backoffMs, type Rng } from "@chapar/carrier";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Push, StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import { checkPage, type PageFault } from "./check-page.ts";
import { evidenceShelf, type LogShelf } from "./log-shelf.ts";
import type { RoomAccess } from "./room-access.ts";
import { RoomStep } from "./room-step.ts";

/** Tries after which a fault that might pass is shown. */
const FAILURES_BEFORE_FAULT = 3;

/** How a room stands on the link in use. */
interface Following {
  /** entries the home had when the room was opened; undefined until then */
  targetSize: number | undefined;
  /** verified so far */
  size: number;
  failures: number;
  /** pushes that came and are not taken yet */
  pages: number;
  /** a new try waits for its time */
  waiting: boolean;
}

/** What others do when a room has moved. */
export interface RoomListener {
  /** entries were taken; `epoch` when a commit was among them */
  moved(row: ConversationRow, what: { readonly epoch: boolean }): void;
}

/** Follows every room of this device over one link at a time. */
export class Rooms {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #access: RoomAccess;
  readonly #listener: RoomListener;
  readonly #rng: Rng;
  #following = new Map<string, Following>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(member: Member, logs: LogShelf, access: RoomAccess, listener: RoomListener, rng: Rng) {
    this.#member = member;
    this.#logs = logs;
    this.#access = access;
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
    if (link === undefined || row.room === undefined || row.stopped || row.joinedEpoch === 0) return;
    if (this.#following.has(name)) return;
    const state: Following = { targetSize: undefined, size: 0, failures: 0, pages: 0, waiting: false };
    this.#following.set(name, state);
    void this.#open(link, row, row.room, state);
  }

  /** Whether everything the home had when its rooms were opened is read, or cannot be read now. */
  get isCaughtUp(): boolean {
    if (this.#link === undefined) return false;
    return this.#member.book.all().every((row) => {
      if (row.room === undefined || row.stopped || row.joinedEpoch === 0) return true;
      const state = this.#following.get(idText(row.id));
      return state?.targetSize !== undefined && state.pages === 0 && state.size >= state.targetSize;
    });
  }

  async #open(link: StationLink, row: ConversationRow, room: RoomRow, state: Following): Promise<void> {
    const { book, groups } = this.#member;
    try {
      const { group, size } = await book.lane(row.id).run(async () => ({
        group: await groups.load(row.id),
        size: (await this.#logs.load(room.log, room.hub.key)).range.size,
      }));
      if (group === undefined) return;
      if (book.get(row.id)?.mirrored === false) {
        await this.#access.mirror(link, room, group);
        await this.#mark(row, { mirrored: true });
      }
      state.size = Math.max(state.size, size);
      const targetSize = await this.#access.openRead(link, room, group);
      await link.ask({ type: "log.follow", log: room.log, from: size }, "done");
      state.targetSize = targetSize;
      this.#member.events.ring();
      this.#listener.moved(row, { epoch: true });
    } catch (error) {
      if (isUnknownLog(error))
        await this.#mark(row, { mirrored: false }).catch((cause: unknown) => this.#member.failed(cause));
      this.#member.failed(error);
      void this.#again(link, row, state);
    }
  }

  async #mark(row: ConversationRow, changes: Partial<ConversationRow>): Promise<void> {
    const { book, store } = this.#member;
    await book.lane(row.id).run(async () => {
      const now = book.get(row.id);
      if (now === undefined) return;
      const draft = new Draft();
      book.put(draft, { ...now, ...changes });
      await draft.commit(store);
    });
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
    if (this.#link === link && now?.room !== undefined && !now.stopped) await this.#open(link, now, now.room, state);
  }

  /** Takes a push of a room; false when the log is none of ours. */
  push(link: StationLink, push: Push): boolean {
    const row = this.#member.book.ofLog(push.log);
    if (row?.room === undefined) return false;
    const { room } = row;
    const state = this.#following.get(idText(row.id));
    if (state === undefined || this.#link !== link) return true;
    void this.#taking(link, row, room, push, state);
    return true;
  }

  async #taking(link: StationLink, row: ConversationRow, room: RoomRow, push: Push, state: Following): Promise<void> {
    state.pages += 1;
    try {
      await this.#member.book.lane(row.id).run(() => this.#take(link, row, room, push, state));
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

  async #take(link: StationLink, was: ConversationRow, room: RoomRow, push: Push, state: Following): Promise<void> {
    const { book, groups, store, clock, hasher, verify } = this.#member;
    const row = book.get(was.id);
    // What comes between a refused page and the new `log.follow` would only seem to leave a gap.
    if (row === undefined || row.stopped || state.waiting || this.#link !== link) return;
    const held = await this.#logs.load(room.log, room.hub.key);
    const group = await groups.load(row.id);
    if (group === undefined) return;
    const checked = await checkPage(held, push, {
      hasher,
      verify,
      nowMs: clock.nowMs(),
      consistency: async (from, to) =>
        (await link.ask({ type: "log.consistency", log: room.log, from, to }, "log.hashes")).hashes,
    });
    if (!checked.ok) return this.#fault(link, row, room, checked.fault, state);
    const draft = new Draft();
    const step = new RoomStep(this.#member, draft, row, group);
    for (const entry of checked.entries) await step.take(entry);
    this.#logs.put(draft, room.log, checked.held);
    book.put(draft, healed(step.row));
    await draft.commit(store);
    state.size = checked.held.range.size;
    // A head beyond the entries is a promise of entries: whoever signed it is asked for them.
    const promised = checked.held.heads.at(-1)?.size ?? 0;
    state.targetSize = Math.max(state.targetSize ?? 0, promised);
    if (promised > state.size && checked.entries.length === 0) void this.#again(link, step.row, state);
    else state.failures = 0;
    this.#listener.moved(step.row, { epoch: hasMoved(group, step.group) });
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
    const draft = new Draft();
    evidenceShelf.put(draft, room.log, fault.evidence);
    this.#member.book.put(draft, { ...row, state: "fault", fault: fault.code, stopped: fault.proven });
    await draft.commit(this.#member.store);
    if (!fault.proven) void this.#again(link, row, state);
  }
}

/** Codes that a crossed or repeated push explains as well as a bad station. */
function isLogFaultPassing(code: string): boolean {
  return Object.entries(LOG_CODES).some(([name, { retry }]) => name === code && retry);
}

function healed(row: ConversationRow): ConversationRow {
  return row.state === "fault" && !row.stopped ? { ...row, state: "open", fault: undefined } : row;
}

function hasMoved(before: MlsGroup, after: MlsGroup): boolean {
  return before.epoch !== after.epoch;
}

function isUnknownLog(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "station/unknown-log";
}
