/*
 * Reading the inbox: followed and checked like a room, but anyone may write into it, so an entry that cannot be used is
 * passed over (F-23) and only the log itself can stop it. A welcome makes a conversation, deletes the private half of its
 * key package and moves the cursor in one transaction (F-7).
 */
import { backoffMs, type Rng } from "@chapar/carrier";
import { isE2eError, type MlsGroup } from "@chapar/e2e";
import { decodeSignedHead } from "@chapar/log";
import {
  conversationId,
  decodeEntry,
  deviceId,
  encodeEntry,
  ID_SIZE_BYTES,
  idText,
  type IdentityId,
  inboxGenesis,
  type LogId,
  logIdOf,
  readMessage,
} from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import { newConversation } from "../conversation/book.ts";
import { isBetween } from "../conversation/membership.ts";
import { enqueueName } from "../conversation/queue.ts";
import { decodeRoom, type RoomDescriptor, roomLog } from "../conversation/room-descriptor.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError, type ClientCode, isClientError } from "../errors.ts";
import { Lane } from "../lane.ts";
import type { Push, StationLink } from "../link/station-link.ts";
import { keyPackageShelf, type OwnKeyPackages } from "../profile/key-packages.ts";
import { Draft } from "../store/shelf.ts";
import { checkPage } from "./check-page.ts";
import { decodeKnock } from "./knock.ts";
import { evidenceShelf, type LogShelf } from "./log-shelf.ts";

/** What a knock's writer can cause: such a knock is passed over (F-23), and nothing else ever is. */
const THEIRS: readonly ClientCode[] = [
  "client/bad-room",
  "client/wrong-chain",
  "client/stale-chain",
  "client/forked-chain",
];

/** Told of a conversation that someone else began. */
export type Joined = (row: ConversationRow) => void;

/** Follows the inbox of this device. */
export class Inbox {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #keys: OwnKeyPackages;
  readonly #joined: Joined;
  readonly #rng: Rng;
  readonly #lane = new Lane();
  readonly genesis: Uint8Array;
  readonly log: LogId;
  readonly #reader: Signer;
  #link: StationLink | undefined;
  #life = new AbortController();
  #targetSize: number | undefined;
  #size = 0;
  #failures = 0;
  #waiting = false;

  constructor(member: Member, logs: LogShelf, keys: OwnKeyPackages, reader: Signer, rng: Rng, joined: Joined) {
    this.#member = member;
    this.#logs = logs;
    this.#keys = keys;
    this.#joined = joined;
    this.#rng = rng;
    this.#reader = reader;
    const device = deviceId(member.device.credential.device);
    this.genesis = encodeEntry(inboxGenesis({ device, inboxReadKey: reader.publicKey }, member.sha256));
    this.log = logIdOf(member.sha256, member.profile.row.home.station.key, this.genesis);
  }

  /** Whether what the home had when the inbox was opened is read. */
  get isCaughtUp(): boolean {
    return this.#targetSize !== undefined && !this.#lane.busy && this.#size >= this.#targetSize;
  }

  /** Opens and follows; the account was shown and the inbox made. */
  async begin(link: StationLink): Promise<void> {
    this.#link = link;
    this.#life = new AbortController();
    await this.#open(link);
  }

  end(): void {
    this.#link = undefined;
    this.#targetSize = undefined;
    this.#life.abort();
  }

  async #open(link: StationLink): Promise<void> {
    const stationKey = this.#member.profile.row.home.station.key;
    const held = await this.#lane.run(() => this.#logs.load(this.log, stationKey));
    const { station, nonce } = link.hello;
    const signature = await this.#reader.sign(readMessage(station, nonce, this.log));
    const read = { key: this.#reader.publicKey, signature };
    const state = await link.ask({ type: "log.open", log: this.log, read, write: undefined }, "log.state");
    const head = decodeSignedHead(state.head, { stationKey, logId: this.log });
    this.#size = held.range.size;
    await link.ask({ type: "log.follow", log: this.log, from: held.range.size }, "done");
    this.#targetSize = head.ok ? head.value.size : 0;
    this.#member.events.ring();
  }

  /** Takes a push of the inbox; false when it is of another log. */
  push(link: StationLink, push: Push): boolean {
    if (!equalBytes(push.log, this.log)) return false;
    void this.#taking(link, push);
    return true;
  }

