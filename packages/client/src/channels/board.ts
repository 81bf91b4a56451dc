/*
 * Following the boards of channels at the home, as rooms are followed (flow 4): by the read key of the period, from where each is verified. What a
 * station shows that cannot be is kept and told as for any log (F-20, F-21).
 */
import { decodeSignedHead } from "@chapar/log";
import { idText, mirrorMessage } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { holeShelf } from "../repair/kept-rows.ts";
import { Manifests } from "../repair/manifests.ts";
import { RESTORED_PART } from "../repair/part-name.ts";
import { Readers } from "../repair/readers.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { type CheckedPage, checkPage, type OfferedPage, type PageFault } from "../sync/check-page.ts";
import { follow } from "../sync/follow.ts";
import { isLogFaultPassing, isUnknownLog, noteFault } from "../sync/room-fault.ts";
import type { PageSource } from "../sync/room-pages.ts";
import { tellMissing } from "../trust/missing.ts";
import { Probe } from "../trust/probe.ts";
import { BoardStep, periodAhead } from "./board-step.ts";
import { tellOtherBoard } from "./board-roots.ts";
import { readerOfBoard } from "./keys.ts";
import { type ChannelRow, channelShelf, isHeldUp } from "./rows.ts";

/** Tries after which a fault that might pass is shown. */
const FAILURES_BEFORE_FAULT = 3;
/** Tries after which a removal counts as one without a tombstone. */
const TOMBSTONE_TRIES = 5;
/** How long a board that has to be led back is left before it is asked for again. */
const AGAIN_MS = 10_000;

/** How a board stands on the link in use. */
interface Following {
  targetSize: number | undefined;
  size: number;
  failures: number;
  /** times that the proof of a removal did not come */
  early: number;
  pages: number;
  /** a commit that is not the leader's may have ended the keys by which the board is read: it is asked for until it is led back */
  waits: boolean;
}

const NEW = (): Following => ({ targetSize: undefined, size: 0, failures: 0, early: 0, pages: 0, waits: false });

/** What follows from how boards stand. */
export interface BoardListener {
  /** a board was read further */
  moved(row: ConversationRow, hasBegun: boolean): void;
  /** entries below a size are owed and were asked for in vain */
  owed(row: ConversationRow, size: number): void;
  /** A commit is hidden: what follows is of a later period. @returns whether a way to come to that period is tried */
  ahead(row: ConversationRow, period: number): Promise<boolean>;
}

