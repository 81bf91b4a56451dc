/*
 * The outbox of every conversation (flow 3): one pump each, so that conversations do not wait for each other. A pump seals
 * ahead, keeps up to a window of letters under way, and takes all answers that have come in one transaction.
 */
import { type Backoff, backoffMs, type Rng } from "@chapar/carrier";
import type { MlsGroup } from "@chapar/e2e";
import { idText, isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, isForked, outboxShelf, owedShelf, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64, u64Key } from "../store/keys.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { RoomAccess } from "../sync/room-access.ts";
import { type Answered, Answers, type Outcome, OWED } from "./answers.ts";
import { type Leaving, Sealing } from "./sealing.ts";

/** Outbox rows read at once. */
const PAGE = 64;
/** How long a pump rests at least after something it did not foresee. */
const REST_MS = 2_000;
/** How long at most after several tries of which none brought a receipt (F-142). */
const RESTS: Backoff = { baseMs: REST_MS, capMs: 30_000 };

/** One conversation's pump on the link in use. */
interface Pump {
  readonly underWay: Set<number>;
  answers: Answered[];
  /** rung when an answer came or something was queued */
  bell: PromiseWithResolvers<void>;
  running: boolean;
  /** a kick came during the turn: what it told of may not have been seen */
  kicked: boolean;
  /** how often the room had been led back when letters left last */
  returns: number;
  /** tries in a row after which it rested */
  rested: number;
  /** the rest that it is woken by */
  rest: object | undefined;
  /** the epoch of a letter that came too late: wait until the room is read beyond it, or led back to it (F-72) */
  staleAt: { readonly epoch: number; readonly returns: number } | undefined;
}

/** What the outbox asks of others, and tells them. */
export interface OutboxListener {
  /** whether a commit of ours is under way, during which nothing is sealed */
  isHeld(row: ConversationRow): boolean;
  /** letters of a conversation that goes on without its log have their receipts */
  leftWithoutLog(row: ConversationRow): void;
  /** the hub of a room does not answer */
  unreachable(row: ConversationRow): void;
  /** something waits for the board of a channel, which is not written here (channels/publishing.ts) */
  channel(): void;
}

