/*
 * What is done over every link to the home: show the account (making it the first time), read the inbox and the rooms, and
 * run what is left of openings, renewals, key packages and outboxes. Each part keeps its own state; this one only says what
 * follows what.
 */
import type { Rng } from "@chapar/carrier";
import { roomKeys } from "@chapar/e2e";
import { idText } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import { CHANNELS_PART } from "./channels/part-name.ts";
import { type ConversationRow, isForked, openingShelf, type RoomRow } from "./conversation/rows.ts";
import type { Member } from "./core.ts";
import { ApartRooms } from "./apart/apart-rooms.ts";
import { hearLetIn } from "./devices/let-in.ts";
import { codeOf } from "./errors.ts";
import { Opening } from "./jobs/opening.ts";
import { noteOpeningFault } from "./jobs/opening-fault.ts";
import { showAccount } from "./jobs/account.ts";
import { calm } from "./jobs/calm.ts";
import { Outbox } from "./jobs/outbox.ts";
import { Pace } from "./jobs/pace.ts";
import { Renewal } from "./jobs/renewal.ts";
import { Runner } from "./jobs/runner.ts";
import type { Session } from "./link/home-link.ts";
import type { StationLink } from "./link/station-link.ts";
import { tellProfile } from "./profile/telling.ts";
import { hearMoved } from "./moving/notices.ts";
import { MOVING_PART } from "./moving/part-name.ts";
import { OwnKeyPackages } from "./profile/key-packages.ts";
import { Asked } from "./repair/asked.ts";
import type { RepairLetIn } from "./repair/codec.ts";
import { Ladder } from "./repair/ladder.ts";
import { RESTORED_PART } from "./repair/part-name.ts";
import { Readers } from "./repair/readers.ts";
import { Repair } from "./repair/repair.ts";
import { isPaused } from "./safety/forks.ts";
import { TakeBack } from "./safety/take-back.ts";
import type { SessionTools } from "./session/part.ts";
import { SessionParts } from "./session/parts.ts";
import { Draft } from "./store/shelf.ts";
import { Inbox } from "./sync/inbox.ts";
import { LogShelf } from "./sync/log-shelf.ts";
import { RoomAccess } from "./sync/room-access.ts";
import { Rooms } from "./sync/rooms.ts";
import { tellMissing } from "./trust/missing.ts";
import { Probe } from "./trust/probe.ts";
import type { TakenBackView } from "./trust-api.ts";
import { Watch } from "./trust/watch.ts";

export class HomeSession implements Session {
  readonly #member: Member;
  readonly #device: Signer;
  readonly #keys: OwnKeyPackages;
  readonly #inbox: Inbox;
  readonly #rooms: Rooms;
  readonly #opening: Opening;
  readonly #takeBack: TakeBack;
  readonly #renewal: Renewal;
  readonly #pace: Pace;
  readonly #runner: Runner<StationLink>;
  readonly #repair: Repair;
  readonly #ladder: Ladder;
  readonly #asked: Asked;
  readonly #probe: Probe;
  readonly #parts: SessionParts;
  readonly #apart: ApartRooms;
  #life = new AbortController();
  readonly outbox: Outbox;
  readonly watch: Watch;
  #isReady = false;