/** Follows every board of this device. */
export class Boards {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #listener: BoardListener;
  readonly #readers: Readers;
  readonly #manifests: Manifests;
  readonly #probe: Probe;
  #following = new Map<string, Following>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(member: Member, tools: SessionTools, listener: BoardListener) {
    this.#member = member;
    this.#tools = tools;
    this.#listener = listener;
    this.#probe = new Probe(member, tools.logs);
    this.#readers = new Readers(member);
    this.#manifests = new Manifests(member, this.#readers);
  }

  begin(link: StationLink): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#following = new Map();
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    this.#following = new Map();
  }

  /** Opens a board on the link in use, again until it is open. */
  open(row: ConversationRow): void {
    this.#tools.run(`board ${idText(row.id)}`, (link) => this.#open(link, row.id));
  }

  /** Opens a board once more that counts as read from an earlier place than it did on this link (H-26). */
  async reopen({ id, room }: ConversationRow): Promise<void> {
    const state = this.#following.get(idText(id));
    if (state === undefined || room === undefined) return;
    const { range } = await this.#tools.logs.load(room.log, room.hub.key);
    if (range.size >= state.size) return;
    this.#following.delete(idText(id));
    const row = this.#member.book.get(id);
    if (row !== undefined) this.open(row);
  }

  /** Whether everything the home had of a board is read. */
  isCaughtUp(row: ConversationRow): boolean {
    if (row.stopped) return true;
    const state = this.#following.get(idText(row.id));
    return state?.targetSize !== undefined && state.pages === 0 && state.size >= state.targetSize;
  }

  async #now(
    id: ConversationRow["id"],
  ): Promise<{ row: ConversationRow; room: RoomRow; channel: ChannelRow } | undefined> {
    const { book, store } = this.#member;
    const row = book.get(id);
    const channel = await channelShelf.get(store, id);
    const isRead = channel?.standing === "in" && channel.made && row?.stopped === false;
    return isRead && row.room !== undefined ? { row, room: row.room, channel } : undefined;
  }

  async #open(link: StationLink, id: ConversationRow["id"]): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined || this.#link !== link) return;
    const { row, room, channel } = now;
    const state = this.#following.get(idText(id)) ?? NEW();
    this.#following.set(idText(id), state);
    try {
      const { range } = await this.#member.book.lane(id).run(async () => this.#tools.logs.load(room.log, room.hub.key));
      if (!row.mirrored) await this.#mirror(link, row, room, channel);
      const before = state.size;
      state.size = Math.max(state.size, range.size);
      const head = await this.#head(link, room, channel);
      const shown = decodeSignedHead(head, { stationKey: room.hub.key, logId: room.log });
      const targetSize = shown.ok ? shown.value.size : 0;
      const isOther =
        shown.ok && targetSize === range.size && targetSize > 0 && !equalBytes(shown.value.root, range.root());
      if (targetSize < range.size || isOther) {
        state.targetSize ??= range.size;
        await this.#step(link, id, state, { first: range.size, entries: [], head });
        this.#tools.wake(RESTORED_PART);
        throw new ClientError("client/wrong-log", "log/stale");
      }
      await this.#readers.register(link, room, range.size);
      const gone = await follow(link, room.log, range.size);
      if (gone > 0) return await this.#past(link, id, { first: range.size, count: gone }, state);
      if (isHeldUp(channel)) return this.#again(link, row, state);
      // Promised before, and not given since: a head is a promise of entries.
      if ((state.targetSize ?? 0) > range.size && before === range.size)
        this.#listener.owed(row, state.targetSize ?? 0);
      state.targetSize = Math.max(targetSize, state.targetSize ?? 0);
      this.#member.events.ring();
      this.#listener.moved(this.#member.book.get(id) ?? row, true);
    } catch (error) {
      if (isUnknownLog(error)) this.#tools.wake(RESTORED_PART);
      if (isUnknownLog(error) && row.mirrored) await this.#mark(id, { mirrored: false });
      throw error;
    }
  }

  /** Opens the board once more after a while, until its leader has led it back (H-12). */
  #again(link: StationLink, row: ConversationRow, state: Following): void {
    state.targetSize = undefined;
    this.#listener.moved(row, false);
    if (state.waits) return;
    state.waits = true;
    const wait = async (): Promise<void> => {
      await this.#member.clock.sleep(AGAIN_MS, this.#life.signal);
      state.waits = false;
      if (this.#link !== link) return;
      await this.#mark(row.id, { mirrored: false });
      this.open(row);
    };
    // The end of the link aborts the sleep; the next link opens every board.
    wait().catch(() => undefined);
  }

  /** Whether a board was opened on the link in use. */
  isOpen(row: ConversationRow): boolean {
    return this.#following.get(idText(row.id))?.targetSize !== undefined;
  }

  /** Whether a board can be led back: it was read up to what its leader did not make. */
  isLost(row: ConversationRow): boolean {
    return this.#following.get(idText(row.id))?.waits === true;
  }

  async #mark(id: ConversationRow["id"], changes: Partial<ConversationRow>): Promise<void> {
    const { book, store } = this.#member;
    await book.lane(id).run(async () => {
      const row = book.get(id);
      if (row === undefined) return;
      const draft = new Draft();
      book.put(draft, { ...row, ...changes });
      await draft.commit(store);
    });
  }

  async #mirror(link: StationLink, row: ConversationRow, room: RoomRow, channel: ChannelRow): Promise<void> {
    if (!this.#tools.access.isHub(room)) {
      const reader = await readerOfBoard(this.#member, channel);
      const signature = await reader.sign(mirrorMessage(link.hello.station, room.log));
      const read = { key: reader.publicKey, signature };
      await link.ask({ type: "room.mirror", log: room.log, hub: room.hub, read }, "log.state");
    }
    await this.#mark(row.id, { mirrored: true });
  }

  async #head(link: StationLink, room: RoomRow, channel: ChannelRow): Promise<Uint8Array> {
    return this.#tools.access.show(link, room, await readerOfBoard(this.#member, channel));
  }

  /** Takes a push of a board. */
  push(link: StationLink, row: ConversationRow, push: Push): void {
    const state = this.#following.get(idText(row.id));
    if (state !== undefined && this.#link === link) void this.#taking(row, this.#step(link, row.id, state, push));
  }

  /** Bodies are not at the home (E-17): the board is read past them, by what it signs of them. */
  gap(link: StationLink, row: ConversationRow, gap: Gap): void {
    const state = this.#following.get(idText(row.id));
    if (state !== undefined && this.#link === link) void this.#taking(row, this.#past(link, row.id, gap, state));
  }

  async #taking(row: ConversationRow, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#member.failed(error);
      this.open(row);
    }
  }

  async #past(
    link: StationLink,
    id: ConversationRow["id"],
    gap: Pick<Gap, "first" | "count">,
    state: Following,
  ): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined) return;
    const { row, room, channel } = now;
    const held = await this.#tools.logs.load(room.log, room.hub.key);
    const first = held.range.size;
    const count = gap.first + gap.count - first;
    if (gap.first > first || count <= 0) return;
    const range = { log: room.log, first, count, statements: this.#tools.logs.statements(room.log, held) };
    const explained = await this.#manifests.explain(link, range);
    // Until the checkpoint that has a tombstone is published its proof is waited for (E-15).
    const isEarly = explained !== undefined && explained.unlogged > 0 && ++state.early < TOMBSTONE_TRIES;
    if (explained === undefined || isEarly) {
      if (!isEarly) this.#listener.owed(row, first + count);
      throw new ClientError("client/withheld", "station/pruned");
    }
    await tellMissing(this.#member, row, explained);
    this.#tools.watch.judge();
    const page = { first, entries: explained.entries, head: await this.#head(link, room, channel) };
    await this.#step(link, id, state, page);
    this.open(row);
  }

  async #step(link: StationLink, id: ConversationRow["id"], state: Following, page: OfferedPage): Promise<void> {
    state.pages += 1;
    try {
      await this.#member.book.lane(id).run(async () => this.#take(link, id, state, page));
    } finally {
      state.pages -= 1;
      this.#member.events.ring();
    }
  }

  async #take(link: StationLink, id: ConversationRow["id"], state: Following, page: OfferedPage): Promise<void> {
    const now = await this.#now(id);
    if (now === undefined || this.#link !== link) return;
    const { row, room, channel } = now;
    const checked = await this.#check(link, room, page);
    if (!checked.ok) return this.#fault(row, room, checked.fault, state);
    const promised = checked.held.heads.at(-1)?.size ?? 0;
    state.targetSize = Math.max(state.targetSize ?? 0, promised);
    state.failures = 0;
    const period = periodAhead(checked.entries, channel);
    if (period !== undefined && (await this.#listener.ahead(row, period))) {
      this.#following.delete(idText(id));
      return;
    }
    const step = await this.#put(row, room, channel, checked);
    state.size = checked.held.range.size;
    if (isHeldUp(step.channel)) return this.#again(link, step.row, state);
    this.#listener.moved(step.row, step.hasBegun);
    if (step.channel.standing !== "in") {
      this.#following.delete(idText(id));
    } else if (step.revokes || state.targetSize > state.size) {
      // Nothing beyond that commit is shown to the keys of before it (W-13).
      if (step.revokes) state.targetSize = undefined;
      this.open(step.row);
    }
  }

  async #check(link: StationLink, room: RoomRow, page: OfferedPage): Promise<CheckedPage> {
    const { hasher, verify, clock } = this.#member;
    const held = await this.#tools.logs.load(room.log, room.hub.key);
    const consistency = async (from: number, to: number) =>
      (await link.ask({ type: "log.consistency", log: room.log, from, to }, "log.hashes")).hashes;
    return checkPage(held, page, { hasher, verify, nowMs: clock.nowMs(), consistency });
  }

  /** Reads what was checked, in one transaction with the cursor (F-7). */
  async #put(
    row: ConversationRow,
    room: RoomRow,
    channel: ChannelRow,
    { held, entries }: Extract<CheckedPage, { readonly ok: true }>,
  ): Promise<BoardStep> {
    const { store, book, alerts } = this.#member;
    const draft = new Draft();
    const { range } = await this.#tools.logs.load(room.log, room.hub.key);
    const step = new BoardStep(this.#member, draft, row, { channel, room, range });
    for (const entry of entries) await step.take(entry);
    this.#tools.logs.put(draft, room.log, held);
    channelShelf.put(draft, row.id, step.channel);
    const isHealed = step.row.state === "fault" && !step.row.stopped;
    const writes = step.channel.writeSeed.byteLength > 0;
    if (isHealed) step.row = { ...step.row, state: writes ? "open" : "closed", fault: undefined };
    book.put(draft, step.row);
    await draft.commit(store);
    const isWhole = held.range.size >= (held.heads.at(-1)?.size ?? 0);
    if (isWhole && alerts.isAsking(room.log)) {
      const holes = await holeShelf.range(store, { prefix: room.log, limit: 1 });
      if (holes.length === 0) await alerts.healed(room.hub.key, room.log);
    }
    tellOtherBoard(this.#member, this.#tools, step.row, { held, saidAtMs: step.others });
    for (const twice of step.twice) {
      this.#tools.run(`twice ${idText(row.id)}`, async (link) => {
        await this.#probe.twice(link, step.row, room, twice);
        this.#tools.watch.judge();
      });
    }
    return step;
  }

  /** A page from another station than the home (H-14): used when it is what the hub signed, and otherwise as if it never came. */
  async offer(was: ConversationRow, page: OfferedPage, { link }: PageSource): Promise<boolean> {
    return this.#member.book.lane(was.id).run(async () => {
      const now = await this.#now(was.id);
      if (now === undefined || link === undefined) return false;
      const { row, room, channel } = now;
      const checked = await this.#check(link, room, page);
      if (!checked.ok || checked.entries.length === 0 || periodAhead(checked.entries, channel) !== undefined)
        return false;
      const step = await this.#put(row, room, channel, checked);
      this.#listener.moved(step.row, step.hasBegun);
      // The home goes on from what it pushed last: from here on it is to go on from what is read.
      this.open(step.row);
      return true;
    });
  }

  /** Reads past bodies that the home owes and does not give, by what it signs of them; false when it does not sign. */
  async skip({ id, room }: ConversationRow, to: number): Promise<boolean> {
    const link = this.#link;
    const state = this.#following.get(idText(id));
    if (link === undefined || state === undefined || room === undefined) return false;
    const size = async (): Promise<number> => (await this.#tools.logs.load(room.log, room.hub.key)).range.size;
    const before = await size();
    await this.#past(link, id, { first: before, count: to - before }, state);
    return (await size()) > before;
  }

  /** The key by which stations give a board; undefined when this device does not read it. */
  async reader(row: ConversationRow): Promise<Signer | undefined> {
    const now = await this.#now(row.id);
    return now && readerOfBoard(this.#member, now.channel);
  }

  async #fault(row: ConversationRow, room: RoomRow, fault: PageFault, state: Following): Promise<void> {
    state.failures += 1;
    if (!(isLogFaultPassing(fault.code) && state.failures < FAILURES_BEFORE_FAULT)) {
      if (!fault.proven) this.#listener.owed(row, state.targetSize ?? 0);
      const next = await noteFault(this.#member, this.#tools.logs, row, room, fault);
      this.#prove(next, room);
    }
    if (!fault.proven) throw new ClientError("client/wrong-log", fault.code);
  }

  /** Two trees under one hub's key are shown by a bridge, where it gives one; the board is then read no more. */
  #prove(row: ConversationRow, room: RoomRow): void {
    this.#tools.run(`prove ${idText(row.id)}`, async (link) => {
      const isProven = await this.#probe.page(link, row, room);
      if (isProven) await this.#mark(row.id, { state: "fault", fault: "log/forked", stopped: true });
      this.#tools.watch.judge();
    });
  }
}