/** Sends what conversations hold. */
export class Outbox {
  readonly #member: Member;
  readonly #access: RoomAccess;
  readonly #rng: Rng;
  readonly #sealing: Sealing;
  readonly #answers: Answers;
  readonly #listener: OutboxListener;
  #pumps = new Map<string, Pump>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(
    member: Member,
    parts: { readonly logs: LogShelf; readonly access: RoomAccess; readonly rng: Rng },
    listener: OutboxListener,
  ) {
    this.#member = member;
    this.#access = parts.access;
    this.#rng = parts.rng;
    this.#sealing = new Sealing(member, parts.logs);
    this.#answers = new Answers(member);
    this.#listener = listener;
  }

  /** A link is ready; a conversation is looked at when its room was opened on it. */
  begin(link: StationLink): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#pumps = new Map();
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    for (const pump of this.#pumps.values()) pump.bell.resolve();
    this.#pumps = new Map();
  }

  /** Something was queued, or the room has moved: look at the conversation's outbox. */
  kick(row: ConversationRow): void {
    const link = this.#link;
    if (row.kind === "channel") this.#listener.channel();
    if (link === undefined || !isReady(row)) return;
    const name = idText(row.id);
    let pump = this.#pumps.get(name);
    if (pump === undefined) {
      pump = {
        underWay: new Set(),
        answers: [],
        bell: Promise.withResolvers<void>(),
        running: false,
        kicked: false,
        returns: 0,
        rested: 0,
        rest: undefined,
        staleAt: undefined,
      };
      this.#pumps.set(name, pump);
    }
    pump.kicked = true;
    pump.bell.resolve();
    if (!pump.running) void this.#run(link, row, pump);
  }

  /** Whether nothing of a conversation waits to leave or for its receipt. */
  async isEmpty(row: ConversationRow): Promise<boolean> {
    if (!isReady(row)) return row.kind === "channel" || row.outNext === 0 || row.state === "closed" || row.stopped;
    const { store } = this.#member;
    const owed = await owedShelf.range(store, { prefix: row.id, limit: 1 });
    if (owed.length > 0) return false;
    // A letter that waits for its files is not the outbox's to hurry.
    for (let from: Uint8Array | undefined; ;) {
      const rows = await outboxShelf.range(store, {
        prefix: row.id,
        limit: PAGE,
        ...(from === undefined ? {} : { from }),
      });
      if (rows.some(({ value }) => value.blobs.length === 0)) return false;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return true;
      from = u64Key(lastU64(last.key) + 1);
    }
  }

  async #run(link: StationLink, was: ConversationRow, pump: Pump): Promise<void> {
    pump.running = true;
    try {
      for (let isOver = false; !isOver && this.#link === link;) isOver = await this.#turn(link, was, pump);
    } catch (error) {
      // What is in memory of the group may be ahead of what was written.
      this.#member.groups.forget(was.id);
      this.#member.failed(error);
      if (isWireError(error, "station/peer-unreachable")) this.#listener.unreachable(was);
      void this.#rest(link, was, pump, REST_MS);
    } finally {
      pump.running = false;
    }
  }

  /** One turn: take the answers that came, hand over what may leave, wait. @returns whether there is nothing to wait for */
  async #turn(link: StationLink, was: ConversationRow, pump: Pump): Promise<boolean> {
    const { book, events } = this.#member;
    pump.bell = Promise.withResolvers<void>();
    pump.kicked = false;
    const row = book.get(was.id);
    if (row?.room === undefined || !isReady(row)) return true;
    const { room } = row;
    if (pump.answers.length > 0 && !(await this.#settle(link, was, room, pump))) return true;
    const planned = await this.#plan(link, was, room, pump);
    if (planned === "again") return false;
    if (this.#link !== link) return true;
    if (pump.underWay.size === 0 && pump.answers.length === 0 && !pump.kicked) {
      // Before anything is awaited: a kick from here on starts a new run.
      pump.running = false;
      events.ring();
      return true;
    }
    if (pump.answers.length === 0 && !pump.kicked) await pump.bell.promise;
    return false;
  }

  /** @returns false when the pump has to rest; it is kicked again then */
  async #settle(link: StationLink, was: ConversationRow, room: RoomRow, pump: Pump): Promise<boolean> {
    const { book } = this.#member;
    const answers = pump.answers;
    pump.answers = [];
    let outcome: Outcome | undefined;
    try {
      outcome = await book.lane(was.id).run(async () => {
        const row = book.get(was.id);
        // What was sent to the log before this one has no answer any more: it is sealed anew (15-moving.md M-9).
        const current = answers.filter(({ log }) => row?.room !== undefined && equalBytes(log, row.room.log));
        return row === undefined ? undefined : this.#answers.take(row, row.room ?? room, current);
      });
    } finally {
      // Also when they could not be written: then the same bytes leave once more and are answered alike.
      for (const { sequence } of answers) pump.underWay.delete(sequence);
    }
    if (outcome === undefined) return false;
    if (answers.some(({ receipt }) => receipt !== undefined)) pump.rested = 0;
    if (answers.some(({ error }) => isWireError(error, "station/peer-unreachable"))) this.#listener.unreachable(was);
    const now = book.get(was.id);
    if (now !== undefined && isForked(now)) this.#listener.leftWithoutLog(now);
    if (outcome.reopen) await this.#access.forget(link, was);
    if (outcome.staleEpoch !== undefined) pump.staleAt = { epoch: outcome.staleEpoch, returns: pump.returns };
    if (outcome.waitMs === undefined) return true;
    void this.#rest(link, was, pump, outcome.waitMs);
    return false;
  }

  async #plan(link: StationLink, was: ConversationRow, room: RoomRow, pump: Pump): Promise<"again" | "wait"> {
    const { book, groups } = this.#member;
    const plan = await book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      if (row === undefined || this.#listener.isHeld(row)) return undefined;
      if (isForked(row)) await this.#answers.placeReceipted(row);
      const epoch = (await groups.load(was.id))?.epoch;
      if (epoch !== undefined && isStale(pump, epoch, row)) return undefined;
      pump.staleAt = undefined;
      pump.returns = row.returns;
      return this.#sealing.plan(book.get(was.id) ?? row, room, pump.underWay);
    });
    if (plan === undefined) return "wait";
    if (plan.kind === "nothing") {
      await this.#askOwed(link, was, room, pump);
      return "wait";
    }
    if (!(await this.#mayWrite(link, was, room, plan.group, pump))) return "wait";
    for (const leaving of plan.leaving) this.#append(link, room, pump, leaving);
    await link.drained();
    return plan.leaving.length > 0 ? "again" : "wait";
  }

  #append(link: StationLink, room: RoomRow, pump: Pump, leaving: Leaving): void {
    pump.underWay.add(leaving.sequence);
    const answered = (receipt: Uint8Array | undefined, error?: unknown): void => {
      pump.answers.push({ ...leaving, log: room.log, receipt, error });
      pump.bell.resolve();
    };
    link.ask({ type: "log.append", log: room.log, entry: leaving.entry }, "receipt").then(
      (answer) => answered(answer.receipt.slice()),
      (error: unknown) => answered(undefined, error),
    );
  }

  /** Asks for receipts that were lost with a link: the same bytes again (W-32). */
  async #askOwed(link: StationLink, was: ConversationRow, room: RoomRow, pump: Pump): Promise<void> {
    if (pump.underWay.size > 0) return;
    const [owed] = await owedShelf.range(this.#member.store, { prefix: was.id, limit: 1 });
    const group = await this.#member.groups.load(was.id);
    if (owed === undefined || group === undefined) return;
    if (await this.#mayWrite(link, was, room, group, pump)) {
      this.#append(link, room, pump, { sequence: OWED, entry: owed.value.entry });
    }
  }

  /** Shows the write key of the group's epoch; false when the room has moved on and must be read first. */
  async #mayWrite(
    link: StationLink,
    was: ConversationRow,
    room: RoomRow,
    group: MlsGroup,
    pump: Pump,
  ): Promise<boolean> {
    try {
      await this.#access.openWrite(link, was, room, group);
      return true;
    } catch (error) {
      if (!isWireError(error, "station/stale-epoch")) throw error;
      pump.staleAt = { epoch: group.epoch, returns: pump.returns };
      return false;
    }
  }

  /** Looks again after a while that grows with each try for nothing; a receipt, a kick or another link ends it (F-142). */
  async #rest(link: StationLink, was: ConversationRow, pump: Pump, leastMs: number): Promise<void> {
    const rest = {};
    pump.rest = rest;
    const longerMs = backoffMs(pump.rested, this.#rng, RESTS);
    pump.rested += 1;
    try {
      await this.#member.clock.sleep(Math.max(leastMs, longerMs), this.#life.signal);
    } catch {
      // The link is over; the next one looks at every outbox.
      return;
    }
    const row = this.#member.book.get(was.id);
    if (this.#link === link && pump.rest === rest && row !== undefined) this.kick(row);
  }
}

/** Whether letters can be sealed: the device is in the group, and nothing stopped the room. */
function isReady(row: ConversationRow): boolean {
  return row.room !== undefined && row.joinedEpoch > 0 && row.state !== "closed" && (!row.stopped || isForked(row));
}

/** Whether the hub is known to have gone on from an epoch, and not to have come back to it. */
function isStale({ staleAt }: Pump, epoch: number, { returns }: ConversationRow): boolean {
  return staleAt !== undefined && epoch <= staleAt.epoch && returns <= staleAt.returns;
}
