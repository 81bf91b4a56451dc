/*
 * The ladder: whom entries that are owed are asked from, one after another, until they are there.
 *
 *   0 again     the home gets some time: an entry may be on its way
 *   1 paths     the room's hub and the homes of its people, dialed directly, read with a proof for that link (W-11)
 *   2 members   the other devices of the room, by knocks (§7); twice
 *   4 past      the challenge is put through a witness, and the room is read past the hole, by what the home signs of it
 *   5 later     from 1 on, ever more seldom
 *
 * A ladder belongs to one room: it holds up neither sending nor anybody else.
 */
import type { Rng } from "@chapar/carrier";
import { encodeStatement, FULL_FORM } from "@chapar/log";
import { type IdentityId, idText, mirrorMessage, type StationRef } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import { type ConversationRow, isForked, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Runner } from "../jobs/runner.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { OfferedPage } from "../sync/check-page.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { RoomAccess } from "../sync/room-access.ts";
import type { PageSource } from "../sync/room-pages.ts";
import { ask } from "../trust/asking.ts";
import { provenFinding } from "../trust/bundle-finding.ts";
import { challenge } from "../trust/challenge.ts";
import { knownStation } from "../trust/stations.ts";
import { holeShelf } from "./kept-rows.ts";
import { type LadderRow, ladderShelf } from "./ladder-row.ts";
import { EVERYTHING, isAwaiting } from "./wanted.ts";

/** What waits after each rung before the next. */
const WAITS_MS = [10_000, 1_000, 20_000, 40_000, 600_000] as const;
const LAST_RUNG = WAITS_MS.length - 1;
const TOLD_RUNG = 1;
const MEMBERS_RUNG = 2;
const MOST_WAIT_MS = 6 * 3_600_000;
/** A mirror may lag behind its hub for so long without anybody owing anything. */
const LAG_MS = 600_000;
const READ_BYTES = 512 * 1024;
/** Of a forked log members are asked for whatever comes, first so often, then ever more seldom. */
const FORKED_WAIT_MS = 30_000;
const FORKED_MOST_WAIT_MS = 3_600_000;
/** Nobody keeps entries for longer. */
const GIVE_UP_MS = 30 * 86_400_000;

/** What the ladder is built from. */
export interface LadderParts {
  readonly logs: LogShelf;
  readonly access: RoomAccess;
  /** stations whose witnesses the log of a station names */
  readonly witnesses: (station: StationRef) => readonly StationRef[];
  /** whether a conversation's log is this ladder's */
  readonly climbs: (row: ConversationRow) => boolean;
  /** the key by which stations give a conversation's log; undefined: this device holds none */
  readonly reader: (row: ConversationRow) => Promise<Signer | undefined>;
  /** whose homes may have the log beside its hub */
  readonly people: (row: ConversationRow) => Promise<readonly IdentityId[]>;
  readonly offer: (row: ConversationRow, page: OfferedPage, source: PageSource) => Promise<boolean>;
  readonly ask: (link: StationLink, row: ConversationRow, from: number, to: number) => Promise<number>;
  /** reads past what is missing, as far as the home signs what became of it */
  readonly skip: (row: ConversationRow, to: number) => Promise<boolean>;
  /** something is in the book of alerts that was not judged */
  readonly found: () => void;
}

/** Asks for what is owed. */
export class Ladder {
  readonly #member: Member;
  readonly #parts: LadderParts;
  readonly #runner: Runner<StationLink>;
  readonly #rows = new Map<string, LadderRow>();
  /** what ends the wait for the next rung, by conversation */
  readonly #waits = new Map<string, AbortController>();
  #life = new AbortController();
  #beganAtMs = 0;

