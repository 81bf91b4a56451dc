/*
 * What is done over every link to the home: show the account (making it the first time), read the inbox and the rooms, and
 * run what is left of openings, renewals, key packages and outboxes. Each part keeps its own state; this one only says what
 * follows what.
 */
import type { Rng } from "@chapar/carrier";
import { accountMessage, idText, isWireError } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import { deviceId } from "@chapar/wire";
import { type ConversationRow, openingShelf } from "./conversation/rows.ts";
import type { Member } from "./core.ts";
import { codeOf } from "./errors.ts";
import { Opening } from "./jobs/opening.ts";
import { Outbox } from "./jobs/outbox.ts";
import { Renewal } from "./jobs/renewal.ts";
import { Runner } from "./jobs/runner.ts";
import type { Session } from "./link/home-link.ts";
import type { StationLink } from "./link/station-link.ts";
import { OwnKeyPackages } from "./profile/key-packages.ts";
import { Draft } from "./store/shelf.ts";
import { Inbox } from "./sync/inbox.ts";
import { LogShelf } from "./sync/log-shelf.ts";
import { RoomAccess } from "./sync/room-access.ts";
import { Rooms } from "./sync/rooms.ts";

/** Everything that happens over a link to the home. */
export class HomeSession implements Session {
  readonly #member: Member;
  readonly #device: Signer;
  readonly #keys: OwnKeyPackages;
  readonly #inbox: Inbox;
  readonly #rooms: Rooms;
  readonly #opening: Opening;
  readonly #renewal: Renewal;
  readonly #runner: Runner<StationLink>;
  readonly outbox: Outbox;
  /** conversations whose renewal the hub took and that are not read that far */
  readonly #renewing = new Set<string>();
  #isReady = false;

  constructor(member: Member, device: Signer, inboxReader: Signer, rng: Rng) {
    this.#member = member;
    this.#device = device;
    const logs = new LogShelf(member.store, member.hasher);
    const access = new RoomAccess(member);
    this.#keys = new OwnKeyPackages(member);
    this.#inbox = new Inbox(member, logs, this.#keys, inboxReader, rng, (row) => this.#joined(row));
    this.#rooms = new Rooms(member, logs, access, { moved: (row, what) => this.#moved(row, what.epoch) }, rng);
    this.#opening = new Opening(member, (row) => this.#rooms.follow(row));
    this.#renewal = new Renewal(member, access);
    this.outbox = new Outbox(member, logs, access, (row) => this.#renewing.has(idText(row.id)));
    this.#runner = new Runner(
      member.clock,
      rng,
      (name, error) => this.#failed(name, error),
      () => member.events.ring(),
    );
  }

  /** Reads what has to be known before the first link. */
  async load(): Promise<void> {
    await this.#keys.load();
  }

  async begin(link: StationLink): Promise<void> {
    link.onPush((push) => {
      if (!this.#inbox.push(link, push)) this.#rooms.push(link, push);
    });
    await this.#account(link);
    this.#renewing.clear();
    this.#runner.begin(link);
    this.#rooms.begin(link);
    this.outbox.begin(link);
    this.#isReady = true;
    this.#runner.run("inbox", (on) => this.#openInbox(on));
    // By what is left to do, not by state: a room that faulted while it was being opened must still be opened.
    for (const { key } of await openingShelf.range(this.#member.store, {})) {
      const row = this.#member.book.get(key);
      if (row !== undefined) this.open(row);
    }
  }

  end(): void {
    this.#isReady = false;
    this.#runner.end();
    this.#inbox.end();
    this.#rooms.end();
    this.outbox.end();
  }

  /** A conversation is to be opened: now, if there is a link. Without an opening it is nothing. */
  open(row: ConversationRow): void {
    this.#runner.run(`open ${idText(row.id)}`, (link) => this.#opening.advance(link, row));
  }

  /** Whether what the home has was read, and nothing waits to leave. */
  async isSettled(): Promise<boolean> {
    const quiet = this.#isReady && this.#runner.isIdle && this.#inbox.isCaughtUp && this.#rooms.isCaughtUp;
    if (!quiet) return false;
    for (const row of this.#member.book.all()) {
      if (row.state === "opening" || (row.renew && row.state === "open")) return false;
      if (!(await this.outbox.isEmpty(row))) return false;
    }
    return true;
  }

  /** Registers once, and shows the device's key. @throws WireError with what the station refused */
  async #account(link: StationLink): Promise<void> {
    const { profile } = this.#member;
    if (!profile.row.registered) await this.#register(link);
    try {
      await this.#authenticate(link);
    } catch (error) {
      // A station that was set up anew knows nobody; the chain and token make the same account again.
      if (!isWireError(error, "station/unknown-identity")) throw error;
      await this.#register(link);
      await this.#authenticate(link);
    }
  }

  async #register(link: StationLink): Promise<void> {
    const { profile, store } = this.#member;
    await link.ask({ type: "account.register", ops: profile.row.ops, token: profile.row.token }, "done");
    const draft = new Draft();
    profile.change(draft, { registered: true, inboxMade: false });
    await draft.commit(store);
  }

  async #authenticate(link: StationLink): Promise<void> {
    const { identity } = this.#member.profile.row;
    const device = deviceId(this.#device.publicKey);
    const { station, nonce } = link.hello;
    const signature = await this.#device.sign(accountMessage(station, nonce, identity, device));
    await link.ask({ type: "account.auth", identity, device, signature }, "done");
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

  #stock(): void {
    this.#runner.run("keys", (link) => this.#keys.stock(link));
  }

  #joined(row: ConversationRow): void {
    this.#rooms.follow(row);
    this.#stock();
  }

  #moved(row: ConversationRow, epoch: boolean): void {
    const name = idText(row.id);
    if (!row.renew) this.#renewing.delete(name);
    else if (epoch && row.state === "open") this.#renew(row);
    this.outbox.kick(row);
  }

  #renew(row: ConversationRow): void {
    const name = idText(row.id);
    this.#runner.run(`renew ${name}`, async (link) => {
      this.#renewing.add(name);
      let isTaken = false;
      try {
        isTaken = await this.#renewal.advance(link, row);
      } finally {
        const now = this.#member.book.get(row.id);
        if (!isTaken || now?.renew !== true) {
          this.#renewing.delete(name);
          if (now !== undefined) this.outbox.kick(now);
        }
      }
    });
  }

  /** A job's failure; that of an opening is shown at its conversation. */
  #failed(name: string, error: unknown): void {
    this.#member.failed(error);
    const row = this.#member.book.all().find(({ id }) => name === `open ${idText(id)}`);
    if (row !== undefined) void this.#note(row, codeOf(error));
  }

  async #note(was: ConversationRow, code: string | undefined): Promise<void> {
    const { book, store } = this.#member;
    try {
      await book.lane(was.id).run(async () => {
        const row = book.get(was.id);
        if (row === undefined || row.state !== "opening" || row.fault === code) return;
        const draft = new Draft();
        book.put(draft, { ...row, fault: code });
        await draft.commit(store);
      });
    } catch (error) {
      this.#member.failed(error);
    }
  }
}
