/*
 * Every device of a person is a leaf of each of their conversations (D-10): what is missing is added, what was revoked is removed, by whichever
 * device finds it first. A commit is on disk before it leaves and stands where the log has it (F-4); whoever loses the race reads the
 * winner first and looks again.
 */
import { type KeyPackageFacts, type MlsGroup, SUITE_NUMBERS } from "@chapar/e2e";
import { encodeHeldHead } from "@chapar/log";
import {
  encodeEntry,
  idText,
  type IdentityState,
  inboxGenesis,
  isWireError,
  liveDevice,
  type LiveDevice,
  logIdOf,
  type StationRef,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { commitEntry } from "../conversation/commit-entry.ts";
import { type ConversationRow, openingShelf, outboxShelf, type RoomRow, sentShelf } from "../conversation/rows.ts";
import { enqueueChain } from "../conversation/queue.ts";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import type { StationLink } from "../link/station-link.ts";
import { leave } from "../repair/inboxes.ts";
import { Draft } from "../store/shelf.ts";
import { encodeKnock } from "../sync/knock.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { RoomAccess } from "../sync/room-access.ts";
import { encodeHandKnock, handSecret, sealHanding } from "./hand.ts";
import { type GuestRow, type HandingRow, handingShelf, toldShelf } from "./handing-row.ts";
import { askedIn, isAnswered } from "./let-in.ts";
import { ownState } from "./own-ops.ts";

const NOTHING = new Uint8Array(0);

/** What is told of leaves. */
export interface LeavesListener {
  /** own devices were handed a conversation and want its lines */
  handed(draft: Draft, row: ConversationRow, devices: readonly Uint8Array[], placed: number): void;
  /** something waits to leave */
  waits(row: ConversationRow): void;
}

/** A device that can be added now. */
interface Candidate {
  readonly live: LiveDevice;
  readonly station: StationRef;
  readonly isOwn: boolean;
  readonly package: Uint8Array;
  readonly facts: KeyPackageFacts;
  /** it asked to be let in, whether or not it has a leaf, which it cannot use then */
  readonly asked: boolean;
}

/** A commit that is on disk. */
interface MadeCommit {
  readonly row: ConversationRow;
  readonly room: RoomRow;
  readonly group: MlsGroup;
  readonly entry: Uint8Array;
}

/** Brings leaves in and out. */
export class Leaves {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #access: RoomAccess;
  readonly #listener: LeavesListener;

  constructor(
    member: Member,
    parts: { readonly logs: LogShelf; readonly access: RoomAccess },
    listener: LeavesListener,
  ) {
    this.#member = member;
    this.#logs = parts.logs;
    this.#access = parts.access;
    this.#listener = listener;
  }

  /** Does what is left to do in a conversation. @throws what stations refuse with, after which it is tried again */
  async run(link: StationLink, was: ConversationRow): Promise<void> {
    // In groups it is a wish like every other (protocol/12-groups.md F-100).
    if (was.kind !== "direct") return;
    const { book, store } = this.#member;
    const handing = await handingShelf.get(store, was.id);
    if (handing?.stage === "welcome") await this.#welcome(link, was, handing);
    const row = book.get(was.id);
    if (row === undefined || !(await this.#isReady(row))) return;
    await this.#commit(link, row);
  }

  /** Whether a conversation has leaves to bring in or out, or guests to tell. */
  async isLeft(row: ConversationRow): Promise<boolean> {
    return (await handingShelf.get(this.#member.store, row.id)) !== undefined;
  }

  async #isReady(row: ConversationRow): Promise<boolean> {
    if (row.state !== "open" || row.stopped || row.room === undefined || row.joinedEpoch === 0) return false;
    return (await openingShelf.get(this.#member.store, row.id)) === undefined;
  }

  async #commit(link: StationLink, was: ConversationRow): Promise<void> {
    const { book, groups } = this.#member;
    const group = await book.lane(was.id).run(() => groups.load(was.id));
    if (group === undefined) return;
    const remove = await this.#revoked(group);
    const candidates = await this.#candidates(link, was, group);
    const made = await book.lane(was.id).run(() => this.#made(was, remove, candidates));
    if (made === undefined) return;
    await this.#leave(link, made);
  }

  /** Leaves of devices that are revoked in the chain that is held. */
  async #revoked(group: MlsGroup): Promise<readonly Uint8Array[]> {
    const gone: Uint8Array[] = [];
    for (const { credential } of group.members()) {
      const contact = await this.#member.contacts.get(credential.identity);
      const isOwn = equalBytes(credential.device, this.#member.device.credential.device);
      const isRevoked = contact?.state.revoked.some(({ device }) => equalBytes(device, credential.device)) === true;
      if (isRevoked && !isOwn) gone.push(credential.device);
    }
    return gone;
  }

  /** Devices that are no leaves and whose keys can be had: own ones, and those that asked to be let in. */
  async #candidates(link: StationLink, row: ConversationRow, group: MlsGroup): Promise<readonly Candidate[]> {
    const { store, contacts, profile } = this.#member;
    const has = (device: Uint8Array): boolean =>
      group.members().some(({ credential }) => equalBytes(credential.device, device));
    const own = (await contacts.get(profile.row.identity))?.state ?? (await ownState(this.#member));
    const found: Candidate[] = [];
    const missing = own.devices.filter(({ device }) => !has(device));
    if (missing.length > 0 && (await this.#isTold(row))) {
      const suite = SUITE_NUMBERS[group.suite];
      const asked = { type: "keys.take", identity: profile.row.identity, suite, at: undefined } as const;
      const taken = await link.ask(asked, "keys.taken");
      for (const live of missing) {
        const keys = taken.devices.find(({ device }) => equalBytes(device, live.device));
        const candidate = keys && (await this.#candidate(own, live, keys.package.slice(), true));
        if (candidate !== undefined) found.push(candidate);
      }
    }
    for (const value of await askedIn(store, row.id)) {
      const state = (await contacts.get(value.identity))?.state;
      const live = state && liveDevice(state, value.device);
      if (state === undefined || live === undefined) continue;
      const isOwn = equalBytes(value.identity, profile.row.identity);
      const candidate = await this.#candidate(state, live, value.package, isOwn);
      const isNew = !found.some((one) => equalBytes(one.live.device, live.device));
      if (candidate !== undefined && isNew) found.push({ ...candidate, asked: true });
    }
    return found;
  }

  async #candidate(
    state: IdentityState,
    live: LiveDevice,
    bytes: Uint8Array,
    isOwn: boolean,
  ): Promise<Candidate | undefined> {
    try {
      const facts = await this.#member.mls.inspect(bytes);
      const { identity, device } = facts.credential;
      if (!equalBytes(identity, state.identity) || !equalBytes(device, live.device)) return undefined;
      return { live, station: state.home.station, isOwn, package: bytes, facts, asked: false };
    } catch (error) {
      this.#member.failed(error);
      return undefined;
    }
  }

  /** Whether the log has it that the own chain stands as it does (D-11); when nobody has told it there, it is told. */
  async #isTold(was: ConversationRow): Promise<boolean> {
    const { profile, store, book } = this.#member;
    const { ops } = profile.row;
    const told = await toldShelf.get(store, was.id);
    if (told !== undefined && told.opCount >= ops.length) {
      const waiting = await outboxShelf.range(store, { prefix: was.id });
      return waiting.every(({ value }) => value.visible);
    }
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      if (row === undefined || row.stopped || row.state !== "open") return;
      const draft = new Draft();
      toldShelf.put(draft, row.id, { opCount: ops.length });
      book.put(draft, enqueueChain(this.#member, draft, row));
      await draft.commit(store);
    });
    this.#listener.waits(book.get(was.id) ?? was);
    return false;
  }

  /** The commit there is, or a new one; on disk before it leaves. Runs in the conversation's lane. */
  async #made(
    was: ConversationRow,
    remove: readonly Uint8Array[],
    candidates: readonly Candidate[],
  ): Promise<MadeCommit | undefined> {
    const { book, groups, mls, store, hasher } = this.#member;
    const row = book.get(was.id);
    const group = await groups.load(was.id);
    if (row?.room === undefined || group === undefined || row.stopped || row.state !== "open") return undefined;
    const held = await groups.pending(row.id);
    const handing = await handingShelf.get(store, row.id);
    const { room } = row;
    if (held !== undefined) {
      // Of a renewal: what is to be done here waits for it.
      if (handing?.stage !== "commit") return undefined;
      return { row, room, group, entry: await commitEntry(this.#member, group, held) };
    }
    const draft = new Draft();
    // Another commit came first.
    if (handing?.stage === "commit") handingShelf.remove(draft, row.id);
    if (handing?.stage === "welcome") return undefined;
    const add = candidates.filter(({ live, asked }) => asked || !hasDevice(group, live.device));
    // A device that asks has lost what its leaf needs: a new leaf takes the old one's place.
    const gone = [...remove, ...add.map(({ live }) => live.device)];
    const leaves = group.members().filter(({ credential }) => gone.some((one) => equalBytes(one, credential.device)));
    if (leaves.length + add.length === 0) {
      await draft.commit(store);
      return undefined;
    }
    const change = { add: add.map((one) => one.package), remove: leaves.map(({ leaf }) => leaf) };
    const pending = await mls.commit(group, change);
    const entry = await commitEntry(this.#member, group, pending);
    groups.advance(draft, row.id, group, pending.writes);
    sentShelf.put(draft, hasher.leaf(entry), { conversation: row.id, what: "commit", sequence: 0 });
    handingShelf.put(draft, row.id, {
      stage: "commit",
      guests: add.map((one) => this.#guest(one)),
      welcome: pending.welcome ?? NOTHING,
      tree: pending.tree ?? NOTHING,
      secret: await handSecret(mls, pending.next),
      held: encodeHeldHead(await this.#logs.load(room.log, room.hub.key)),
      placed: 0,
      readTo: 0,
      unread: 0,
      chains: [],
    });
    await draft.commit(store);
    return { row, room, group, entry };
  }

  #guest({ live, station, isOwn, facts }: Candidate): GuestRow {
    const { sha256 } = this.#member;
    const inbox = logIdOf(sha256, station.key, encodeEntry(inboxGenesis(live, sha256)));
    return { device: live.device, ref: facts.ref, inbox, station, isOwn, delivered: false };
  }

  async #leave(link: StationLink, { row, room, group, entry }: MadeCommit): Promise<void> {
    try {
      await this.#access.openWrite(link, row, room, group);
      const answer = await link.ask({ type: "log.append", log: room.log, entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: room.hub.key, log: room.log, entry });
    } catch (error) {
      if (!isWireError(error, "station/lost-race") && !isWireError(error, "station/stale-epoch")) throw error;
    }
  }

  /** The guests are left their welcomes, and own ones what they are handed. */
  async #welcome(link: StationLink, was: ConversationRow, handing: HandingRow): Promise<void> {
    const { store, book } = this.#member;
    const row = book.get(was.id) ?? was;
    let { guests } = handing;
    for (const guest of handing.guests) {
      if (guest.delivered) continue;
      const frame = await this.#knock(row, handing, guest);
      if (!(await leave(this.#member, link, guest, frame))) continue;
      guests = guests.map((one) => (equalBytes(one.ref, guest.ref) ? { ...one, delivered: true } : one));
      const draft = new Draft();
      handingShelf.put(draft, row.id, { ...handing, guests });
      await isAnswered(this.#member, draft, row.id, guest.device);
      await draft.commit(store);
    }
    if (guests.some(({ delivered }) => !delivered)) throw new TypeError(`a guest of ${idText(row.id)} was not reached`);
    const draft = new Draft();
    handingShelf.remove(draft, row.id);
    const own = guests.filter(({ isOwn }) => isOwn).map(({ device }) => device);
    if (own.length > 0) this.#listener.handed(draft, row, own, handing.placed);
    await draft.commit(store);
  }

  async #knock(row: ConversationRow, handing: HandingRow, guest: GuestRow): Promise<Uint8Array> {
    const { crypto, device } = this.#member;
    const { welcome, tree, secret } = handing;
    if (!guest.isOwn) return encodeKnock({ ref: guest.ref, welcome, tree });
    const { peer, peerName, peerHome, atMs } = row;
    const { placed, readTo, unread, chains, held } = handing;
    const sealed = await sealHanding(
      { peer, peerName, peerHome, placed, readTo, unread, atMs, chains, held },
      { conversation: row.id, secret },
      {
        device: device.credential.device,
        sign: async (message) => crypto.ed25519.sign(device.signaturePrivateKey, message),
      },
      crypto,
    );
    return encodeHandKnock({ ref: guest.ref, welcome, tree, sealed });
  }
}

function hasDevice(group: MlsGroup, device: Uint8Array): boolean {
  return group.members().some(({ credential }) => equalBytes(credential.device, device));
}