  constructor(member: Member, device: Signer, inboxReader: Signer, rng: Rng) {
    this.#member = member;
    this.#device = device;
    const logs = new LogShelf(member.store, member.hasher);
    const access = new RoomAccess(member);
    this.#keys = new OwnKeyPackages(member);
    this.#pace = new Pace(member.clock, rng);
    const readers = new Readers(member);
    this.#probe = new Probe(member, logs);
    const found = (): void => this.watch.judge();
    const heard = {
      joined: (row: ConversationRow) => this.#joined(row),
      found,
      hear: (draft: Draft, frame: Uint8Array) => this.#repair.hear(draft, frame) || this.#parts.hear(draft, frame),
      heard: () => {
        this.#runner.run("repair", (link) => this.#repair.run(link));
        this.#parts.heard();
      },
    };
    this.#inbox = new Inbox(member, { logs, keys: this.#keys, readers, reader: inboxReader }, rng, heard);
    const offer: Rooms["offer"] = (row, page, source) => this.#rooms.offer(row, page, source);
    const asked = async (row: ConversationRow, message: RepairLetIn): Promise<void> => {
      if (await hearLetIn(member, row, message)) this.#parts.asked(row);
    };
    this.#repair = new Repair(member, logs, this.#inbox.log, {
      offer,
      restored: async ({ room }, count) => {
        if (room !== undefined) await member.alerts.restored(room.log, count);
      },
      asked,
      moved: async (row, message) => {
        if (await hearMoved(member, row, message)) this.#parts.wake(MOVING_PART);
      },
    });
    this.watch = new Watch(member, logs, this.#inbox.log, rng, {
      chainChanged: () => tellProfile(member, (row) => this.outbox.kick(row)),
      owed: (row, { size }) => (row.kind === "channel" ? this.#parts : this.#ladder).owed(row, size),
      // Whoever sees a station lie about a room gives what it wrote there: the other may not have it.
      told: (row) => this.#give(row),
      unseen: (station) => this.#parts.unseen(station),
    });
    this.#ladder = new Ladder(
      member,
      {
        logs,
        access,
        witnesses: (station) => this.watch.witnesses(station),
        climbs: ({ kind }) => kind !== "channel",
        reader: async ({ id }) => {
          const group = await member.groups.load(id);
          return group && (await roomKeys(member.mls, member.crypto, group)).read;
        },
        people: async (row) => member.book.others(row),
        offer,
        ask: (link, row, from, to) => this.#repair.ask(link, row, from, to),
        skip: (row, to) => this.#rooms.skip(row, to),
        found,
      },
      rng,
    );
    this.#asked = new Asked(member, logs, (link, row, from, to) => this.#repair.ask(link, row, from, to));
    this.#rooms = new Rooms(
      member,
      logs,
      { access, readers },
      {
        moved: (row, what) => this.#moved(row, what.epoch),
        found: (row) => {
          found();
          if (isForked(row)) this.#withoutLog(row);
          this.#prove(row, async (probe, link, room) => {
            if (await probe.page(link, row, room)) this.#withoutLog(await this.#rooms.forked(row));
          });
        },
        owed: (row, size) => this.#ladder.owed(row, size),
        stuck: (row) => this.#parts.stuck(row),
        twice: (row, twice) => this.#prove(row, (probe, link, room) => probe.twice(link, row, room, twice)),
        awaited: (row) => void this.#ladder.missing(row, 0),
        missing: async (row, explained) => {
          await tellMissing(member, row, explained);
          found();
        },
      },
      rng,
    );
    this.#apart = new ApartRooms(member, rng, this.#rooms);
    this.#takeBack = new TakeBack(member, () => tellProfile(member, (row) => this.outbox.kick(row)));
    this.#opening = new Opening(member, {
      moved: (row) => this.#rooms.follow(row),
      whole: (link, identity, station, ops) => this.watch.whole(link, identity, station, ops),
    });
    this.outbox = new Outbox(
      member,
      { logs, access, rng },
      {
        isHeld: (row) => this.#isHeld(row),
        leftWithoutLog: (row) => this.#give(row),
        unreachable: (row) => this.#parts.unreachable(row),
        channel: () => this.#parts.wake(CHANNELS_PART),
      },
    );
    this.#runner = new Runner(
      member.clock,
      rng,
      (name, error) => this.#failed(name, error),
      () => member.events.ring(),
    );
    const tools: SessionTools = {
      run: (name, job) => this.#runner.run(name, job),
      kick: (row) => this.outbox.kick(row),
      wake: (part) => this.#parts.wake(part),
      joined: (row) => this.#joined(row),
      keys: this.#keys,
      whole: (link, identity, station, ops) => this.watch.whole(link, identity, station, ops),
      open: (row) => this.open(row),
      logs,
      access,
      rng,
      watch: this.watch,
      pace: this.#pace,
    };
    this.#renewal = new Renewal(member, tools);
    this.#parts = new SessionParts(member, tools);
  }

  /** Reads what has to be known before the first link. */
  async load(): Promise<void> {
    await this.#keys.load();
    await this.watch.load();
    await this.#ladder.load();
  }

  async begin(link: StationLink): Promise<void> {
    link.onPush((push) => {
      if (!this.#inbox.push(link, push) && !this.#rooms.push(link, push)) this.#parts.push(link, push);
    });
    link.onGap((gap) => {
      if (!this.#inbox.gap(link, gap) && !this.#parts.gap(link, gap)) this.#rooms.gap(link, gap);
    });
    await this.#apart.begin(link);
    await this.#takeBack.settle().catch((error: unknown) => this.#member.failed(error));
    await showAccount(this.#member, this.#device, link);
    this.#renewal.begin();
    this.#pace.begin();
    this.#runner.begin(link);
    this.#rooms.begin(link);
    this.outbox.begin(link);
    this.#isReady = true;
    this.#runner.run("inbox", (on) => this.#openInbox(on));
    this.#runner.run("tokens", () => this.#apart.stock());
    this.#runner.run("routes", (on) => this.#learnRoutes(on));
    this.#runner.run("repair", (on) => this.#repair.run(on));
    this.#runner.run("asked", (on) => this.#asked.run(on));
    this.#life = new AbortController();
    this.#parts.begin(link);
    this.watch.begin(link);
    this.#ladder.begin(link);
    for (const row of this.#member.book.all()) {
      if (row.stopped && row.fault === "client/wrong-receipt") this.#doubt(row);
      if (isForked(row)) this.#withoutLog(row);
    }
    // By what is left to do, not by state: a room that faulted while it was being opened must still be opened.
    for (const { key } of await openingShelf.range(this.#member.store, {})) {
      const row = this.#member.book.get(key);
      if (row !== undefined) this.open(row);
    }
  }

  end(): void {
    this.#isReady = false;
    this.#apart.end();
    this.#runner.end();
    this.#pace.end();
    this.#life.abort();
    this.#parts.end();
    this.watch.end();
    this.#ladder.end();
    this.#inbox.end();
    this.#rooms.end();
    this.outbox.end();
  }

  /** A conversation is to be opened: now, if there is a link. Without an opening it is nothing. */
  open(row: ConversationRow): void {
    this.#runner.run(`open ${idText(row.id)}`, (link) => this.#opening.advance(link, row));
  }

  /** A desk has queued something for one of the parts. */
  wake(name: string): void {
    this.#parts.wake(name);
  }

  /** The person asks the members for what is missing; leaves now, if there is a link. */
  async ask(row: ConversationRow): Promise<void> {
    await this.#asked.queue(row);
    this.#runner.run("asked", (link) => this.#asked.run(link));
  }

  /** Takes back what a stolen key did to the own chain; also without an account, which the thief may have closed. */
  async takeBack(words: string | undefined): Promise<TakenBackView> {
    return this.#takeBack.run(words);
  }

  /** Whether what the home has was read, and nothing waits to leave. */
  async isSettled(): Promise<boolean> {
    await this.#apart.heard();
    const quiet = this.#isReady && this.#runner.isIdle && this.#inbox.isCaughtUp && this.#rooms.isCaughtUp;
    if (!quiet) return false;
    for (const row of this.#member.book.all()) {
      if (row.state === "opening" || (row.renew && row.state === "open")) return false;
      if (!isPaused(this.#member, row) && !(await this.outbox.isEmpty(row))) return false;
    }
    return this.#parts.isSettled();
  }

  /** A list that is refused is told and not asked for again on this link; what is held stays (P-51). */
  async #learnRoutes(link: StationLink): Promise<void> {
    const { routes, profile } = this.#member;
    await routes.learn(link, profile.row.home).catch((error: unknown) => this.#member.failed(error));
  }

  async #openInbox(link: StationLink): Promise<void> {
    const { profile, store } = this.#member;
    if (!profile.row.inboxMade) {
      await link.ask({ type: "log.create", genesis: this.#inbox.genesis }, "log.state");
      const draft = new Draft();
      profile.change(draft, { inboxMade: true });
      await draft.commit(store);
    }
    await this.#inbox.begin(link);
    this.#stock();
  }

  /** The log was proved forked: the conversation goes on over members. */
  #withoutLog(row: ConversationRow): void {
    void this.#ladder.forked(row).catch((error: unknown) => this.#member.failed(error));
    this.outbox.kick(row);
    this.#give(row);
  }

  #give(row: ConversationRow): void {
    this.#runner.run(`give ${idText(row.id)}`, (link) => this.#repair.give(link, row));
    // What was told may be that the station was restored.
    this.#parts.wake(RESTORED_PART);
  }

  /** A receipt contradicts the log: both are the station's word. */
  #doubt(row: ConversationRow): void {
    this.#prove(row, (probe, link, room) => probe.receipts(link, row, room));
  }

  /** What was seen is made into a proof, where the station gives what shows it. */
  #prove(row: ConversationRow, work: (probe: Probe, link: StationLink, room: RoomRow) => Promise<void>): void {
    const { room } = row;
    if (room === undefined) return;
    this.#runner.run(`prove ${idText(row.id)}`, async (link) => {
      await work(this.#probe, link, room);
      this.watch.judge();
    });
  }

  #stock(): void {
    this.#runner.run("keys", (link) =>
      this.#keys.stock(link, () => calm(this.#member, this.outbox, this.#life.signal)),
    );
  }

  #isHeld(row: ConversationRow): boolean {
    return this.#renewal.isHeld(row) || this.#parts.isHeld(row) || isPaused(this.#member, row);
  }

  #joined(row: ConversationRow): void {
    this.#rooms.rejoin(row);
    this.#stock();
    this.#parts.moved(row, false);
  }

  #moved(row: ConversationRow, epoch: boolean): void {
    if (row.stopped && row.fault === "client/wrong-receipt") this.#doubt(row);
    this.#renewal.moved(row, epoch);
    if (isForked(row)) this.#withoutLog(row);
    else this.outbox.kick(row);
    this.#parts.moved(row, epoch);
  }

  /** A job's failure; that of an opening is shown at its conversation. */
  #failed(name: string, error: unknown): void {
    this.#member.failed(error);
    const row = this.#member.book.all().find(({ id }) => name === `open ${idText(id)}`);
    if (row !== undefined) void noteOpeningFault(this.#member, row, codeOf(error));
  }
}
