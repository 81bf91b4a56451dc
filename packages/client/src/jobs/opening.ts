/*
 * Opening a conversation (flow 2) as a machine that survives being killed anywhere: each stage stands on disk before the
 * next begins, and every request of a stage may be made again. Nothing is asked twice that is given once, but for the key
 * packages of a stage that was not reached.
 */
import { roomKeys } from "@chapar/e2e";
import {
  encodeEntry,
  type IdentityState,
  isWireError,
  type LogId,
  logIdOf,
  readMessage,
  writeMessage,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { commitEntry } from "../conversation/commit-entry.ts";
import { encodeRoom } from "../conversation/room-descriptor.ts";
import {
  type ConversationRow,
  type OpeningRow,
  openingShelf,
  sentShelf,
  type WelcomeRow,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { linkOf } from "../apart/link-of.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import { encodeKnock } from "../sync/knock.ts";
import type { Watch } from "../trust/watch.ts";
import { elsewhere } from "../trust/judging.ts";
import { checkReceipt } from "./check-receipt.ts";
import { type Guest, inboxOf, takeGuests } from "./guests.ts";

const SEED_BYTES = 32;
const NOTHING = new Uint8Array(0);

/** What the opening of conversations rests on. */
export interface OpeningListener {
  /** the room exists, or the other side was welcomed */
  moved(row: ConversationRow): void;
  /** The chain that came with somebody's keys, signed for as a whole. @throws ClientError */
  whole: Watch["whole"];
}

/** Brings conversations from an invite to an open room. */
export class Opening {
  readonly #member: Member;
  readonly #listener: OpeningListener;

  constructor(member: Member, listener: OpeningListener) {
    this.#member = member;
    this.#listener = listener;
  }

  /** Takes the stages that are left. @throws what the stations refused with, or what did not verify */
  async advance(link: StationLink, row: ConversationRow): Promise<void> {
    for (;;) {
      const opening = await openingShelf.get(this.#member.store, row.id);
      if (opening === undefined) return;
      if (opening.stage === "take") await this.#take(link, row, opening);
      else if (opening.stage === "create") await this.#create(link, row, opening);
      else await this.#welcome(link, row, opening);
    }
  }

  async #take(link: StationLink, row: ConversationRow, opening: OpeningRow): Promise<void> {
    const { contacts, store, book, profile } = this.#member;
    // The room of the own devices begins alone: each of them is a leaf that is brought in like any other (D-20).
    if (equalBytes(row.peer, profile.row.identity)) return book.lane(row.id).run(() => this.#alone(row, opening));
    const asked = { identity: row.peer, station: opening.at, suite: "x-wing" } as const;
    const { state, guests } = await takeGuests(this.#member, link, asked, this.#listener.whole);
    await book.lane(row.id).run(async () => {
      const known = new Draft();
      contacts.put(known, state);
      await known.commit(store);
      try {
        await this.#prepare(row, opening, state, guests);
      } catch (error) {
        this.#member.groups.forget(row.id);
        throw error;
      }
    });
  }

  async #alone(row: ConversationRow, opening: OpeningRow): Promise<void> {
    const own = await this.#member.contacts.get(row.peer);
    if (own === undefined) throw new ClientError("client/bad-profile");
    try {
      await this.#prepare(row, opening, own.state, []);
    } catch (error) {
      this.#member.groups.forget(row.id);
      throw error;
    }
  }

  /** Makes the group and its first commit; both are on disk before anything leaves (F-4). */
  async #prepare(
    was: ConversationRow,
    opening: OpeningRow,
    state: IdentityState,
    guests: readonly Guest[],
  ): Promise<void> {
    const { crypto, random, sha256, mls, device, groups, hasher, book, store, profile } = this.#member;
    const hub = profile.row.home.station;
    const writeSeed = random(SEED_BYTES);
    const readSeed = random(SEED_BYTES);
    const genesis = encodeEntry({
      kind: "genesis",
      log: "room",
      nonce: was.id,
      writeKey: await crypto.ed25519.publicKey(writeSeed),
      readKey: await crypto.ed25519.publicKey(readSeed),
    });
    const context = encodeRoom({ hub, genesis, ops: profile.row.ops, group: undefined });
    const created = await mls.create(device, was.id, context);
    const pending = await mls.commit(created.group, { add: guests.map(({ keys }) => keys.package), remove: [] });
    const commit = await commitEntry(this.#member, created.group, pending);
    const welcomes: readonly WelcomeRow[] = guests.map(({ keys, facts }) => ({
      inbox: inboxOf(this.#member, state, keys.device),
      ref: facts.ref,
      delivered: false,
    }));
    const draft = new Draft();
    groups.advance(draft, was.id, created.group, [...created.writes, ...pending.writes]);
    const { welcome = NOTHING, tree = NOTHING } = pending;
    const next = {
      ...opening,
      stage: "create",
      genesis,
      writeSeed,
      readSeed,
      commit,
      welcome,
      tree,
      welcomes,
    } as const;
    openingShelf.put(draft, was.id, next);
    sentShelf.put(draft, hasher.leaf(commit), { conversation: was.id, what: "commit", sequence: 0 });
    const room = { log: logIdOf(sha256, hub.key, genesis), hub };
    const row = book.get(was.id) ?? was;
    book.put(draft, { ...row, room, mirrored: true, fault: undefined });
    await draft.commit(store);
  }

  async #create(link: StationLink, was: ConversationRow, opening: OpeningRow): Promise<void> {
    const { crypto, book, store, mls, groups, secrets, clock } = this.#member;
    const room = book.get(was.id)?.room;
    if (room === undefined) throw new ClientError("client/bad-profile");
    const made = await link.ask({ type: "log.create", genesis: opening.genesis }, "log.state");
    if (!equalBytes(made.log, room.log)) throw new ClientError("client/wrong-log");
    const { station, nonce } = (await linkOf(link, room.log)).hello;
    const key = await crypto.ed25519.publicKey(opening.readSeed);
    const read = { key, signature: await crypto.ed25519.sign(opening.readSeed, readMessage(station, nonce, room.log)) };
    await link.ask({ type: "log.open", log: room.log, read, write: undefined }, "log.state");
    await this.#openWrite(link, was, opening, room.log);
    const entry = opening.commit;
    const answer = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
    await checkReceipt(this.#member, answer.receipt, { station: room.hub.key, log: room.log, entry });
    await book.lane(was.id).run(async () => {
      const group = await groups.load(was.id);
      const pending = await groups.pending(was.id);
      const row = book.get(was.id);
      if (group === undefined || pending === undefined || row === undefined)
        throw new ClientError("client/bad-profile");
      const draft = new Draft();
      try {
        const merged = await mls.merge(group, pending);
        groups.advance(draft, was.id, merged.group, merged.writes);
        await secrets.keep(draft, was.id, merged.group, clock.nowMs());
        openingShelf.put(draft, was.id, { ...opening, stage: "welcome" });
        book.put(draft, { ...row, joinedEpoch: merged.group.epoch });
        await draft.commit(store);
      } catch (error) {
        groups.forget(was.id);
        throw error;
      }
    });
    this.#moved(was);
  }

  /**
   * Shows the write key of epoch 0; or, when the commit was taken and its receipt lost, that of epoch 1, which lets the same
   * bytes be answered with the first receipt (W-32).
   */
  async #openWrite(link: StationLink, was: ConversationRow, opening: OpeningRow, log: LogId): Promise<void> {
    const { crypto, groups, mls } = this.#member;
    const { station, nonce } = (await linkOf(link, log)).hello;
    const show = async (epoch: number, signature: Uint8Array): Promise<void> => {
      await link.ask({ type: "log.open", log, read: undefined, write: { epoch, signature } }, "log.state");
    };
    try {
      await show(0, await crypto.ed25519.sign(opening.writeSeed, writeMessage(station, nonce, log, 0)));
    } catch (error) {
      const pending = await groups.pending(was.id);
      if (!isWireError(error, "station/stale-epoch") || pending === undefined) throw error;
      const { write } = await roomKeys(mls, crypto, pending.next);
      await show(1, await write.sign(writeMessage(station, nonce, log, 1)));
    }
  }

  async #welcome(link: StationLink, was: ConversationRow, opening: OpeningRow): Promise<void> {
    const { contacts, book, store } = this.#member;
    const contact = await contacts.get(was.peer);
    const { welcome, tree } = opening;
    let { welcomes } = opening;
    for (const { inbox, ref, delivered } of opening.welcomes) {
      if (delivered) continue;
      if (contact === undefined) throw new ClientError("client/bad-profile");
      const { station } = contact.state.home;
      const entry = encodeEntry({ kind: "knock", frame: encodeKnock({ ref, welcome, tree }) });
      const answer = await link.ask({ type: "inbox.append", inbox, at: elsewhere(link, station), entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: station.key, log: inbox, entry });
      welcomes = welcomes.map((one) => (equalBytes(one.ref, ref) ? { ...one, delivered: true } : one));
      const draft = new Draft();
      openingShelf.put(draft, was.id, { ...opening, welcomes });
      await draft.commit(store);
    }
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      const draft = new Draft();
      openingShelf.remove(draft, was.id);
      book.put(draft, {
        ...row,
        state: row.state === "opening" ? "open" : row.state,
        fault: row.state === "opening" ? undefined : row.fault,
      });
      await draft.commit(store);
    });
    this.#moved(was);
  }

  #moved(was: ConversationRow): void {
    const row = this.#member.book.get(was.id);
    if (row !== undefined) this.#listener.moved(row);
  }
}
