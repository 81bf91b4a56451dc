/*
 * The mover's side of a room that goes on at the new home (M-7, M-8): a commit that is on disk before it leaves, taken by the old hub while
 * that answers, and standing in a new log at the new home in any case.
 */
import { idText, isWireError, logIdOf, writeMessage } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { commitEntry } from "../conversation/commit-entry.ts";
import { decodeRoom, encodeRoom } from "../conversation/room-descriptor.ts";
import {
  type ConversationRow,
  isForked,
  openingShelf,
  outboxShelf,
  type RoomRow,
  sentShelf,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { handingShelf } from "../devices/handing-row.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { linkOf } from "../apart/link-of.ts";
import type { StationLink } from "../link/station-link.ts";
import { keepFounderKey } from "../groups/leading-back.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { carriersOf } from "./carrying.ts";
import { continuingGenesis, leaversOf } from "./continuation.ts";
import type { Finding } from "./finding.ts";
import { tellMoved } from "./notices.ts";
import { moveOf } from "./moving.ts";
import { type ContinuingRow, continuingShelf } from "./rows.ts";

/** How long a hub may owe what it promised before it counts as gone (M-8). */
const OWED_FOR_MS = 20_000;
/** How often a hub that owes is looked at. */
const LOOK_EVERY_MS = 1_000;
/** How long each who left the same hub leaves a room to the one before. */
const TURN_MS = 15_000;
const WRITE_LABEL = "chapar write";
const SEED_BYTES = 32;

/** Name of the job that brings a room on. */
export function continueName(row: ConversationRow): string {
  return `continue ${idText(row.id)}`;
}

/** Continues rooms at the home. */
export class MovedRooms {
  readonly #member: Member;
  readonly #tools: SessionTools;
  /** since when old hubs owe, by conversation */
  readonly #owedSince = new Map<string, number>();
  /** since when old hubs are known to be gone, by conversation */
  readonly #goneSince = new Map<string, number>();
  readonly #held = new Set<string>();
  readonly #pause: (delayMs: number) => Promise<void>;
  readonly #finding: Finding;

  /** @param pause  waits, not longer than the link in use */
  constructor(member: Member, tools: SessionTools, finding: Finding, pause: (delayMs: number) => Promise<void>) {
    this.#member = member;
    this.#finding = finding;
    this.#tools = tools;
    this.#pause = pause;
  }

  /** Whether a commit is under way, during which nothing is sealed. */
  isHeld(row: ConversationRow): boolean {
    return this.#held.has(idText(row.id));
  }

  /** Brings a room on. @throws what the home refuses with, after which it is tried again */
  async advance(link: StationLink, was: ConversationRow): Promise<void> {
    const { store, book } = this.#member;
    const row = book.get(was.id);
    if (row?.room === undefined || !(await this.#isReady(row))) return;
    const held = await continuingShelf.get(store, row.id);
    if (held === undefined) {
      const from = (await moveOf(this.#member))?.from.key;
      // It may have gone on elsewhere meanwhile, by somebody else (M-13).
      const isLeft = from !== undefined && equalBytes(from, row.room.hub.key);
      return isLeft ? this.#begin(link, row, row.room) : this.#carry(link, row, row.room);
    }
    if (held.settled) return this.#open(link, row, row.room, held);
    await this.#close(link, row, row.room, held);
  }

  /** Continues a room whose hub is gone for somebody who left it without a leaf (M-44). */
  async #carry(link: StationLink, row: ConversationRow, room: RoomRow): Promise<void> {
    const { groups, book, profile } = this.#member;
    const isMine = async (): Promise<readonly Uint8Array[]> => {
      const group = await book.lane(row.id).run(() => groups.load(row.id));
      const carriers = group === undefined ? [] : await carriersOf(this.#member, group, room.hub.key);
      const isIn = carriers.some(({ identity }) => equalBytes(identity, profile.row.identity));
      return isIn ? carriers.map(({ identity }) => identity) : [];
    };
    if ((await isMine()).length === 0 || !(await this.#isGone(link, row, room))) return;
    if (await this.#isOthers(link, row, room, isMine)) return;
    if (await this.#make(row, room, true)) return this.advance(link, row);
  }

  async #isReady(row: ConversationRow): Promise<boolean> {
    const { store } = this.#member;
    if (row.state === "closed" || row.joinedEpoch === 0 || (row.stopped && !isForked(row))) return false;
    if ((await handingShelf.get(store, row.id))?.stage === "welcome") return false;
    return (await openingShelf.get(store, row.id)) === undefined;
  }

  /** Reads and tells what there is to read and tell while the old hub answers; then makes the commit. */
  async #begin(link: StationLink, row: ConversationRow, room: RoomRow): Promise<void> {
    let isGone = isForked(row) || (await this.#isGone(link, row, room));
    if (!isGone && !(await this.#isDone(link, row, room))) {
      if (this.#mayWait(row)) return this.#later(row);
      isGone = true;
    }
    this.#owedSince.delete(idText(row.id));
    const inTurn = async (): Promise<readonly Uint8Array[]> => {
      const group = await this.#member.book.lane(row.id).run(() => this.#member.groups.load(row.id));
      return group === undefined ? [] : leaversOf(this.#member, group, room.hub.key);
    };
    if (isGone && (await this.#isOthers(link, row, room, inTurn))) return;
    if (await this.#make(row, room, isGone)) return this.advance(link, row);
  }

  /** Others left the same hub: who sits before this device goes first, and is followed (M-13). @returns whether to leave it to them */
  async #isOthers(
    link: StationLink,
    row: ConversationRow,
    room: RoomRow,
    inTurn: () => Promise<readonly Uint8Array[]>,
  ): Promise<boolean> {
    const { clock } = this.#member;
    const first = await inTurn();
    if (first.length === 0) return true;
    await this.#finding.lookFor(link, first, room.hub);
    if (await this.#finding.follow(link, row)) return true;
    const now = await inTurn();
    const before = now.findIndex((one) => equalBytes(one, this.#member.profile.row.identity));
    if (now.length === 0) return true;
    const name = idText(row.id);
    const sinceMs = this.#goneSince.get(name) ?? clock.nowMs();
    this.#goneSince.set(name, sinceMs);
    if (clock.nowMs() - sinceMs >= before * TURN_MS) return false;
    await this.#later(row);
    return true;
  }

  /** The old hub does not answer the home, or does not know the room. @throws WireError `wire/link-ended` */
  async #isGone(link: StationLink, row: ConversationRow, room: RoomRow): Promise<boolean> {
    const group = await this.#member.groups.load(row.id);
    if (group === undefined) return false;
    try {
      await this.#tools.access.mirror(link, room, group);
      await this.#tools.access.head(link, room, group);
      return false;
    } catch (error) {
      if (isWireError(error, "wire/link-ended") || !isWireError(error)) throw error;
      return true;
    }
  }

  /** Whether everything the old log promised is read, and what waited to leave is in it. */
  async #isDone(link: StationLink, row: ConversationRow, room: RoomRow): Promise<boolean> {
    const { groups, store } = this.#member;
    const group = await groups.load(row.id);
    if (group === undefined) return false;
    try {
      const shown = this.#tools.access.shown(room, await this.#tools.access.head(link, room, group));
      const { size } = (await this.#tools.logs.load(room.log, room.hub.key)).range;
      if ((shown?.size ?? 0) > size) return false;
    } catch (error) {
      if (!isWireError(error) || error.code === "wire/link-ended") throw error;
      return false;
    }
    // What it was told of its people (M-7): what they write follows them by itself.
    return (await outboxShelf.range(store, { prefix: row.id })).every(({ value }) => value.visible);
  }

  #mayWait(row: ConversationRow): boolean {
    const nowMs = this.#member.clock.nowMs();
    const name = idText(row.id);
    const sinceMs = this.#owedSince.get(name) ?? nowMs;
    this.#owedSince.set(name, sinceMs);
    return nowMs - sinceMs < OWED_FOR_MS;
  }

  async #later(row: ConversationRow): Promise<void> {
    await this.#pause(LOOK_EVERY_MS);
    this.#tools.run(continueName(row), (link) => this.advance(link, row));
  }

  /** @returns whether there is a commit now */
  async #make(was: ConversationRow, room: RoomRow, settled: boolean): Promise<boolean> {
    const { book, groups, mls, hasher, store, profile, sha256 } = this.#member;
    return book.lane(was.id).run(async () => {
      const group = await groups.load(was.id);
      const described = group && decodeRoom(group.context);
      if (group === undefined || described?.ok !== true) return false;
      if (!equalBytes(book.get(was.id)?.room?.log ?? was.id, room.log)) return false;
      const draft = new Draft();
      const pending = await groups.pending(was.id);
      if (pending !== undefined) {
        // Whatever was wanted is wanted in the new log as well, and made anew, welcomes too.
        handingShelf.remove(draft, was.id);
        sentShelf.remove(draft, hasher.leaf(await commitEntry(this.#member, group, pending)));
        const dropped = mls.drop(group, pending);
        groups.advance(draft, was.id, dropped.group, dropped.writes);
        await draft.commit(store);
        return true;
      }
      const hub = profile.row.home.station;
      const genesis = await continuingGenesis(this.#member, group);
      const { size } = (await this.#tools.logs.load(room.log, room.hub.key)).range;
      const context = encodeRoom({ ...described.value, hub, genesis, before: { log: room.log, read: size } });
      const made = await mls.commit(group, { add: [], remove: [], context });
      const entry = await commitEntry(this.#member, group, made);
      groups.advance(draft, was.id, group, made.writes);
      sentShelf.put(draft, hasher.leaf(entry), { conversation: was.id, what: "commit", sequence: 0 });
      const log = logIdOf(sha256, hub.key, genesis);
      const writeSeed = await mls.exportSecret(group, WRITE_LABEL, new Uint8Array(0), SEED_BYTES);
      continuingShelf.put(draft, was.id, { log, genesis, entry, writeSeed, settled });
      if (was.kind === "group") keepFounderKey(this.#member, draft, log, writeSeed);
      await draft.commit(store);
      return true;
    });
  }

  /** The old hub takes the commit; or another came first and this one is forgotten; or it is gone. */
  async #close(link: StationLink, row: ConversationRow, room: RoomRow, held: ContinuingRow): Promise<void> {
    const { groups, book } = this.#member;
    // Read already in the old log: its hub has taken it.
    if (equalBytes(room.log, held.log)) return this.#settle(link, row, held);
    const name = idText(row.id);
    this.#held.add(name);
    try {
      const group = await book.lane(row.id).run(() => groups.load(row.id));
      if (group === undefined) return;
      await this.#tools.access.openWrite(link, row, room, group);
      const answer = await link.ask({ type: "log.append", log: room.log, entry: held.entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: room.hub.key, log: room.log, entry: held.entry });
    } catch (error) {
      if (!isWireError(error) || error.code === "wire/link-ended") throw error;
      if (error.code === "station/lost-race" || error.code === "station/stale-epoch")
        return this.#lost(link, row, held);
    } finally {
      this.#held.delete(name);
    }
    await this.#settle(link, row, held);
  }

  async #settle(link: StationLink, row: ConversationRow, held: ContinuingRow): Promise<void> {
    const draft = new Draft();
    continuingShelf.put(draft, row.id, { ...held, settled: true });
    await draft.commit(this.#member.store);
    await this.advance(link, row);
  }

  /** Another commit came first, or this one: the log says which. */
  async #lost(link: StationLink, row: ConversationRow, held: ContinuingRow): Promise<void> {
    const { groups, book, store } = this.#member;
    const isOurs = await book.lane(row.id).run(async () => {
      const now = book.get(row.id);
      if (now?.room !== undefined && equalBytes(now.room.log, held.log)) return true;
      if ((await groups.pending(row.id)) !== undefined) return undefined;
      const draft = new Draft();
      continuingShelf.remove(draft, row.id);
      await draft.commit(store);
      return false;
    });
    if (isOurs === true) return this.#settle(link, row, held);
    return this.#later(row);
  }

  /** The new log is made, with the commit as its first entry, and read from there. */
  async #open(link: StationLink, row: ConversationRow, room: RoomRow, held: ContinuingRow): Promise<void> {
    const { crypto, store, book, profile, groups, secrets } = this.#member;
    const hub = profile.row.home.station;
    const { station, nonce } = (await linkOf(link, held.log)).hello;
    await link.ask({ type: "log.create", genesis: held.genesis }, "log.state");
    const show = async (): Promise<void> => {
      const signature = await crypto.ed25519.sign(held.writeSeed, writeMessage(station, nonce, held.log, 0));
      await link.ask({ type: "log.open", log: held.log, read: undefined, write: { epoch: 0, signature } }, "log.state");
      const answer = await link.ask({ type: "log.append", log: held.log, entry: held.entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: hub.key, log: held.log, entry: held.entry });
    };
    await show().catch((error: unknown) => {
      // It stands there since an earlier try whose answer was lost: the write key of the genesis has ended with it.
      const there = ["station/stale-epoch", "station/unknown-log", "station/lost-race"] as const;
      const isThere = there.some((code) => isWireError(error, code));
      if (!isThere) throw error;
    });
    const group = await book.lane(row.id).run(() => groups.load(row.id));
    const isGone = !equalBytes(room.log, held.log);
    const secret = isGone && group !== undefined ? await secrets.of(group) : undefined;
    await book.lane(row.id).run(async () => {
      const now = book.get(row.id) ?? row;
      const draft = new Draft();
      continuingShelf.remove(draft, row.id);
      if (!isGone) return draft.commit(store);
      book.put(draft, { ...now, room: { log: held.log, hub }, mirrored: true });
      await draft.commit(store);
    });
    this.#tools.joined(book.get(row.id) ?? row);
    if (secret !== undefined) await tellMoved(this.#member, link, row, secret);
  }
}