  async #taking(link: StationLink, push: Push): Promise<void> {
    try {
      await this.#lane.run(() => this.#take(link, push));
    } catch (error) {
      this.#member.failed(error);
      void this.#again(link);
    } finally {
      this.#member.events.ring();
    }
  }

  async #again(link: StationLink): Promise<void> {
    if (this.#waiting || this.#link !== link) return;
    this.#waiting = true;
    this.#failures += 1;
    try {
      await this.#member.clock.sleep(backoffMs(this.#failures, this.#rng), this.#life.signal);
      this.#waiting = false;
      await this.#open(link);
    } catch (error) {
      // The end of the link aborts the sleep; everything else is tried again.
      this.#waiting = false;
      if (this.#life.signal.aborted) return;
      this.#member.failed(error);
      void this.#again(link);
    }
  }

  async #take(link: StationLink, push: Push): Promise<void> {
    if (this.#link !== link || this.#waiting) return;
    const { hasher, verify, clock, store, profile } = this.#member;
    const held = await this.#logs.load(this.log, profile.row.home.station.key);
    const checked = await checkPage(held, push, {
      hasher,
      verify,
      nowMs: clock.nowMs(),
      consistency: async (from, to) =>
        (await link.ask({ type: "log.consistency", log: this.log, from, to }, "log.hashes")).hashes,
    });
    if (!checked.ok) {
      const draft = new Draft();
      evidenceShelf.put(draft, this.log, checked.fault.evidence);
      await draft.commit(store);
      throw new ClientError("client/inbox-fault", checked.fault.code);
    }
    const draft = new Draft();
    const joined: ConversationRow[] = [];
    const spent = new Set<string>();
    for (const { bytes } of checked.entries) {
      const entry = decodeEntry(bytes);
      if (!entry.ok || entry.value.kind !== "knock") continue;
      const row = await this.#join(draft, entry.value.frame, joined, spent);
      if (row !== undefined) joined.push(row);
    }
    this.#logs.put(draft, this.log, checked.held);
    await draft.commit(store);
    this.#size = checked.held.range.size;
    this.#failures = 0;
    for (const row of joined) this.#joined(row);
  }

  /** Joins by a welcome; undefined when the knock is of no use here. */
  async #join(
    draft: Draft,
    frame: Uint8Array,
    before: readonly ConversationRow[],
    spent: Set<string>,
  ): Promise<ConversationRow | undefined> {
    const { mls, device, store, groups } = this.#member;
    const knock = decodeKnock(frame);
    if (!knock.ok) return undefined;
    const { ref, welcome, tree } = knock.value;
    const key = await keyPackageShelf.get(store, ref);
    // The store still has what an earlier knock of this page used up (F-10).
    if (key === undefined || spent.has(idText(ref))) return undefined;
    try {
      const joined = await mls.join(
        device,
        { ref, publicBytes: key.publicBytes, privateBytes: key.privateBytes },
        welcome,
        tree,
      );
      const row = await this.#conversation(draft, joined.group, before);
      if (row === undefined) return undefined;
      groups.advance(draft, row.id, joined.group, joined.writes);
      if (!this.#keys.used(draft, ref, key)) spent.add(idText(ref));
      const named = enqueueName(this.#member, draft, row);
      this.#member.book.put(draft, named);
      return named;
    } catch (error) {
      if (isE2eError(error) || THEIRS.some((code) => isClientError(error, code))) return undefined;
      throw error;
    }
  }

  /** The conversation that a group is, described and vouched for by its creator (F-5). */
  async #conversation(
    draft: Draft,
    group: MlsGroup,
    before: readonly ConversationRow[],
  ): Promise<ConversationRow | undefined> {
    const { book, contacts, sha256, clock } = this.#member;
    if (group.groupId.byteLength !== ID_SIZE_BYTES.conversation) return undefined;
    const id = conversationId(group.groupId.slice());
    if (book.get(id) !== undefined || before.some((row) => equalBytes(row.id, id))) return undefined;
    const room = decodeRoom(group.context);
    if (!room.ok) return undefined;
    const log = roomLog(room.value, id, sha256);
    const peer = this.#creator(group, room.value);
    if (peer === undefined) return undefined;
    contacts.put(draft, await contacts.check(room.value.ops, peer));
    return newConversation(id, {
      peer,
      peerName: "",
      peerHome: undefined,
      state: "open",
      atMs: clock.nowMs(),
      room: { log, hub: room.value.hub },
      joinedEpoch: group.epoch,
      renew: true,
    });
  }

  /** The one other member, whose op chain the room describes (F-5). */
  #creator(group: MlsGroup, room: RoomDescriptor): IdentityId | undefined {
    const { contacts, device } = this.#member;
    const own = device.credential.identity;
    const identity = contacts.identityOf(room.ops);
    if (identity === undefined || equalBytes(identity, own)) return undefined;
    return isBetween(group, own, identity) ? identity : undefined;
  }
}