  constructor(member: Member, parts: LadderParts, rng: Rng) {
    this.#member = member;
    this.#parts = parts;
    this.#runner = new Runner(
      member.clock,
      rng,
      (_, error) => member.failed(error),
      () => member.events.ring(),
    );
  }

  async load(): Promise<void> {
    for (const { key, value } of await ladderShelf.range(this.#member.store, {})) this.#rows.set(idText(key), value);
  }

  begin(link: StationLink): void {
    this.#life = new AbortController();
    this.#beganAtMs = this.#member.clock.nowMs();
    this.#runner.begin(link);
    for (const chat of this.#member.book.all()) {
      // Of a forked log the session begins it anew.
      if (isForked(chat) || !this.#parts.climbs(chat)) continue;
      if (this.#rows.has(idText(chat.id))) this.#run(chat);
      else void this.#resume(chat);
    }
  }

  end(): void {
    this.#life.abort();
    for (const wait of this.#waits.values()) wait.abort();
    this.#runner.end();
  }

  /** The process ended between reading past a hole and asking for it. */
  async #resume(chat: ConversationRow): Promise<void> {
    const { store } = this.#member;
    if (chat.room === undefined) return;
    const holes = await holeShelf.range(store, { prefix: chat.room.log, limit: 1 }).catch(() => []);
    if (holes.length > 0) await this.missing(chat, 0);
  }

  /** Entries below a size are owed, and nobody has promised them in vain yet. */
  owed(chat: ConversationRow, to: number): void {
    const held = this.#rows.get(idText(chat.id));
    if (held !== undefined && held.to >= to && to > 0) return;
    void this.#begin(chat, to, 0);
  }

  /** Bodies are missing below a size, and the room was read past them: members are asked at once. */
  async missing(chat: ConversationRow, to: number): Promise<void> {
    await this.#begin(chat, to, MEMBERS_RUNG);
  }

  /** The log was forked: what comes after is asked from members, again and again. */
  async forked(chat: ConversationRow): Promise<void> {
    const held = this.#rows.get(idText(chat.id));
    const nowMs = this.#member.clock.nowMs();
    const again = { to: EVERYTHING, sinceMs: held?.sinceMs ?? nowMs, rung: MEMBERS_RUNG, rounds: 0, nextAtMs: nowMs };
    await this.#put(chat, again);
    this.#run(chat);
  }

  async #begin(chat: ConversationRow, to: number, rung: number): Promise<void> {
    const { clock, book } = this.#member;
    try {
      const row = book.get(chat.id);
      if (row?.room === undefined) return;
      const have = await this.#have(row.room);
      const held = this.#rows.get(idText(chat.id));
      const nowMs = clock.nowMs();
      const nextAtMs = nowMs + (rung === 0 ? WAITS_MS[0] : 0);
      const goal = Math.max(to, have + (rung === 0 ? 1 : 0), held?.to ?? 0);
      if (held?.to === goal && held.rung >= rung && rung === 0) return;
      await this.#put(chat, { to: goal, sinceMs: held?.sinceMs ?? nowMs, rung, rounds: held?.rounds ?? 0, nextAtMs });
      this.#run(chat);
    } catch (error) {
      this.#member.failed(error);
    }
  }

  async #put(chat: ConversationRow, row: LadderRow | undefined): Promise<void> {
    const draft = new Draft();
    const name = idText(chat.id);
    if (row === undefined) ladderShelf.remove(draft, chat.id);
    else ladderShelf.put(draft, chat.id, row);
    draft.after(() => void (row === undefined ? this.#rows.delete(name) : this.#rows.set(name, row)));
    await draft.commit(this.#member.store);
  }

  /** What there is to do now may be other than what is waited for. */
  #run(chat: ConversationRow): void {
    this.#waits.get(idText(chat.id))?.abort();
    this.#runner.run(idText(chat.id), (link) => this.#climb(link, chat));
  }

  async #have(room: RoomRow): Promise<number> {
    return (await this.#parts.logs.load(room.log, room.hub.key)).range.size;
  }

  async #wait(chat: ConversationRow, delayMs: number): Promise<void> {
    const name = idText(chat.id);
    const wait = new AbortController();
    this.#waits.set(name, wait);
    // Whoever ends it looks at what there is to do.
    await this.#member.clock.sleep(delayMs, wait.signal).catch(() => undefined);
    if (this.#waits.get(name) === wait) this.#waits.delete(name);
  }

  async #climb(link: StationLink, chat: ConversationRow): Promise<void> {
    const life = this.#life.signal;
    for (;;) {
      const row = this.#member.book.get(chat.id);
      const step = this.#rows.get(idText(chat.id));
      if (row?.room === undefined || step === undefined) return;
      // Of a log that is read again only what is known to be missing is asked for.
      if (step.to === EVERYTHING && !isForked(row)) {
        await this.#put(chat, { ...step, to: 0 });
        continue;
      }
      const nowMs = this.#member.clock.nowMs();
      if (
        (row.stopped && !isForked(row)) ||
        nowMs - step.sinceMs > GIVE_UP_MS ||
        (await this.#isDone(row, row.room, step))
      ) {
        return this.#put(chat, undefined);
      }
      const dueAtMs = this.#dueAtMs(step);
      if (nowMs < dueAtMs) {
        await this.#wait(chat, dueAtMs - nowMs);
        if (life.aborted) return;
        continue;
      }
      if (isForked(row)) await this.#parts.ask(link, row, await this.#have(row.room), EVERYTHING);
      else await this.#rung(link, row, row.room, step);
      const now = this.#rows.get(idText(chat.id)) ?? step;
      // What came meanwhile may have begun it anew.
      if (now.rung === step.rung && now.to === step.to) await this.#put(chat, this.#after(now));
    }
  }

  /** Nobody is told before a link has had its time: what is owed may be on its way, however long there was none. */
  #dueAtMs({ rung, nextAtMs }: LadderRow): number {
    return rung > TOLD_RUNG ? nextAtMs : Math.max(nextAtMs, this.#beganAtMs + WAITS_MS[0]);
  }

  #after(step: LadderRow): LadderRow {
    if (step.to === EVERYTHING) {
      const waitMs = Math.min(FORKED_WAIT_MS * 2 ** step.rounds, FORKED_MOST_WAIT_MS);
      return { ...step, rounds: step.rounds + 1, nextAtMs: this.#member.clock.nowMs() + waitMs };
    }
    const isLast = step.rung >= LAST_RUNG;
    const base = WAITS_MS[Math.min(step.rung, LAST_RUNG)] ?? MOST_WAIT_MS;
    const waitMs = isLast ? Math.min(base * 2 ** step.rounds, MOST_WAIT_MS) : base;
    const nextAtMs = this.#member.clock.nowMs() + waitMs;
    return { ...step, rung: isLast ? 1 : step.rung + 1, rounds: step.rounds + (isLast ? 1 : 0), nextAtMs };
  }

  async #isDone(row: ConversationRow, room: RoomRow, { to }: LadderRow): Promise<boolean> {
    if ((await this.#have(room)) < to || (await isAwaiting(this.#member, row))) return false;
    return (await holeShelf.range(this.#member.store, { prefix: room.log, limit: 1 })).length === 0;
  }

  async #rung(link: StationLink, row: ConversationRow, room: RoomRow, step: LadderRow): Promise<void> {
    const have = await this.#have(room);
    const isBehind = have < step.to;
    if (step.rung === 0) return;
    if (step.rung === TOLD_RUNG) {
      if (!isBehind) return;
      await this.#tell(row, room, step, have);
      return this.#paths(row, room, step.to);
    }
    if (step.rung < LAST_RUNG) return this.#members(link, row, room, step);
    if (!isBehind) return;
    await this.#challenge(row, room, step, have);
    await this.#parts.skip(row, step.to);
  }

  /** The home owes what it has shown a head of; a mirror is given time to have what its hub has. */
  async #tell(row: ConversationRow, room: RoomRow, step: LadderRow, have: number): Promise<void> {
    const { alerts, clock } = this.#member;
    const held = await this.#parts.logs.load(room.log, room.hub.key);
    const promised = held.heads.at(-1);
    const isOwed = this.#parts.access.isHub(room) || (promised?.size ?? 0) > have;
    if (!isOwed && clock.nowMs() - step.sinceMs < LAG_MS) return;
    const kept = promised === undefined ? [] : [encodeStatement(promised, FULL_FORM)];
    await alerts.record({
      code: "withheld",
      station: knownStation(this.#member, isOwed ? room.hub : this.#member.profile.row.home.station),
      subject: room.log,
      log: room.log,
      conversation: row.id,
      sinceMs: promised?.batch.timeMs,
      state: "asking",
      missing: step.to - have,
      kept,
    });
    this.#parts.found();
  }

  /** The hub, and the homes of its people: each may have the room, and none of them knows who asks. */
  async #others(row: ConversationRow, room: RoomRow): Promise<readonly StationRef[]> {
    const home = this.#member.profile.row.home.station;
    const all = [room.hub];
    for (const identity of await this.#parts.people(row)) {
      const contact = await this.#member.contacts.get(identity);
      if (contact !== undefined) all.push(contact.state.home.station);
    }
    return all.filter(
      ({ key }, at) => !equalBytes(key, home.key) && all.findIndex((one) => equalBytes(one.key, key)) === at,
    );
  }

  async #paths(row: ConversationRow, room: RoomRow, to: number): Promise<void> {
    for (const station of await this.#others(row, room)) {
      await this.#member.directs.over(station, (path) => this.#read(path, row, room, to));
      if ((await this.#have(room)) >= to) return;
    }
  }

  async #read(path: StationLink, row: ConversationRow, room: RoomRow, to: number): Promise<void> {
    const reader = await this.#parts.reader(row);
    if (reader === undefined) return;
    await this.#parts.access.show(path, room, reader);
    for (;;) {
      const from = await this.#have(room);
      if (from >= to) return;
      const page = await ask(path, { type: "log.read", log: room.log, from, maxBytes: READ_BYTES }, "log.entries");
      if (page === undefined || page.entries.length === 0) return;
      const offered = { first: page.first, entries: page.entries.map((one) => one.slice()), head: page.head.slice() };
      if (!(await this.#parts.offer(row, offered, { link: path, isRestored: false }))) return;
    }
  }

  async #members(link: StationLink, row: ConversationRow, room: RoomRow, step: LadderRow): Promise<void> {
    const have = await this.#have(room);
    const holes = await holeShelf.range(this.#member.store, { prefix: room.log });
    const indexes = holes.map(({ key }) => lastU64(key));
    const from = Math.min(have, ...indexes);
    const to = have < step.to ? step.to : Math.max(from, ...indexes.map((index) => index + 1));
    await this.#parts.ask(link, row, from, to);
  }

  async #challenge(row: ConversationRow, room: RoomRow, step: LadderRow, have: number): Promise<void> {
    const { alerts, evidence } = this.#member;
    const held = await this.#parts.logs.load(room.log, room.hub.key);
    const basis = held.heads.find(({ size }) => size > have);
    const read = await this.#parts.reader(row);
    const witnesses = this.#parts.witnesses(room.hub);
    if (basis === undefined || read === undefined || witnesses.length === 0) return;
    const outcome = await challenge(
      this.#member,
      room.hub,
      {
        kind: "entry",
        basis: { isClaim: false, bytes: encodeStatement(basis, FULL_FORM) },
        subject: room.log,
        reader: undefined,
        index: have,
      },
      {
        witnesses,
        read: async ({ key }) => ({ key: read.publicKey, signature: await read.sign(mirrorMessage(key, room.log)) }),
      },
    );
    if (outcome.kind !== "unanswered" || outcome.bundle === undefined) return;
    const of = {
      station: knownStation(this.#member, room.hub),
      subject: room.log,
      log: room.log,
      conversation: row.id,
      missing: step.to - have,
    };
    const finding = await provenFinding(outcome.bundle, of, evidence);
    if (finding !== undefined) await alerts.record(finding);
    this.#parts.found();
  }
}
